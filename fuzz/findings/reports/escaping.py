"""Untrusted text made harmless for a page, for Markdown and for a spreadsheet."""

import re

from markupsafe import Markup

from fuzz.support.printable import printable

# With any of these at its start a spreadsheet takes a cell for a formula; the last four are the
# wide forms, which some spreadsheets read alike.
FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")

_ENTITIES = {ord(c): f"&#{ord(c)};" for c in "&<>|`"}
_EMPHASIS = re.compile(r"[\\*\[\]~]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_NOT_FOR_SPANS = re.compile(r"[\\|`<>&]")


def cell(text: str) -> str:
    """The text as a spreadsheet may have it: what would be a formula gets an apostrophe."""
    text = printable(text)
    return f"'{text}" if text.startswith(FORMULA) else text


def markdown(text: str) -> Markup:
    """The text so that Markdown, tables included, shows it as it is."""
    text = _EMPHASIS.sub(lambda found: "\\" + found.group(), printable(text).translate(_ENTITIES))
    # No renderer shall make a link of it by itself.
    return Markup(text.replace("://", "&#58;//"))  # noqa: S704  # it has just been escaped


def markdown_code(text: str) -> Markup:
    """The text in the type of a program, anywhere in Markdown."""
    text = printable(text)
    if not text or _NOT_FOR_SPANS.search(text):
        return Markup("<code>{}</code>").format(markdown(text))
    # A blank at both ends would be taken away once.
    text = f" {text} " if text[0] == text[-1] == " " else text
    return Markup(f"`{text}`")  # noqa: S704  # nothing in it ends the span


def markdown_block(rows: list[str]) -> Markup:
    """A fenced block of these rows, with a fence that none of them can close."""
    rows = [printable(row) for row in rows]
    longest = max((len(run) for row in rows for run in re.findall("`+", row)), default=0)
    fence = "`" * max(3, longest + 1)
    text = "\n".join([fence + "text", *rows, fence])
    return Markup(text)  # noqa: S704  # inside the fence nothing is markup
