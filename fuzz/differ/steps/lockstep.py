"""Both kernels side by side, op by op: which op is where they come to differ.

An op is a *root* if the kernels step differently from the same state (the old side's, or the new
side's); else a difference is an *echo* of earlier roots.  It is an echo, too, if from one state
they would refuse alike but for the words, and here one of them does not.  As long as no root has
been met the states are equal: one kernel stands for both, and the lockstep itself is the
experiment.  After that each side has its own, and each op is first tried with the other kernel's
handler and taken back.  A panic that only a trial had shows nothing: it can come from a state in
which that kernel never is.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from fuzz.differ.comparison import Comparison
from fuzz.differ.steps.case import Case
from fuzz.differ.steps.experiment import experiment, files_and_texts
from fuzz.differ.steps.observation import Differences, Key
from fuzz.kernels.registry import Model
from prison.call import Call, Result
from prison.clone import clone
from prison.jail_get import host_view
from prison.kernel import Kernel
from prison.reference import ALIVE


@dataclass(slots=True)
class Step:
    """An op at which the kernels differ."""

    index: int
    call: Call
    old: Result
    new: Result
    cases: tuple[Case, ...]  # the experiments, on either state, that make it a root; none: an echo
    appeared: list[tuple[Key, str]]  # what differs now and did not before
    reworded: bool = False  # an echo at which one state would make the kernels refuse differently

    @property
    def kinds(self) -> tuple[str, ...]:
        """What differs newly, without saying where: "process exists", "jail state", ..."""
        return tuple(f"{key[0]} {what}" for key, what in self.appeared)


class Sides:
    """The kernels of both sides; they are one as long as they are in the same state."""

    def __init__(self, old: Kernel, new: Kernel) -> None:
        self.old, self.new = old, new

    @property
    def diverged(self) -> bool:
        """True since a root has left its traces."""
        return self.old is not self.new

    def part(self) -> None:
        """Give the old side a kernel of its own."""
        if not self.diverged:
            self.old = clone(self.new)

    def twin(self) -> "Sides":
        """Both sides once more, in the same state."""
        new = clone(self.new)
        return Sides(clone(self.old) if self.diverged else new, new)

    def together(self, models: tuple[Model, Model], call: Call) -> Result | None:
        """The answer of both if they step alike; None: they do not, and nothing has happened.
        Only to be called as long as the kernels are one.
        """
        k, (old, new) = self.new, models
        if old.handlers[type(call)] is new.handlers[type(call)]:
            return new.step(k, call)
        result, wrote = old.step(k, call), written(k)
        k.rollback()
        if result == new.step(k, call) and wrote == written(k):
            return result
        k.rollback()
        return None


def written(k: Kernel) -> list[object]:
    """What the last op wrote, in order, and the tables that only some kernels fill."""
    tables = [files_and_texts(k)] if k.fds or k.osd else []
    images = (obj.image() for obj in k.before)
    return [k.lastprid, k.lastdeadid, *images, *tables, *buried(k)]


def buried(k: Kernel) -> list[int]:
    """The jails that nothing finds, by their age."""
    return [pr.seq for pr in k.buried]


class Lockstep(Sides):
    """The two kernels of a comparison, called alike."""

    def __init__(self, jail_max: int, comparison: Comparison) -> None:
        k = Kernel(jail_max)
        super().__init__(k, k)
        self.comparison = comparison
        self.differences = Differences()
        self.panicked = False
        self.index = -1
        self.answers = (Result(None), Result(None))  # of the last op

    def step(self, call: Call) -> Step | None:
        """Call both; what is different, or None.  Not to be called after a panic."""
        self.index += 1
        if self.diverged:
            return self._step_apart(call)
        result = self.together(self.comparison.models, call)
        if result is not None:
            self.panicked = result.panicked
            self.answers = (result, result)
            return None
        self.part()
        step = self._step_apart(call)
        left = step is not None and any(case.leaves_traces for case in step.cases)
        if not left and self.old.seq == self.new.seq and buried(self.old) == buried(self.new):
            self.old = self.new  # The states are equal still.
        return step

    def _step_apart(self, call: Call) -> Step | None:
        old, new = self.comparison.models
        old_result, old_case = experiment(self.old, old, new, call)
        new_result, mirrored = experiment(self.new, new, old, call)
        new_case = None if mirrored is None else mirrored.mirrored()
        self.panicked = old_result.panicked or new_result.panicked
        if old_case is not None:
            old_case = beside(old_case, self.new)
        both = (old_case, new_case) if self.comparison.base is old else (new_case, old_case)
        cases = tuple(
            case for case in both if case is not None and (self.panicked or not ends_in_panic(case))
        )
        self.answers = (old_result, new_result)
        reworded = bool(cases) and worded(cases, old_result, new_result)
        cases = () if reworded else cases
        appeared = self.differences.update(self.old, self.new)
        unseen = old_result == new_result and not appeared
        if unseen and not any(case.leaves_traces for case in cases):
            return None
        return Step(self.index, call, old_result, new_result, cases, appeared, reworded)


def beside(case: Case, new: Kernel) -> Case:
    """An experiment on the old side with what the new side has in the place of a jail that the old
    kernel brings back and the new one does not; `new` has taken the step.
    """
    pr = new.prid.get(case.resurrected) if case.resurrected and not case.new.ok else None
    return case if pr is None or pr.state is not ALIVE else replace(case, instead=host_view(pr))


def worded(cases: Iterable[Case], old: Result, new: Result) -> bool:
    """From one state both kernels would refuse with the same error, in other words; in fact they
    answer with different ones, or one of them succeeds.
    """
    return old.errno != new.errno and all(
        case.old.result.errno == case.new.result.errno and not case.leaves_traces for case in cases
    )


def ends_in_panic(case: Case) -> bool:
    """One of the kernels panics."""
    return case.old.result.panicked or case.new.result.panicked
