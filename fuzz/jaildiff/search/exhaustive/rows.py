"""What every op does from a state: its row.

Most rows differ from others only in the states to which they lead.  All that is left of a row
without these is its shape.  Each shape is stored once, and renamed once.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import itemgetter

from jail_kernel.call import Result
from jaildiff.differ.verdict.divergence import Divergence
from jaildiff.search.exhaustive.symmetry import Group


@dataclass(frozen=True, slots=True)
class Experiment:
    """One op that the two models take differently from the same state."""

    old: int  # the models' answers
    new: int
    traces: bool  # whether they leave different states, too
    verdict: Divergence  # as if the experiment were the whole program
    withdrawn: int  # the jid of the jail that only the old model brings back; 0: none


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """What every op does from a state, without the states to which the ops lead.

    `answers` and `places` are by model, then by op.
    """

    answers: "tuple[array[int], ...]"
    places: "tuple[array[int], ...]"  # of the next states in the row; 0: the state stays as it is
    experiments: dict[int, Experiment]  # by op: what the models take differently
    active: tuple[frozenset[int], ...]  # by model: the ops that change the state, or differ


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """What every op does from one state."""

    shape: Shape
    states: "array[int]"  # the state itself, then those to which the ops lead

    def answer(self, side: int, op: int) -> int:
        """The answer of a side's model."""
        return self.shape.answers[side][op]

    def after(self, side: int, op: int) -> int:
        """The next state of a side's model."""
        return self.states[self.shape.places[side][op]]


class Answers:
    """All answers, by number."""

    def __init__(self, group: Group) -> None:
        self.group = group
        self.results: list[Result] = []
        self.returns_pid: list[bool] = []
        self.numbers: tuple[dict[Result, int], ...] = ({}, {})  # by whether a process is returned
        self.renamed: list[dict[int, int]] = [{} for _ in group.renamings]

    def number(self, result: Result, *, pid: bool) -> int:
        """The number of an answer; `pid`: its return value is a process."""
        numbers = self.numbers[pid]
        number = numbers.get(result)
        if number is None:
            number = numbers[result] = len(self.results)
            self.results.append(result)
            self.returns_pid.append(pid)
        return number

    def rename(self, renaming: int, answer: int) -> int:
        """The number of a renamed answer."""
        renamed = self.renamed[renaming]
        number = renamed.get(answer)
        if number is None:
            pid = self.returns_pid[answer]
            to = self.group.renamings[renaming]
            result = to.result(self.results[answer], pid=pid, jid=not pid)
            number = renamed[answer] = self.number(result, pid=pid)
        return number


class Shapes:
    """All shapes, each stored once."""

    def __init__(self, group: Group, answers: Answers) -> None:
        self.group = group
        self.answers = answers
        self.known: dict[object, Shape] = {}
        self.arrays: dict[bytes, array[int]] = {}  # to store equal ones once
        self.renamed: list[dict[Shape, Shape]] = [{} for _ in group.renamings]

    def shape(
        self,
        answers: Sequence[Sequence[int]],
        places: Sequence[Sequence[int]],
        experiments: dict[int, Experiment],
    ) -> Shape:
        """The shape with these answers and places, by model, and experiments."""
        given = tuple(self.stored(ops) for ops in answers)
        moves = tuple(self.stored(ops) for ops in places)
        key = (*map(id, (*given, *moves)), *experiments.items())
        found = self.known.get(key)
        if found is None:
            active = tuple(
                frozenset({*experiments, *(op for op, place in enumerate(ops) if place)})
                for ops in places
            )
            found = self.known[key] = Shape(given, moves, experiments, active)
        return found

    def stored(self, numbers: Sequence[int]) -> "array[int]":
        """The numbers as an array that is stored once."""
        packed = array("H", numbers)
        return self.arrays.setdefault(packed.tobytes(), packed)

    def rename(self, renaming: int, shape: Shape) -> Shape:
        """The renamed shape."""
        renamed = self.renamed[renaming]
        found = renamed.get(shape)
        if found is None:
            found = renamed[shape] = self.renamed_shape(renaming, shape)
        return found

    def renamed_shape(self, renaming: int, shape: Shape) -> Shape:
        """What every op does from a renamed state."""
        to = self.group.ops[renaming]
        back = itemgetter(*self.group.ops[self.group.inverse[renaming]])

        def named(answer: int) -> int:
            return self.answers.rename(renaming, answer)

        return self.shape(
            [[named(answer) for answer in back(answers)] for answers in shape.answers],
            [back(places) for places in shape.places],
            {
                to[op]: replace(found, old=named(found.old), new=named(found.new))
                for op, found in shape.experiments.items()
            },
        )
