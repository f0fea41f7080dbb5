"""The known mistakes that a design has, and those of 14 that it does not have."""

from collections.abc import Iterable
from dataclasses import dataclass

from jaildiff.differ.comparison import LANDED
from jaildiff.findings import baseline
from jaildiff.kernels.bug_kinds import Side
from jaildiff.search.designs.survey import Count, Place, Survey


@dataclass(frozen=True, slots=True)
class Mistakes:
    """Mistakes by name, each with a program that shows it."""

    has: dict[str, Place]
    removes: dict[str, Place]  # mistakes of 14


# Rules of the designs for mistakes that the baseline knows by other names.
ALSO = {
    "renamed-descendants-keep-names": "renamed-descendants",
    "resurrected-with-stale-parameters-and-moves-up": "resurrection",
}


def known_mistakes() -> dict[tuple[str, str], str]:
    """The names of known mistakes of 14 and the landed patch, by rule (or invariant) and side."""
    entries = baseline.load(None, LANDED).entries
    return {(entry.rule, entry.side): entry.mistake for entry in entries}


def mistakes_of(found: Survey) -> Mistakes:
    """The mistakes of a design; if the baseline has no name for one, its rule is the name."""
    names = known_mistakes()
    by_rule = {rule: name for (rule, _), name in names.items()} | ALSO
    has: dict[str, Place] = {}
    gone: dict[str, Place] = {}
    for (rule, side), count in sorted(found.bugs.items(), key=first_seen):
        name = names.get((rule, side), by_rule.get(rule, rule))
        into = gone if side == Side.OLD else has
        into.setdefault(name, count.witness)
    return Mistakes(has, {name: place for name, place in gone.items() if name not in has})


def first_seen(item: tuple[tuple[str, str], Count]) -> tuple[str, str]:
    """Sort key: the counts, so that the order of programs does not matter."""
    return item[0]


def all_names(found: Iterable[Mistakes]) -> list[str]:
    """Every mistake that a design has or removes, by name."""
    return sorted({name for one in found for name in (*one.has, *one.removes)})
