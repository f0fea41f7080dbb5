"""The output: every line that a command prints goes through here and is made safe.

Text comes from files that anybody may have written.  Unprintable characters become escapes, markup
is never interpreted, and GitHub's runner takes no line as a command.
"""

import json
from collections.abc import Iterable, Sequence
from textwrap import TextWrapper

import click
from rich import box
from rich.console import Console, Group, RenderableType
from rich.styled import Styled
from rich.table import Table
from rich.text import Text

from jaildiff.support.printable import one_line, printable

INDENT = "    "  # of a paragraph
GAP = "  "  # between two columns
ALIGNED_MAX = 60  # longest cell that pads its column where nothing is folded
UNBROKEN_MAX = 40  # longest word that no column may split


class Terminal(Console):
    """A console without markup.  Colour is rich's choice: none in a pipe, none with NO_COLOR.

    Where there is no terminal a line is never folded, and a row of a table is one line.
    """

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, highlight=False, markup=False, emoji=False)

    def on_broken_pipe(self) -> None:
        """The reader has gone; main.py handles that."""
        raise BrokenPipeError

    def render_str(self, text: str, **_options: object) -> Text:
        """A text as one safe line; the only place where text becomes output."""
        return Text(one_line(text))

    @property
    def folds(self) -> bool:
        """Whether lines are folded to a width: only on a terminal, whatever COLUMNS says."""
        return self.file.isatty()

    def say(self, text: str, style: str = "") -> None:
        """Print a line; only the terminal itself may fold it."""
        self.print(self.render_str(text), style=style, soft_wrap=True)

    def paragraph(self, text: str) -> None:
        """Print a sentence below a heading; on a terminal its later lines are indented."""
        rows = [text]
        if self.folds:
            width = max(self.width - len(INDENT + GAP), UNBROKEN_MAX)
            wrapper = TextWrapper(width, break_on_hyphens=False, break_long_words=False)
            rows = wrapper.wrap(one_line(text))
        for number, row in enumerate(rows):
            self.say(INDENT + (GAP if number else "") + row)

    def table(self, heads: Sequence[str | Group], rows: Iterable[Sequence[RenderableType]]) -> None:
        """Print a table; a cell is a text, a styled text, or a Group of them, one below another.

        Below a head that is a Group of as many heads, each part is a column of its own where
        nothing is folded.
        """
        if not self.folds:
            stacked = [isinstance(head, Group) for head in heads]
            shown = [
                [one_line(in_a_line(cell)) for cell in spread(cells, stacked)]
                for cells in (heads, *rows)
            ]
            for row in aligned(shown if any(shown[0]) else shown[1:]):
                self.say(row)
            return
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
        listed = list(rows)
        tops = [head.renderables[0] if isinstance(head, Group) else head for head in heads]
        for head, *column in zip(tops, *listed, strict=True):
            words = [word for cell in column for word in one_line(in_a_line(cell)).split()]
            least = max((len(word) for word in words if len(word) <= UNBROKEN_MAX), default=1)
            table.add_column(head, overflow="fold", min_width=least)
        for cells in listed:
            table.add_row(*cells)
        self.print(table, crop=False)


def in_a_line(cell: RenderableType) -> str:
    """The text of a cell without colours."""
    match cell:
        case str():
            return cell
        case Styled(renderable=inner):
            return in_a_line(inner)
        case Group(renderables=parts):
            return "; ".join(map(in_a_line, parts))
    raise TypeError(cell)


def spread(cells: Sequence[RenderableType], stacked: Sequence[bool]) -> list[RenderableType]:
    """A row with a column for each part of a stack: the first in its place, the rest at the end."""
    row, rest = list(cells), []
    for place, cell in enumerate(cells):
        if stacked[place] and isinstance(cell, Group):
            row[place], *others = cell.renderables
            rest += others
    return row + rest


def aligned(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    """Each row as a line, with columns aligned unless a cell is too long."""
    columns = zip(*rows, strict=True)  # none without rows
    widths = [min(ALIGNED_MAX, max(map(len, column))) for column in columns]
    for row in rows:
        yield GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


out = Terminal()
err = Terminal(stderr=True)


def complain(text: object) -> None:
    """Report a problem on standard error."""
    err.say(f"jaildiff: {text}")


def say_json(value: object) -> None:
    """Print a value for machines, as one line of ASCII."""
    say_text(json.dumps(value) + "\n")


def say_text(text: str) -> None:
    """Print a text that a program may read: its strings are JSON's or TOML's, which know the
    escapes of `one_line`.
    """
    click.echo("\n".join(map(one_line, text.split("\n"))), nl=False)


def say_command(line: str, *, err: bool) -> None:
    """Print a command for GitHub's runner; its writer has escaped what is in it."""
    click.echo(printable(line), err=err)


def say_file(text: str) -> None:
    """Print what is to become a file; its writer has already made it printable."""
    click.echo(text, nl=False)
