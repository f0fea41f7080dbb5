"""Both kernels side by side, op by op: which op is where they come to differ.

An op is a *root* if the kernels step differently from the same state (the old side's, or the new
side's); else a difference is an *echo* of earlier roots.  It is an echo, too, if from one state
they would refuse alike but for the words, and here one of them does not.  As long as no root has
been met the states are equal: one kernel stands for both, and the lockstep itself is the
experiment.  After that each side has its own, and each op is first tried with the other kernel's
handler and taken back.  A panic seen only in a trial makes no root: that kernel may never reach
this state.

A command is one op.  Each side runs it to its end, and each of its system calls is an experiment:
it is a root if one of them is, or if from one state the userlands themselves go different ways.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from fuzz.differ.comparison import Comparison
from fuzz.differ.steps.case import Case, Echo
from fuzz.differ.steps.experiment import experiments, files_and_texts
from fuzz.differ.steps.observation import Differences, Key
from fuzz.differ.steps.survivors import Survivors
from fuzz.kernels.registry import Model
from fuzz.programs.commands.command import NO_SETUP, Command, CommandResult, Op, Setup
from fuzz.programs.commands.host_state import boot_with
from prison.call import ForkEnd, Result
from prison.clone import clone
from prison.freeze import freeze
from prison.jail_get import host_view
from prison.kernel import Kernel
from prison.reference import ALIVE


@dataclass(slots=True)
class Step:
    """An op at which the kernels differ."""

    index: int
    call: Op
    old: Result
    new: Result
    cases: tuple[Case, ...]  # the experiments, on either state, that make it a root; none: an echo
    appeared: list[tuple[Key, str]]  # what differs now and did not before
    reworded: bool = False  # an echo at which one state would make the kernels refuse differently
    would_panic: bool = False  # an echo at which from one state a kernel would panic
    survivor: bool = False  # about a process that only on the old side outlived its jail's removal

    @property
    def apart(self) -> bool:
        """An echo at which the kernels would differ from one state, too."""
        return self.reworded or self.would_panic

    @property
    def kinds(self) -> tuple[str, ...]:
        """What differs newly, without saying where: "process exists", "jail state", ..."""
        return tuple(f"{key[0]} {what}" for key, what in self.appeared)

    def echo_of(self, roots: tuple[str | None, ...]) -> Echo:
        """What the rules for echoes see of it, if it comes from roots of these rules."""
        return Echo(self.call, self.old, self.new, self.kinds, roots, self.survivor)


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

    def together(self, models: tuple[Model, Model], call: Op) -> Result | None:
        """The answer of both if they step alike; None: they do not, and nothing has happened.
        Only to be called as long as the kernels are one.
        """
        k, (old, new) = self.new, models
        if old.steps_as(new, call):
            return new.step(k, call)
        result, wrote = old.step(k, call), written(k)
        k.rollback()
        if result == new.step(k, call) and wrote == written(k):
            return result
        k.rollback()
        return None


def written(k: Kernel) -> list[object]:
    """What the last op wrote, in order, and the tables that only some kernels fill."""
    tables: list[object] = [files_and_texts(k)] if k.fds or k.osd else []
    images = (obj.image() for obj in k.before)
    return [k.lastprid, k.lastdeadid, k.host, *images, *tables, *buried(k)]


def buried(k: Kernel) -> list[int]:
    """The jails that nothing finds, by their age."""
    return [pr.seq for pr in k.buried]


class Lockstep(Sides):
    """The two kernels of a comparison, called alike."""

    def __init__(self, jail_max: int, comparison: Comparison, setup: Setup = NO_SETUP) -> None:
        k = boot_with(jail_max, setup)
        super().__init__(k, k)
        self.comparison = comparison
        self.differences = Differences()
        self.survivors = Survivors()  # of the old side
        self.panicked = False
        self.index = -1
        self.answers = (Result(None), Result(None))  # of the last op

    def step(self, call: Op) -> Step | None:
        """Call both; what is different, or None.  Not to be called after a panic."""
        self.index += 1
        if self.diverged:
            return self._step_apart(call)
        result = self.together(self.comparison.models, call)
        if result is not None:
            self.panicked = result.panicked
            self.answers = (result, result)
            self.survivors.note(self.new, call)
            return None
        self.part()
        step = self._step_apart(call)
        left = step is not None and any(case.leaves_traces for case in step.cases)
        if not left and equal_still(self.old, self.new, call):
            self.old = self.new
        return step

    def _step_apart(self, call: Op) -> Step | None:
        old, new = self.comparison.models
        old_result, old_cases = experiments(self.old, old, new, call)
        new_result, mirrored = experiments(self.new, new, old, call)
        self.panicked = old_result.panicked or new_result.panicked
        old_cases = [beside(case, self.new) for case in old_cases]
        new_cases = [case.mirrored() for case in mirrored]
        both = old_cases + new_cases if self.comparison.base is old else new_cases + old_cases
        tried = kernels_first(both)
        cases = tuple(case for case in tried if self.panicked or not ends_in_panic(case))
        self.answers = (old_result, new_result)
        reworded = bool(cases) and worded(cases, old_result, new_result)
        would_panic = bool(tried) and not cases
        cases = () if reworded else cases
        survivor = self.survivors.note(self.old, call) and not runs(self.new, call)
        appeared = self.differences.update(self.old, self.new)
        unseen = old_result == new_result and not appeared
        if unseen and not any(case.leaves_traces for case in cases):
            return None
        return Step(
            self.index,
            call,
            old_result,
            new_result,
            cases,
            appeared,
            reworded=reworded,
            would_panic=would_panic,
            survivor=survivor,
        )


def runs(k: Kernel, call: Op) -> bool:
    """Whether the process that a call is about, or comes from, is there."""
    return (call.child if isinstance(call, ForkEnd) else getattr(call, "pid", 0)) in k.procs


def kernels_first(cases: list[Case]) -> list[Case]:
    """Of a command the cases at its system calls; if there are none, those of the userlands."""
    inside = [case for case in cases if not isinstance(case.call, Command)]
    return inside or cases


def equal_still(old: Kernel, new: Kernel, call: Op) -> bool:
    """Whether the states are equal after a call that left no traces of a root, or a command."""
    if old.seq != new.seq or not isinstance(call, Command):
        return old.seq == new.seq and buried(old) == buried(new)
    try:
        return old.host == new.host and freeze(old) == freeze(new)
    except LookupError:  # The lists of a broken kernel lead nowhere.
        return False


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
    return refusal(old) != refusal(new) and all(
        case.old.result.errno == case.new.result.errno and not case.leaves_traces for case in cases
    )


def refusal(result: Result) -> str | None:
    """What an answer says of a failure, but for the words."""
    return result.kind if isinstance(result, CommandResult) else result.errno


def ends_in_panic(case: Case) -> bool:
    """One of the kernels panics."""
    return case.old.result.panicked or case.new.result.panicked
