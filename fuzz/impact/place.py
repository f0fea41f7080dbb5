"""Where something is written."""

from typing import NamedTuple


class Place(NamedTuple):
    """A line of a file; 0: all of it."""

    path: str
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" if self.line else self.path


class Span(NamedTuple):
    """A part of a file, by its name as jail(8) has it: byte strings, one character a byte."""

    path: str
    start: int
    end: int
