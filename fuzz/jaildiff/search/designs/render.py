"""Render a page as Markdown and as HTML, from the same blocks."""

from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

from jaildiff.findings.reports.escaping import markdown, markdown_block
from jaildiff.search.designs.blocks import Block, Heading, Listing, Table
from jaildiff.support.printable import printable

STYLE = """\
body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 90rem; padding: 0 1rem; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { border: 1px solid #bbb; padding: .25rem .5rem; text-align: left; vertical-align: top; }
pre { background: #f4f4f4; overflow-x: auto; padding: .5rem; }"""


def markdown_page(found: Iterable[Block]) -> str:
    """The page as Markdown."""
    return "\n\n".join(map(markdown_of, found)) + "\n"


def markdown_of(block: Block) -> str:
    """One block."""
    match block:
        case Heading(level, text):
            return f"{'#' * level} {markdown(text)}"
        case Listing(lines):
            return str(markdown_block(list(lines)))
        case Table():
            rule = tuple("---" for _ in block.heads)
            rows = (block.heads, rule, *block.rows)
            drawn = ("| " + " | ".join(map(markdown, row)) + " |" for row in rows)
            return f"{markdown(block.about)}\n\n" + "\n".join(drawn)
    return str(markdown(block))


def html_page(found: Sequence[Block]) -> str:
    """The page as HTML that loads nothing from elsewhere."""
    title = next(block.text for block in found if isinstance(block, Heading))
    head = Markup('<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{}</title>\n')
    style = Markup("<style>\n{}\n</style>\n").format(Markup(STYLE))  # noqa: S704  # it is ours
    return head.format(printable(title)) + style + Markup("\n").join(map(html_of, found)) + "\n"


def html_of(block: Block) -> Markup:
    """One block."""
    match block:
        case Heading(level, text):
            return Markup("<h{0}>{1}</h{0}>").format(level, printable(text))
        case Listing(lines):
            return Markup("<pre>{}</pre>").format("\n".join(map(printable, lines)))
        case Table():
            rows = [html_row("th", block.heads), *(html_row("td", row) for row in block.rows)]
            table = Markup("<table>\n{}\n</table>").format(Markup("\n").join(rows))
            return Markup("<p>{}</p>\n").format(printable(block.about)) + table
    return Markup("<p>{}</p>").format(printable(block))


def html_row(tag: str, cells: Iterable[str]) -> Markup:
    """One row of a table."""
    made = (Markup("<{0}>{1}</{0}>").format(tag, escape(printable(cell))) for cell in cells)
    return Markup("<tr>{}</tr>").format(Markup("").join(made))
