"""Impacts as Markdown, for a pull request or the summary of a workflow."""

from collections.abc import Iterator

from jaildiff.findings.reports.escaping import markdown, markdown_code
from jaildiff.impact.describe.findings import Impact
from jaildiff.impact.outputs.rows import CODE, heading, notes, rows


def markdown_of(told: Impact) -> str:
    """The text of one configuration, which ends with a newline."""
    return "\n".join(lines_of(told)) + "\n"


def lines_of(told: Impact) -> Iterator[str]:
    """Line by line."""
    yield f"## {markdown(told.subject)}"
    yield ""
    yield f"**{markdown(told.summary)}**"
    for number, one in enumerate(told.findings, 1):
        yield ""
        yield f"### {number}. {markdown(heading(one))}"
        yield ""
        for label, text in rows(one):
            yield f"- {label}: {markdown_code(text) if label in CODE else markdown(text)}"
    for note in notes(told):
        yield ""
        yield str(markdown(note))
