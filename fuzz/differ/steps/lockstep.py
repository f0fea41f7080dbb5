"""Both kernels side by side, op by op: which op is where they come to differ.

An op is a *root* if the kernels step differently from the same state (the old side's, or the new
side's); else a difference is an *echo* of earlier roots.  It is an echo, too, if from one state
they would refuse alike but for the words, and here one of them does not.  As long as no root has
been met the states are equal and the lockstep itself is the experiment.  After that each op is
first tried with the other kernel's handler and taken back.  A panic that only a trial had shows
nothing: it can come from a state in which that kernel never is.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from fuzz.differ.comparison import Comparison
from fuzz.differ.steps.case import Case
from fuzz.differ.steps.experiment import experiment
from fuzz.differ.steps.observation import Differences, Key
from prison.call import Call, Result
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


class Lockstep:
    """The two kernels of a comparison, called alike."""

    def __init__(self, jail_max: int, comparison: Comparison) -> None:
        self.comparison = comparison
        self.old, self.new = Kernel(jail_max), Kernel(jail_max)
        self.differences = Differences()
        self.diverged = False
        self.panicked = False
        self.index = -1
        self.answers = (Result(None), Result(None))  # of the last op

    def step(self, call: Call) -> Step | None:
        """Call both; what is different, or None.  Not to be called after a panic."""
        self.index += 1
        if not self.diverged:
            comparison = self.comparison
            result = comparison.old.step(self.old, call)
            if result == comparison.new.step(self.new, call) and same_writes(self.old, self.new):
                self.panicked = result.panicked
                self.answers = (result, result)
                return None
            self.old.rollback()
            self.new.rollback()
        return self._step_apart(call)

    def _step_apart(self, call: Call) -> Step | None:
        old, new = self.comparison.models
        old_result, old_case = experiment(self.old, old, new, call)
        new_result, mirrored = experiment(self.new, new, old, call)
        new_case = None if mirrored is None else mirrored.mirrored()
        self.panicked = old_result.panicked or new_result.panicked
        if old_case is not None and old_case.resurrected and not old_case.new.ok:
            pr = self.new.prid.get(old_case.resurrected)
            alive = host_view(pr) if pr is not None and pr.state is ALIVE else None
            old_case = replace(old_case, instead=alive)
        both = (old_case, new_case) if self.comparison.base is old else (new_case, old_case)
        cases = tuple(
            case for case in both if case is not None and (self.panicked or not ends_in_panic(case))
        )
        self.answers = (old_result, new_result)
        reworded = bool(cases) and self.diverged and worded(cases, old_result, new_result)
        cases = () if reworded else cases
        self.diverged = self.diverged or bool(cases)
        appeared = self.differences.update(self.old, self.new)
        unseen = old_result == new_result and not appeared
        if unseen and not any(case.leaves_traces for case in cases):
            return None
        return Step(self.index, call, old_result, new_result, cases, appeared, reworded)


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


def same_writes(one: Kernel, other: Kernel) -> bool:
    """True if the last op wrote the same, in the same order, to two equal kernels."""
    if len(one.before) != len(other.before) or one.lastprid != other.lastprid:
        return False
    return all(a.image() == b.image() for a, b in zip(one.before, other.before, strict=True))
