"""Untrusted text made harmless for a page, for Markdown and for a spreadsheet."""

import re

from markupsafe import Markup

from jaildiff.support.printable import printable

# If a cell begins with one of these, a spreadsheet takes it as a formula.  The last four are the
# wide forms, which some spreadsheets treat alike.
FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")

_ENTITIES = {ord(c): f"&#{ord(c)};" for c in "&<>|`"}
_EMPHASIS = re.compile(r"[\\*\[\]~]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_NOT_FOR_SPANS = re.compile(r"[\\|`<>&]")


def cell(text: str) -> str:
    """The text for a spreadsheet: what would be a formula gets an apostrophe."""
    text = printable(text)
    return f"'{text}" if text.startswith(FORMULA) else text


def markdown(text: str) -> Markup:
    """The text so that Markdown, tables included, shows it as it is."""
    text = _EMPHASIS.sub(lambda found: "\\" + found.group(), printable(text).translate(_ENTITIES))
    # No renderer may turn it into a link.
    return Markup(text.replace("://", "&#58;//"))  # noqa: S704  # it has just been escaped


def markdown_code(text: str) -> Markup:
    """The text in the type of a program, anywhere in Markdown."""
    text = printable(text)
    if not text or _NOT_FOR_SPANS.search(text):
        return Markup("<code>{}</code>").format(markdown(text))
    # A renderer would remove one blank at each end.
    text = f" {text} " if text[0] == text[-1] == " " else text
    return Markup(f"`{text}`")  # noqa: S704  # nothing in it ends the span


def markdown_block(rows: list[str]) -> Markup:
    """A fenced block of these rows, with a fence that no row can close."""
    rows = [printable(row) for row in rows]
    longest = max((len(run) for row in rows for run in re.findall("`+", row)), default=0)
    fence = "`" * max(3, longest + 1)
    text = "\n".join([fence + "text", *rows, fence])
    return Markup(text)  # noqa: S704  # inside the fence nothing is markup
