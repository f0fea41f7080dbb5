"""What was covered, as a heat map: calls, flags, targets and pairs of answers."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

NO_JAIL, ABSENT, ALIVE, DYING, APART = "no jail", "absent", "alive", "dying", "not alike"
TARGETS = {  # the jail that a call is about, before the call
    NO_JAIL: "the call names none",
    ABSENT: "the caller sees none",
    ALIVE: "alive in both kernels",
    DYING: "dying in both kernels",
    APART: "not the same in both kernels",
}
SUCCEED, REFUSE, DIFFER = "succeed", "refuse", "differ"
ANSWER_WAYS = {  # of a pair of answers
    SUCCEED: "both succeed",
    REFUSE: "both refuse with one error",
    DIFFER: "they answer differently",
}
BOUNDS = (1, 10, 100, 1_000, 10_000)  # lower bounds of the shades
PAIRS_SHOWN = 4  # shown when the pointer is on a cell


class Cell(NamedTuple):
    """A combination that is counted."""

    call: str
    flags: str  # none: ""
    target: str
    old: str  # errno, "ok" or "panic"
    new: str

    @property
    def way(self) -> str:
        """How the two answers compare."""
        return DIFFER if self.old != self.new else SUCCEED if self.old == "ok" else REFUSE


@dataclass(frozen=True, slots=True)
class Coverage:
    """What some programs cover, and how often."""

    programs: int
    cells: Counter[Cell]
    rows: Mapping[tuple[str, str], Sequence[str]]  # calls, flags, and the targets they can have


class Heat(NamedTuple):
    """A cell of the map."""

    target: str
    way: str
    seen: int
    pairs: str  # the most frequent pairs of answers
    can_be: bool  # whether the call can have such a target

    @property
    def shade(self) -> int:
        """How dark it is, from 0 to the number of bounds."""
        return sum(self.seen >= bound for bound in BOUNDS)


class Answers(NamedTuple):
    """The pairs of answers to a call with its flags about a kind of jail."""

    call: str
    flags: str
    target: str
    pairs: str  # all of them


@dataclass(frozen=True, slots=True)
class HeatRow:
    """A line of the map."""

    flags: str
    cells: tuple[Heat, ...]


@dataclass(frozen=True, slots=True)
class HeatMap:
    """The whole map, what it leaves out, and the totals."""

    programs: int
    calls: int
    groups: tuple[tuple[str, tuple[HeatRow, ...]], ...]  # the rows by call
    answers: tuple[Answers, ...]
    pairs: int  # of answers, by call, flags and target
    never: tuple[tuple[str, str], ...]  # a call with its flags, and the targets it never met
    places: int  # possible combinations of call, flags and target


def heat_map(found: Coverage) -> HeatMap:
    """The map of some coverage; rows for anything unforeseen come last."""
    met = {(cell.call, cell.flags) for cell in found.cells}
    keys = [*found.rows, *sorted(met - found.rows.keys())]
    groups: dict[str, list[HeatRow]] = {}
    for call, flags in keys:
        groups.setdefault(call, []).append(HeatRow(flags, tuple(heats(found, call, flags))))
    return HeatMap(
        found.programs,
        found.cells.total(),
        tuple((call, tuple(rows)) for call, rows in groups.items()),
        tuple(all_answers(found.cells, keys)),
        len(found.cells),
        tuple(never(found)),
        sum(map(len, found.rows.values())),
    )


def heats(found: Coverage, call: str, flags: str) -> Iterator[Heat]:
    """The cells of a row."""
    key = (call, flags)
    mine = Counter({cell: n for cell, n in found.cells.items() if (cell.call, cell.flags) == key})
    possible = found.rows.get(key) or {cell.target for cell in mine}
    for target, way in product(TARGETS, ANSWER_WAYS):
        here = Counter({c: n for c, n in mine.items() if (c.target, c.way) == (target, way)})
        told = pairs_in_words(here, PAIRS_SHOWN)
        yield Heat(target, way, here.total(), told, target in possible)


def pairs_in_words(cells: Counter[Cell], most: int | None = None) -> str:
    """The most frequent pairs of answers, in a line."""
    ranked = sorted(cells.items(), key=lambda item: (-item[1], item[0]))
    told = [
        f"{cell.old if cell.old == cell.new else f'{cell.old} / {cell.new}'}: {n:,}"
        for cell, n in ranked[:most]
    ]
    return ", ".join(told + (["..."] if len(told) < len(ranked) else []))


def all_answers(cells: Counter[Cell], keys: Iterable[tuple[str, str]]) -> Iterator[Answers]:
    """Every pair of answers, in the order of the map."""
    groups: dict[tuple[str, str, str], Counter[Cell]] = {}
    for cell, n in cells.items():
        groups.setdefault(cell[:3], Counter())[cell] = n
    for (call, flags), target in product(keys, TARGETS):
        if here := groups.get((call, flags, target)):
            yield Answers(call, flags, target, pairs_in_words(here))


def never(found: Coverage) -> Iterator[tuple[str, str]]:
    """The calls that never met some possible targets, with these targets."""
    met = {(cell.call, cell.flags, cell.target) for cell in found.cells}
    for (call, flags), targets in found.rows.items():
        missed = [target for target in targets if (call, flags, target) not in met]
        if missed:
            yield f"{call} {flags}".strip(), ", ".join(missed)
