"""The states of single kernels that a search has reached, and what both models do from each.

A state is a number here.  States that are renamings of each other form an orbit.  Only the first
state of an orbit is ever loaded and stepped; what the others do follows by renaming.  From each
orbit both models take every op once.  So the experiment that tells roots from echoes (what would
the other model have done from this state?) is only a comparison of two rows.
"""

from array import array
from collections import OrderedDict
from dataclasses import dataclass, replace
from operator import itemgetter

from fuzz.differ.comparison import Comparison
from fuzz.differ.steps.experiment import experiment, trial
from fuzz.differ.steps.lockstep import Step, beside
from fuzz.differ.verdict.divergence import Divergence, judge_case
from fuzz.differ.walk import left
from fuzz.kernels.invariants import broken
from fuzz.kernels.registry import Model
from fuzz.search.exhaustive.symmetry import Group
from fuzz.search.exhaustive.universe import Universe
from prison.call import Call, Fork, ForkBegin, ForkEnd, Result
from prison.freeze import Frozen, FrozenPrison, freeze, thaw
from prison.kernel import Kernel
from prison.state import Journaled

STOPPED = -1  # the state of a kernel that has panicked
KEPT = 2048  # renamed rows kept at a time
MAKES_PID = (Fork, ForkBegin, ForkEnd)


@dataclass(frozen=True, slots=True)
class Experiment:
    """One op that the two models take differently from the same state."""

    old: int  # the models' answers
    new: int
    traces: bool  # whether they leave different states, too
    verdict: Divergence  # as if the experiment were the whole program
    withdrawn: bool  # only the old model brings back a jail


@dataclass(frozen=True, slots=True)
class Row:
    """What every op does from one state.

    For each model, the answers and the moves (the next state; an op that is not there leaves the
    state as it is); and the ops that the models take differently.
    """

    answers: "tuple[array[int], array[int]]"  # by model, then by op
    moves: tuple[dict[int, int], dict[int, int]]
    experiments: dict[int, Experiment]


