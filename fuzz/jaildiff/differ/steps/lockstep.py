"""Both kernels side by side, op by op: find the ops at which they differ.

An op is a *root* if the kernels step differently from the same state (the old side's or the new
side's).  Any other difference is an *echo* of earlier roots.  An op is also an echo if from the
same state both would refuse with the same error in different words, but here one of them does not:
the words are then not the point.

Until the first root the states are equal, so one kernel serves both sides, and the lockstep itself
is the experiment.  After that each side has its own kernel.  There, each op is first tried with the
other model's handler and rolled back.  A panic seen only in a trial is ignored: that kernel may
never reach this state.

A command is a single op.  Each side runs it to its end, with an experiment at each system call.  It
is a root if one of these is, or if the two userlands act differently from the same state.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from jail_kernel.call import Drop, Result
from jail_kernel.clone import clone
from jail_kernel.freeze import freeze
from jail_kernel.jail_get import host_view
from jail_kernel.kernel import Kernel
from jail_kernel.reference import ALIVE
from jaildiff.differ.comparison import Comparison
from jaildiff.differ.steps.experiment import answer, experiments, files_and_texts
from jaildiff.differ.steps.observation import Differences, Key
from jaildiff.differ.steps.root_experiment import Echo, RootExperiment
from jaildiff.differ.steps.survivors import Survivors
from jaildiff.kernels.registry import Model
from jaildiff.programs.commands.command import NO_SETUP, Command, Op, Setup, process_of
from jaildiff.programs.commands.command_result import CommandResult
from jaildiff.programs.commands.host_state import boot_with


@dataclass(slots=True)
class Step:
    """An op at which the kernels differ."""

    index: int
    call: Op
    old: Result
    new: Result
    cases: tuple[RootExperiment, ...]  # what makes it a root, from either state; none: an echo
    appeared: list[tuple[Key, str]]  # what newly differs for a user
    reworded: bool = False  # an echo; from equal states, only the wording would differ
    would_panic: bool = False  # an echo; from equal states, a kernel would panic
    survivor: bool = False  # about a process that outlived its jail's removal on the old side only

    @property
    def apart(self) -> bool:
        """Whether this is an echo at which the kernels would also differ from equal states."""
        return self.reworded or self.would_panic

    @property
    def kinds(self) -> tuple[str, ...]:
        """What newly differs, without saying where, such as "process exists"."""
        return tuple(f"{key[0]} {what}" for key, what in self.appeared)

    def echo_of(self, roots: tuple[str | None, ...]) -> Echo:
        """The step as rules for echoes see it, if roots of these rules caused it."""
        return Echo(self.call, self.old, self.new, self.kinds, roots, self.survivor)


class Sides:
    """The kernels of both sides; they are the same object until a root parts them."""

    def __init__(self, old: Kernel, new: Kernel) -> None:
        self.old, self.new = old, new

    @property
    def diverged(self) -> bool:
        """True once a root has made the states differ."""
        return self.old is not self.new

    def part(self) -> None:
        """Give the old side a kernel of its own."""
        if not self.diverged:
            self.old = clone(self.new)

    def twin(self) -> "Sides":
        """A copy of both sides."""
        new = clone(self.new)
        return Sides(clone(self.old) if self.diverged else new, new)

    def together(self, models: tuple[Model, Model], call: Op) -> Result | None:
        """Let the shared kernel take a call; return the answer if both models step alike.

        If not, return None and leave the kernel unchanged.  Call this only until the sides part.
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
    """The ages of the jails that nothing finds."""
    return [pr.seq for pr in k.buried]


