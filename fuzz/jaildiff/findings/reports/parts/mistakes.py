"""The mistakes of the landed patch as a report lists them, each with all that comes of it."""

from collections.abc import Iterable
from dataclasses import dataclass

from jaildiff.findings.reports.page import Entry


@dataclass(frozen=True, slots=True)
class Mistake:
    """A mistake, and the entries that come from it."""

    name: str
    entries: tuple[Entry, ...]

    @property
    def title(self) -> str:
        """Its name as a heading."""
        return self.name.replace("-", " ").capitalize()

    @property
    def ways(self) -> tuple[Entry, ...]:
        """How users meet it; else what shows only inside the kernel."""
        seen = tuple(one for one in self.entries if one.first["kind"] != "violation")
        return seen or self.entries

    @property
    def advice(self) -> dict[str, list[str]]:
        """What to do, for each kind of reader."""
        found: dict[str, dict[str, None]] = {}
        for one in self.ways:
            for reader, lines in one.advice.items():
                found.setdefault(reader, {}).update(dict.fromkeys(lines))
        return {reader: list(lines) for reader, lines in found.items()}


def mistakes_in(entries: Iterable[Entry]) -> list[Mistake]:
    """The mistakes behind some bugs, in the order of the report: the widest first."""
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(str(entry.first["mistake"] or entry.first["rule"]), []).append(entry)
    found = [Mistake(name, tuple(group)) for name, group in groups.items()]
    return sorted(found, key=lambda one: -len(one.ways))