class States:
    """Every state of either kernel that was reached, by number."""

    def __init__(self, universe: Universe, comparison: Comparison) -> None:
        self.comparison = comparison
        self.group = Group(universe)
        self.calls = self.group.calls
        self.ops = list(range(len(self.calls)))  # Shared int objects, to save memory.
        self.numbers: dict[Frozen, int] = {}
        self.frozen: list[Frozen] = []
        self.first: list[int] = []  # by state: the first state of its orbit,
        self.renaming: list[int] = []  # and the renaming that turns that one into this state
        self.orbits: dict[int, list[int]] = {}  # by first state: all its renamings
        self.rows: dict[int, Row] = {}
        self.renamed: OrderedDict[int, Row] = OrderedDict()
        self.results: list[tuple[bool, Result]] = []
        self.result_numbers: dict[tuple[bool, Result], int] = {}
        self.renamed_results: list[dict[int, int]] = [{} for _ in self.group.renamings]
        self.kernels: OrderedDict[int, Kernel] = OrderedDict()
        self.flaws: dict[int, frozenset[tuple[str, int]]] = {}
        self.leftovers: dict[tuple[int, int], str | None] = {}
        self.verdicts: dict[str, Divergence] = {}
        self.parts: dict[FrozenPrison, FrozenPrison] = {}  # to store equal ones once
        self.boot = self.number(freeze(Kernel(universe.jail_max)))

    def number(self, frozen: Frozen) -> int:
        """The number of a state; a new state is numbered together with its whole orbit."""
        number = self.numbers.get(frozen)
        if number is None:
            first = len(self.frozen)
            orbit = [
                self.add(g.frozen(frozen), first, i) for i, g in enumerate(self.group.renamings)
            ]
            self.orbits[first] = orbit
            number = orbit[0]
        return number

    def add(self, frozen: Frozen, first: int, renaming: int) -> int:
        """Note a state unless it is known."""
        number = self.numbers.get(frozen)
        if number is None:
            number = len(self.frozen)
            share = self.parts.setdefault
            prisons = tuple(share(pr, pr) for pr in frozen.prisons)
            frozen = frozen._replace(prisons=prisons)
            self.numbers[frozen] = number
            self.frozen.append(frozen)
            self.first.append(first)
            self.renaming.append(renaming)
        return number

    def rename(self, renaming: int, state: int) -> int:
        """The number of the renamed state."""
        if state == STOPPED:
            return STOPPED
        orbit = self.orbits[self.first[state]]
        return orbit[self.group.after[renaming][self.renaming[state]]]

    # WHAT OPS DO

    def row(self, state: int) -> Row:
        """What every op does from a state."""
        first, renaming = self.first[state], self.renaming[state]
        if state == first:
            row = self.rows.get(state)
            if row is None:
                row = self.rows[state] = self.step_all(state)
            return row
        row = self.renamed.get(state)
        if row is None:
            row = self.renamed[state] = self.rename_row(renaming, self.row(first))
            if len(self.renamed) > KEPT:
                self.renamed.popitem(last=False)
        return row

    def step_all(self, state: int) -> Row:
        """Load a state and try every op on it with both models."""
        k = thaw(self.frozen[state])
        old, new = self.comparison.models
        answers = array("H"), array("H")
        moves: tuple[dict[int, int], dict[int, int]] = ({}, {})
        experiments = {}
        for op, call in zip(self.ops, self.calls, strict=True):
            result, after = self.step(k, old, call, state)
            one = other = (self.result_number(call, result), after)
            if old.handlers[type(call)] is not new.handlers[type(call)]:
                result, after = self.step(k, new, call, state)
                other = self.result_number(call, result), after
                judged = self.judge(k, call) if one != other else None
                if judged is None:
                    other = one  # Even if the states differ, nobody can ever see it.
                else:
                    traces = one[1] != other[1]
                    experiments[op] = Experiment(one[0], other[0], traces, *judged)
            for side, (answer, after) in enumerate((one, other)):
                answers[side].append(answer)
                if after != state:
                    moves[side][op] = after
        return Row(answers, (moves[0], moves[moves[0] != moves[1]]), experiments)

    def judge(
        self, k: Kernel, call: Call, new: Kernel | None = None
    ) -> tuple[Divergence, bool] | None:
        """The verdict on a call that the models take differently from the same state, and whether
        only the old one brings back a jail.  None if nobody could see a difference.

        `new` is the other side after the call, if the sides differed before it.
        """
        _, case = experiment(k, *self.comparison.models, call)
        k.rollback()
        if case is None:
            return None
        case = case if new is None else beside(case, new)
        step = Step(0, call, case.old.result, case.new.result, (case,), [])
        _, verdict = judge_case(step, case, self.comparison.rulebook)
        withdrawn = bool(case.resurrected) and not case.new.ok
        return self.verdicts.setdefault(verdict.fingerprint, verdict), withdrawn

    def judge_beside(self, old: int, op: int, new: int) -> Divergence:
        """The verdict on a call of the old side, given the state of the new side after it."""
        if new == STOPPED:
            return self.row(old).experiments[op].verdict
        judged = self.judge(thaw(self.frozen[old]), self.calls[op], self.kernel(new))
        assert judged is not None
        return judged[0]

    def step(self, k: Kernel, model: Model, call: Call, state: int) -> tuple[Result, int]:
        """Take one op and roll it back; return its answer and the state that it leads to."""
        result = trial(k, model, call)
        if result.panicked:
            state = STOPPED
        elif k.before or k.undo or k.counters != (k.lastprid, k.lastdeadid, k.seq):
            state = self.frozen_number(k)
        else:
            return result, state
        k.rollback()
        return result, state

    def frozen_number(self, k: Kernel) -> int:
        """The number of a kernel's state.

        A state in which a freed jail is still in use cannot be frozen.  It counts as STOPPED, so
        the search ends there.
        """
        try:
            return self.number(freeze(k))
        except KeyError:
            return STOPPED

    def result_number(self, call: Call, result: Result) -> int:
        """The number of an answer."""
        return self.note_result((isinstance(call, MAKES_PID), result))

    def note_result(self, result: tuple[bool, Result]) -> int:
        """The number of an answer, given with whether its return value is a process."""
        number = self.result_numbers.get(result)
        if number is None:
            number = self.result_numbers[result] = len(self.results)
            self.results.append(result)
        return number

    def rename_row(self, renaming: int, row: Row) -> Row:
        """What every op does from a renamed state."""
        to = self.group.ops[renaming]
        back = itemgetter(*self.group.ops[self.group.inverse[renaming]])
        names = self.rename_result
        one, other = (
            array("H", [names(renaming, answer) for answer in back(answers)])
            for answers in row.answers
        )
        moved, moved_too = (
            {to[op]: self.rename(renaming, after) for op, after in moves.items()}
            for moves in row.moves
        )
        experiments = {
            to[op]: replace(found, old=names(renaming, found.old), new=names(renaming, found.new))
            for op, found in row.experiments.items()
        }
        return Row((one, other), (moved, moved_too), experiments)

    def rename_result(self, renaming: int, answer: int) -> int:
        """The number of a renamed answer."""
        known = self.renamed_results[renaming]
        number = known.get(answer)
        if number is None:
            pid, result = self.results[answer]
            result = self.group.renamings[renaming].result(result, pid=pid, jid=not pid)
            number = known[answer] = self.note_result((pid, result))
        return number

    # WHAT A STATE SHOWS

    def kernel(self, state: int) -> Kernel:
        """The kernel in a state, for reading only, as if its last op had touched everything."""
        k = self.kernels.get(state)
        if k is None:
            k = self.kernels[state] = thaw(self.frozen[state])
            touched: list[Journaled] = [*k.allprison, *k.procs.values()]
            for obj in touched:
                k.lock(obj)
            if len(self.kernels) > KEPT:
                self.kernels.popitem(last=False)
        return k

    def flaws_of(self, state: int) -> frozenset[tuple[str, int]]:
        """The invariants broken in a state, each with the jail concerned."""
        first = self.first[state]
        if first not in self.flaws:
            self.flaws[first] = frozenset(broken(thaw(self.frozen[first])))
        return self.flaws[first]

    def leftover(self, state: int, side: int) -> str | None:
        """What is left when a side's model takes everything away from a state; None if nothing."""
        first = self.first[state]
        if (first, side) not in self.leftovers:
            model = self.comparison.models[side]
            self.leftovers[first, side] = left(model, thaw(self.frozen[first]))
        return self.leftovers[first, side]
