"""Where something is written."""

from typing import NamedTuple


class SourceLocation(NamedTuple):
    """A line of a file; 0: all of it."""

    path: str
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" if self.line else self.path


class Span(NamedTuple):
    """A part of a file.  The name is jail(8)'s: a byte string, one character for each byte."""

    path: str
    start: int
    end: int
