"""What was covered, as a heat map: calls, flags, targets and pairs of answers."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
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
BOUNDS = (1, 10, 100, 1_000, 10_000)  # of the shades: so often at least
PAIRS_SHOWN = 4  # of a cell, when it is pointed at


class Cell(NamedTuple):
    """What is counted together."""

    call: str
    flags: str  # none: ""
    target: str
    old: str  # errno, "ok" or "panic"
    new: str

    @property
    def way(self) -> str:
        """How the two answers stand to each other."""
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


class AnswerPair(NamedTuple):
    """A pair of answers, and how often it was given."""

    call: str
    flags: str
    target: str
    old: str
    new: str
    seen: int


@dataclass(frozen=True, slots=True)
class HeatRow:
    """A line of the map."""

    flags: str
    cells: tuple[Heat, ...]


@dataclass(frozen=True, slots=True)
class HeatMap:
    """The whole map, what is not in it, and all of it in numbers."""

    programs: int
    calls: int
    groups: tuple[tuple[str, tuple[HeatRow, ...]], ...]  # the rows by call
    pairs: tuple[AnswerPair, ...]  # by call, flags and target, the most frequent first
    never: tuple[tuple[str, str], ...]  # a call with its flags, and the targets it never met
    places: int  # combinations of call, flags and target that there can be


def heat_map(found: Coverage) -> HeatMap:
    """The map of some coverage; what was met beyond its rows comes last."""
    met = {(cell.call, cell.flags) for cell in found.cells}
    keys = [*found.rows, *sorted(met - found.rows.keys())]
    groups: dict[str, list[HeatRow]] = {}
    for call, flags in keys:
        groups.setdefault(call, []).append(HeatRow(flags, tuple(heats(found, call, flags))))
    return HeatMap(
        found.programs,
        found.cells.total(),
        tuple((call, tuple(rows)) for call, rows in groups.items()),
        tuple(answer_pairs(found.cells, keys)),
        tuple(never(found)),
        sum(map(len, found.rows.values())),
    )


def heats(found: Coverage, call: str, flags: str) -> Iterator[Heat]:
    """The cells of a row."""
    key = (call, flags)
    mine = [(cell, n) for cell, n in found.cells.items() if (cell.call, cell.flags) == key]
    possible = found.rows.get(key) or {cell.target for cell, _ in mine}
    for target, way in product(TARGETS, ANSWER_WAYS):
        here = sorted(
            ((n, cell) for cell, n in mine if (cell.target, cell.way) == (target, way)),
            key=lambda item: (-item[0], item[1]),
        )
        yield Heat(target, way, sum(n for n, _ in here), pairs_in_words(here), target in possible)


def pairs_in_words(counted: Sequence[tuple[int, Cell]]) -> str:
    """The most frequent pairs of answers, in a line."""
    told = [
        f"{cell.old if cell.old == cell.new else f'{cell.old} / {cell.new}'}: {n:,}"
        for n, cell in counted[:PAIRS_SHOWN]
    ]
    return ", ".join(told + (["..."] if len(counted) > PAIRS_SHOWN else []))


def answer_pairs(cells: Counter[Cell], keys: Sequence[tuple[str, str]]) -> Iterator[AnswerPair]:
    """Every pair of answers, in the order of the map."""
    rank, targets = {key: n for n, key in enumerate(keys)}, list(TARGETS)

    def place(item: tuple[Cell, int]) -> tuple[object, ...]:
        cell, n = item
        return rank[cell.call, cell.flags], targets.index(cell.target), -n, cell

    for cell, n in sorted(cells.items(), key=place):
        yield AnswerPair(*cell, n)


def never(found: Coverage) -> Iterator[tuple[str, str]]:
    """The calls that never met some of the targets that they can have, with these."""
    met = {(cell.call, cell.flags, cell.target) for cell in found.cells}
    for (call, flags), targets in found.rows.items():
        missed = [target for target in targets if (call, flags, target) not in met]
        if missed:
            yield f"{call} {flags}".strip(), ", ".join(missed)
