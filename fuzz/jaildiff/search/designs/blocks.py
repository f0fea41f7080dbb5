"""The parts of a page, independent of the format in which it is shown."""

from dataclasses import dataclass

NOTHING = "-"  # in a cell


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 1 is the page's title."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Listing:
    """Preformatted lines."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a title and an introduction."""

    title: str
    about: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Block = Heading | Listing | Table | str  # a text is a paragraph
