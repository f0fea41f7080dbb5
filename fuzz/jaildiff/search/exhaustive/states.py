"""The states of single kernels that a search has reached, and what both models do from each.

A state is a number here.  States that are renamings of each other form an orbit, and have numbers
in a row: the orbit's first state, and what each renaming of the group makes of it.  If renamings
make the same of it, the state has the number of the least.  Only the first state of an orbit is
ever loaded and stepped; what the others do follows by renaming.  From each orbit both models take
every op once.  So the experiment that tells roots from echoes (what would the other model have done
from this state?) is only a comparison of two rows.
"""

from array import array
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from jail_kernel.call import Call, Fork, ForkBegin, ForkEnd
from jail_kernel.freeze import Frozen, thaw
from jail_kernel.kernel import Kernel
from jail_kernel.reference import ALIVE
from jail_kernel.state import Journaled
from jaildiff.differ.comparison import Comparison
from jaildiff.differ.steps.experiment import experiment, trial
from jaildiff.differ.steps.lockstep import Step, beside
from jaildiff.differ.verdict.divergence import Divergence, judge_case
from jaildiff.differ.walk import left
from jaildiff.kernels.cleanup import CLEANS
from jaildiff.kernels.invariants import broken
from jaildiff.kernels.registry import Model
from jaildiff.search.exhaustive.packing import Packing
from jaildiff.search.exhaustive.rows import Answers, Experiment, Row, Shapes
from jaildiff.search.exhaustive.symmetry import Group
from jaildiff.search.exhaustive.universe import Universe

STOPPED: Final = -1  # the state of a kernel that has panicked
KEPT: Final = 2048  # kernels, and renamed rows, kept at a time
MAKES_PID: Final = (Fork, ForkBegin, ForkEnd)

Shown = tuple[frozenset[tuple[str, int]], str | None]  # broken invariants with jails; what is left


@dataclass(frozen=True, slots=True)
class Orbit:
    """How the renamings of the group map the first state of an orbit."""

    least: tuple[int, ...]  # by renaming: the least one that makes the same of it
    fixing: tuple[int, ...]  # the renamings that leave it as it is


