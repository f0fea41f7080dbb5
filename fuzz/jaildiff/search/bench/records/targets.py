"""The targets of the speed work, and what a record says of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

HEAD = "| | asked | reached | |\n|---|---|---|---|\n"


@dataclass(frozen=True, slots=True)
class Target:
    """A number that was asked for, and where a record has what was reached."""

    what: str
    asked: float
    place: tuple[str, ...]

    def row(self, record: Mapping[str, Any]) -> str:
        """One line of the table: the median, and whether that is enough."""
        found: Any = record
        for name in self.place:
            found = found.get(name, {})
        median = found.get("median") if isinstance(found, dict) else found
        if not median:  # It is not in the record, or the turns were too short for it.
            return f"| {self.what} | {self.asked:,g} | | not measured |\n"
        reached = "reached" if median >= self.asked else "not reached"
        return f"| {self.what} | {self.asked:,g} | {three_digits(median)} | {reached} |\n"


TARGETS = (
    Target(
        "steady, times as fast as Hypothesis: compiled",
        13,
        ("builds", "compiled, times as fast as hypothesis", "steady"),
    ),
    Target(
        "steady, times as fast as Hypothesis: source",
        6,
        ("builds", "source, times as fast as hypothesis", "steady"),
    ),
    Target(
        "later programs, times as fast as the source of 012bb97: compiled",
        3,
        ("against", "compiled", "later"),
    ),
    Target(
        "first minute, times as fast as the source of 012bb97: compiled",
        2,
        ("against", "compiled", "first minute"),
    ),
    Target(
        "first minute, times as fast as the source of 012bb97: source",
        1.3,
        ("against", "source", "first minute"),
    ),
    Target("steady: compiled, ops per second", 100_000, ("builds", "compiled", "steady")),
    Target(
        "explore small: compiled, transitions per second",
        200_000,
        ("transitions_per_s_of_explore",),
    ),
    Target(
        "campaign: two workers, times as fast as one",
        1.8,
        ("workers", "ratio_by_processor_time"),
    ),
)


def three_digits(value: float) -> str:
    """A number as people read it, to three digits."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def targets_table(record: Mapping[str, Any]) -> str:
    """The targets as a table in Markdown."""
    return HEAD + "".join(target.row(record) for target in TARGETS)