class Lockstep(Sides):
    """The two kernels of a comparison, which get the same calls."""

    def __init__(self, jail_max: int, comparison: Comparison, setup: Setup = NO_SETUP) -> None:
        k = boot_with(jail_max, setup)
        super().__init__(k, k)
        self.comparison = comparison
        self.differences = Differences()
        self.survivors = Survivors()  # of the old side
        self.skipped = False  # the last op, so that `differences` is out of date
        self.panicked = False
        self.index = -1
        self.answers = (Result(None), Result(None))  # of the last op

    def twin(self) -> "Lockstep":
        """A copy."""
        twin, sides = Lockstep(self.new.jail_max, self.comparison), super().twin()
        twin.old, twin.new = sides.old, sides.new
        twin.survivors, twin.skipped = self.survivors.twin(), True
        twin.panicked, twin.index, twin.answers = self.panicked, self.index, self.answers
        return twin

    def step(self, call: Op) -> Step | None:
        """Make a call on both; return the step if they differ.  Do not call this after a panic."""
        self.index += 1
        if self.diverged:
            return self._step_apart(call)
        if self._step_as_one(call):
            return None
        step = self._step_apart(call)
        left = step is not None and any(case.leaves_traces for case in step.cases)
        if not left and equal_still(self.old, self.new, call):
            self.old = self.new
        return step

    def skip(self, call: Op) -> None:
        """Make a call on both as `step` does, without asking what makes them differ."""
        self.index += 1
        if not self.diverged and self._step_as_one(call):
            return
        self.part()
        old, new = self.comparison.models
        self.answers = (answer(self.old, old, new, call), answer(self.new, new, old, call))
        self.panicked = any(result.panicked for result in self.answers)
        self.survivors.note(self.old, call)
        self.skipped = True

    def follow(self, call: Op) -> None:
        """Make a call that both take alike, as another run has shown; only until they part."""
        self.index += 1
        result = self.comparison.new.step(self.new, call)
        self.answers = (result, result)
        self.survivors.note(self.new, call)

    def _step_as_one(self, call: Op) -> bool:
        """Let the shared kernel take a call; False if the models do not step alike."""
        result = self.together(self.comparison.models, call)
        if result is None:
            return False
        self.panicked = result.panicked
        self.answers = (result, result)
        self.survivors.note(self.new, call)
        return True

    def _step_apart(self, call: Op) -> Step | None:
        """Let each side's kernel take a call."""
        equal = not self.diverged
        self.part()
        if self.skipped:
            self.differences.begin(self.old, self.new)
            self.skipped = False
        old, new = self.comparison.models
        old_result, old_cases = experiments(self.old, old, new, call)
        new_cases: list[RootExperiment] = []
        if equal and not isinstance(call, Command):  # An experiment would be the same as that.
            new_result = answer(self.new, new, old, call)
        else:
            new_result, mirrored = experiments(self.new, new, old, call)
            new_cases = [case.mirrored() for case in mirrored]
        self.panicked = old_result.panicked or new_result.panicked
        old_cases = [beside(case, self.new) for case in old_cases]
        sides = (old_cases, new_cases) if self.comparison.base is old else (new_cases, old_cases)
        tried = kernels_first(each_once(*sides))
        cases = tuple(case for case in tried if self.panicked or not ends_in_panic(case))
        self.answers = (old_result, new_result)
        reworded = bool(cases) and worded(cases, old_result, new_result)
        would_panic = bool(tried) and not cases
        cases = () if reworded else cases
        survivor = self.survivors.note(self.old, call) and not shared(self.new, call, new_result)
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


def shared(k: Kernel, call: Op, result: Result) -> bool:
    """Whether a kernel has the process that a call is about, or that makes it.

    For a drop: whether it had the holder that lets go.
    """
    if isinstance(call, Drop):
        return result.ok
    return process_of(call) in k.procs


def each_once(cases: list[RootExperiment], others: list[RootExperiment]) -> list[RootExperiment]:
    """The cases, and those others that tell something else."""
    return cases + [case for case in others if case not in cases]


def kernels_first(cases: list[RootExperiment]) -> list[RootExperiment]:
    """The cases at a command's system calls; if there are none, those of the userlands."""
    inside = [case for case in cases if not isinstance(case.call, Command)]
    return inside or cases


def equal_still(old: Kernel, new: Kernel, call: Op) -> bool:
    """Whether the states are equal after such a step, so that one kernel serves both again."""
    if old.seq != new.seq or not isinstance(call, Command):
        return old.seq == new.seq and buried(old) == buried(new)
    try:
        return old.host == new.host and freeze(old) == freeze(new)
    except LookupError:  # The lists of a broken kernel are inconsistent.
        return False


def beside(case: RootExperiment, new: Kernel) -> RootExperiment:
    """Complete a case from the old side whose old kernel alone brings a jail back.

    Add what the new side (`new`, after the step) has under the jid of that jail.
    """
    pr = new.prid.get(case.resurrected) if case.resurrected and not case.new.ok else None
    return case if pr is None or pr.state is not ALIVE else replace(case, instead=host_view(pr))


def worded(cases: Iterable[RootExperiment], old: Result, new: Result) -> bool:
    """Whether the real answers differ in more than words, though no experiment's answers do.

    In all of these cases both kernels would refuse with the same error in different words.
    """
    return refusal(old) != refusal(new) and all(
        case.old.result.errno == case.new.result.errno and not case.leaves_traces for case in cases
    )


def refusal(result: Result) -> str | None:
    """The error of an answer, without its wording."""
    return result.kind if isinstance(result, CommandResult) else result.errno


def ends_in_panic(case: RootExperiment) -> bool:
    """Whether one of the kernels panics."""
    return case.old.result.panicked or case.new.result.panicked
