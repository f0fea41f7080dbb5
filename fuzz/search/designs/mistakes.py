"""Which known mistakes a design has, and which of 14's it has not."""

from collections.abc import Iterable
from dataclasses import dataclass

from fuzz.differ.comparison import LANDED
from fuzz.findings import baseline
from fuzz.kernels.bug_kinds import Side
from fuzz.search.designs.survey import Count, Place, Survey


@dataclass(frozen=True, slots=True)
class Mistakes:
    """By name, each with a program that shows it."""

    has: dict[str, Place]
    removes: dict[str, Place]  # of those of 14


# What the rules of the designs say of a mistake that is known by another name.
ALSO = {
    "renamed-descendants-keep-names": "renamed-descendants",
    "resurrected-with-stale-parameters-and-moves-up": "resurrection",
}


def known_mistakes() -> dict[tuple[str, str], str]:
    """The names of the mistakes that are known of 14 and of the landed patch, by rule or invariant
    and side.
    """
    entries = baseline.load(None, LANDED).entries
    return {(entry.rule, entry.side): entry.mistake for entry in entries}


def mistakes_of(found: Survey) -> Mistakes:
    """The mistakes of a design; what no entry of the baseline names is called by its rule."""
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
    """Sort key: what is counted, so that no order of programs decides."""
    return item[0]


def all_names(found: Iterable[Mistakes]) -> list[str]:
    """Every mistake that a design has or removes, by name."""
    return sorted({name for one in found for name in (*one.has, *one.removes)})
