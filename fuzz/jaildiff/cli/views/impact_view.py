"""An impact on the terminal."""

from jaildiff.cli.terminal import out
from jaildiff.impact.describe.findings import Impact
from jaildiff.impact.describe.judging import Effect
from jaildiff.impact.outputs.rows import heading, notes, rows

STYLES = {Effect.BREAKS: "bold red", Effect.CHANGES: "yellow", Effect.IMPROVES: "green"}


def show_line(told: Impact) -> None:
    """The one line, for logs."""
    out.say(f"{told.subject}: {told.summary}")


def show_impact(told: Impact) -> None:
    """All of it."""
    out.say(f"{told.subject}: {told.summary}", style="bold")
    for number, one in enumerate(told.findings, 1):
        out.say("")
        out.say(f"{number}. {heading(one)}", style=STYLES[one.effect])
        for label, text in rows(one):
            out.paragraph(f"{label}: {text}")
    out.say("")
    for note in notes(told):
        out.say(note)
