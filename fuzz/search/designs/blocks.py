"""What a page is made of, whichever way it is shown."""

from dataclasses import dataclass

NOTHING = "-"  # in a cell


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 1 is that of the page."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Listing:
    """Lines as they are."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a title, and what is to be said of it."""

    title: str
    about: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Block = Heading | Listing | Table | str  # a text is a paragraph