class States:
    """Every state of either kernel that was reached, by number."""

    def __init__(self, universe: Universe, comparison: Comparison) -> None:
        self.comparison = comparison
        old, new = comparison.models
        self.group = Group(universe)
        self.size = len(self.group.renamings)
        self.calls = self.group.calls
        self.ops = range(len(self.calls))
        self.alike = [old.steps_as(new, call) for call in self.calls]  # by op
        self.makes_pid = [isinstance(call, MAKES_PID) for call in self.calls]
        self.packing = Packing(self.group.renamings)
        self.numbers: dict[int, int] = {}  # by packed state
        self.packed = array("Q")  # by state
        self.orbits: list[Orbit] = []
        self.same_orbits: dict[tuple[int, ...], Orbit] = {}  # to store equal ones once
        self.answers = Answers(self.group)
        self.shapes = Shapes(self.group, self.answers)
        self.rows: dict[int, Row] = {}  # by first state
        self.renamed: OrderedDict[int, Row] = OrderedDict()
        self.kernels: OrderedDict[int, Kernel] = OrderedDict()
        self.clean_alike = all(old.handlers[kind] is new.handlers[kind] for kind in CLEANS)
        self.shown: dict[int, Shown] = {}  # by twice the first state, plus the side
        self.same_shown: dict[Shown, Shown] = {}  # to store equal ones once
        self.verdicts: dict[str, Divergence] = {}
        self.boot = self.number(Kernel(universe.jail_max))

    def number(self, k: Kernel) -> int:
        """The number of a kernel's state; a new state is numbered together with its whole orbit."""
        packed = self.packing.pack(k)
        number = self.numbers.get(packed)
        return self.add_orbit(packed) if number is None else number

    def add_orbit(self, packed: int) -> int:
        """Number a new state and all its renamings."""
        first = len(self.packed)
        forms = [self.packing.rename(renaming, packed) for renaming in range(self.size)]
        for renaming, form in enumerate(forms):
            self.packed.append(form)
            self.numbers.setdefault(form, first + renaming)
        least = tuple(map(forms.index, forms))
        orbit = self.same_orbits.get(least)
        if orbit is None:
            fixing = tuple(renaming for renaming, same in enumerate(least) if same == 0)
            orbit = self.same_orbits[least] = Orbit(least, fixing)
        self.orbits.append(orbit)
        return first

    def frozen(self, state: int) -> Frozen:
        """The kernel in a state."""
        return self.packing.unpack(self.packed[state])

    def first(self, state: int) -> int:
        """The first state of the orbit."""
        return state - state % self.size

    def stabiliser(self, first: int) -> tuple[int, ...]:
        """The renamings that leave the first state of an orbit unchanged."""
        return self.orbits[first // self.size].fixing

    def rename(self, renaming: int, state: int) -> int:
        """The number of the renamed state."""
        if state == STOPPED:
            return STOPPED
        place = state % self.size
        least = self.orbits[state // self.size].least
        return state - place + least[self.group.after[renaming][place]]

    # WHAT OPS DO

    def row(self, state: int) -> Row:
        """What every op does from a state."""
        renaming = state % self.size
        row = self.renamed.get(state) if renaming else self.rows.get(state)
        if row is not None:
            return row
        if renaming == 0:
            row = self.rows[state] = self.step_all(state)
            return row
        row = self.renamed[state] = self.rename_row(renaming, self.row(state - renaming))
        if len(self.renamed) > KEPT:
            self.renamed.popitem(last=False)
        return row

    def rename_row(self, renaming: int, row: Row) -> Row:
        """What every op does from a renamed state."""
        states = array("i", [self.rename(renaming, state) for state in row.states])
        return Row(self.shapes.rename(renaming, row.shape), states)

    def step_all(self, state: int) -> Row:
        """Load a state and try every op on it with both models."""
        k = thaw(self.frozen(state))
        old, new = self.comparison.models
        answers: tuple[list[int], ...] = ([], [])
        places: tuple[list[int], ...] = ([], [])
        states = {state: 0}  # to which ops lead: their places in the row
        experiments = {}
        for op in self.ops:
            one = other = self.step(k, old, op, state)
            if not self.alike[op]:
                other = self.step(k, new, op, state)
                judged = self.judge(k, self.calls[op]) if one != other else None
                if judged is None:
                    other = one  # Even if the states differ, nobody can ever see it.
                else:
                    traces = one[1] != other[1]
                    experiments[op] = Experiment(one[0], other[0], traces, *judged)
            for side, (answer, after) in enumerate((one, other)):
                answers[side].append(answer)
                places[side].append(states.setdefault(after, len(states)))
        return Row(self.shapes.shape(answers, places, experiments), array("i", states))

    def judge(
        self, k: Kernel, call: Call, new: Kernel | None = None
    ) -> tuple[Divergence, int] | None:
        """The verdict on a call that the models take differently from the same state, and the jail
        that only the old one brings back.  None if nobody could see a difference.

        `new` is the other side after the call, if the sides differed before it.
        """
        _, case = experiment(k, *self.comparison.models, call)
        k.rollback()
        if case is None:
            return None
        case = case if new is None else beside(case, new)
        step = Step(0, call, case.old.result, case.new.result, (case,), [])
        _, verdict = judge_case(step, case, self.comparison.rulebook)
        withdrawn = 0 if case.new.ok else case.resurrected
        return self.verdicts.setdefault(verdict.fingerprint, verdict), withdrawn

    def judge_beside(self, old: int, op: int, new: int) -> Divergence:
        """The verdict on a call of the old side, given the state of the new side after it."""
        own = self.row(old).shape.experiments[op]
        instead = None if new == STOPPED else self.kernel(new).prid.get(own.withdrawn)
        if instead is None or instead.state is not ALIVE:
            return own.verdict
        judged = self.judge(thaw(self.frozen(old)), self.calls[op], self.kernel(new))
        assert judged is not None
        return judged[0]

    def step(self, k: Kernel, model: Model, op: int, state: int) -> tuple[int, int]:
        """Take one op and roll it back; return its answer and the state that it leads to."""
        result = trial(k, model, self.calls[op])
        answer = self.answers.number(result, pid=self.makes_pid[op])
        if result.panicked:
            state = STOPPED
        elif has_written(k):
            state = self.frozen_number(k)
        else:
            return answer, state
        k.rollback()
        return answer, state

    def frozen_number(self, k: Kernel) -> int:
        """The number of a kernel's state.

        A state in which a freed jail is still in use cannot be frozen.  It counts as STOPPED, so
        the search ends there.
        """
        try:
            return self.number(k)
        except KeyError:
            return STOPPED

    # WHAT A STATE SHOWS

    def kernel(self, state: int) -> Kernel:
        """The kernel in a state, for reading only, as if its last op had touched everything."""
        k = self.kernels.get(state)
        if k is None:
            k = self.kernels[state] = thaw(self.frozen(state))
            touched: list[Journaled] = [*k.allprison, *k.procs.values()]
            for obj in touched:
                k.lock(obj)
            if len(self.kernels) > KEPT:
                self.kernels.popitem(last=False)
        return k

    def shows(self, state: int, side: int) -> Shown:
        """The broken invariants, and what is left when a side's model takes everything away."""
        first = self.first(state)
        key = 2 * first + (0 if self.clean_alike else side)
        shown = self.shown.get(key)
        if shown is None:
            k = thaw(self.frozen(first))
            flaws = frozenset(broken(k))
            shown = flaws, left(self.comparison.models[side], k)
            shown = self.shown[key] = self.same_shown.setdefault(shown, shown)
        return shown


def has_written(k: Kernel) -> bool:
    """Whether the last op has changed anything."""
    if k.undo or k.counters != (k.lastprid, k.lastdeadid, k.seq):
        return True
    return any(obj.saved() != image for obj, image in k.before.items())
