"""Tools on the terminal."""

from collections.abc import Callable, Sequence

from jaildiff.cli.options import extra
from jaildiff.cli.terminal import out, say_json, say_text
from jaildiff.cli.views.impact_view import show_impact, show_line
from jaildiff.profiles.trial import Verdict
from jaildiff.profiles.view import HEADS, as_impact, overall, rows, verdict_json


def tools_printer(
    *, short: bool, markdown: bool, as_json: bool
) -> Callable[[Sequence[Verdict]], None]:
    """How tools are printed."""
    if as_json:
        return lambda verdicts: each(verdicts, lambda one: say_json(verdict_json(one)))
    if short:
        return lambda verdicts: each(verdicts, lambda one: show_line(as_impact(one)))
    if not markdown:
        return show_tools
    with extra("report"):
        from jaildiff.profiles.page import page  # noqa: PLC0415  # an optional library
    return lambda verdicts: say_text(page(verdicts))


def each(verdicts: Sequence[Verdict], show: Callable[[Verdict], None]) -> None:
    """One after the other."""
    for verdict in verdicts:
        show(verdict)


def show_tools(verdicts: Sequence[Verdict]) -> None:
    """One in full; of several their table, then in full those that are affected."""
    if len(verdicts) == 1:
        show_impact(as_impact(verdicts[0]))
        return
    out.say(overall(verdicts), style="bold")
    out.say("")
    out.table(HEADS, rows(verdicts))
    for verdict in verdicts:
        if verdict.findings:
            out.say("")
            show_impact(as_impact(verdict))
