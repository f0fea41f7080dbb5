"""What a report says to users in their own commands. Other rooms find it out; the page shows it."""

from dataclasses import dataclass
from typing import NamedTuple


class Labelled(NamedTuple):
    """One line about a matter."""

    label: str
    text: str
    is_code: bool  # commands, or a part of a file


@dataclass(frozen=True, slots=True)
class Matter:
    """Something that does not look alike before and after an upgrade."""

    effect: str  # breaks, changes, improves
    heading: str
    lines: tuple[Labelled, ...]


@dataclass(frozen=True, slots=True)
class ForUsers:
    """An example configuration and its result, and the tools that manage jails."""

    configuration: tuple[str, ...]  # its lines
    summary: str
    matters: tuple[Matter, ...]  # the gravest first
    tools_summary: str
    tools_heads: tuple[str, ...]
    tools: tuple[tuple[str, ...], ...]  # those that are affected, a row each
    unaffected: tuple[str, ...]  # the names of the others
