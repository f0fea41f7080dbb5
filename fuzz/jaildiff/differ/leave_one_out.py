"""Find the causes that an echo really needs, by leaving them out.

Healing (differ/attribution.py) asks what would show if both kernels took a step alike.  But the
kernel that both then follow may do more at that step than avoid a difference: it may also undo what
an earlier step did.  So healing can name steps that did not contribute.  Each cause is therefore
tested again, in a program in which neither kernel takes that step.  If the same shows without it,
the step was not needed.

For a panic or a broken invariant, only the kernel that shows it is run: what the other one does
without the step does not matter.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from jail_kernel.call import Malformed, Result
from jail_kernel.kernel import Kernel
from jaildiff.differ.attribution import Attribution, Budget, BudgetSpentError
from jaildiff.differ.comparison import Comparison
from jaildiff.differ.counterfactual import differ_at_last, point
from jaildiff.differ.steps.experiment import trial
from jaildiff.differ.steps.lockstep import Lockstep, Step
from jaildiff.differ.walk import Violation, left
from jaildiff.kernels.invariants import broken
from jaildiff.kernels.registry import Model
from jaildiff.programs.commands.command import weight
from jaildiff.programs.commands.host_state import boot
from jaildiff.programs.program import Program

CALLS_MAX = 100_000  # for one program; causes beyond that are kept untested
LEFT_OUT = Malformed("left out")
WHICH = re.compile(r'"[^"]*"|\d+')  # names and jids in an error message


class WithoutCauses(StrEnum):
    """What the kernels do at an echo once its causes are gone."""

    AGREE = "agree"  # they agree, whether the causes are healed or left out
    LEFT_OUT = "left out"  # they agree if the causes are left out
    OTHERS = "others"  # spared steps take over; without these, too, they agree
    ROOT = "root"  # they take this very call differently
    OTHERWISE = "otherwise"  # they differ here in another way
    SAME = "same"  # much the same shows, so only healing supports the causes
    UNKNOWN = "unknown"  # no causes, or it would take too long to find out


@dataclass(frozen=True, slots=True)
class Causes:
    """The causes of an echo by both tests."""

    needed: tuple[int, ...]  # if healed, the echo vanishes; if left out, it vanishes or changes
    spared: tuple[int, ...] = ()  # if healed, it vanishes; if left out, much the same shows
    left: WithoutCauses = WithoutCauses.UNKNOWN


class Weight(NamedTuple):
    """How early to try leaving out a root: the greatest comes first.

    If either of two roots would do, the less grave one thus remains, or of equals the one nearer to
    the echo.
    """

    idle: bool  # both kernels refused, and nothing new differs
    gravity: tuple[int, int]
    before: int  # negated step, so that earlier steps are heavier


Effect = Callable[[Step], object]


class Omission:
    """A program without some of its steps, run as far as was needed."""

    def __init__(self, program: Program, start: Lockstep) -> None:
        self.calls = program.calls
        self.lockstep = start.twin()
        self.steps: dict[int, Step] = {}  # where the kernels differ, of those asked about

    def look_at(self, index: int, budget: Budget) -> None:
        """Go on to a step, and look at it.  A later step must not have been looked at.

        Raises BudgetSpentError, changing nothing.
        """
        lockstep = self.lockstep
        calls = self.calls[lockstep.index + 1 : index + 1]
        budget.spend(weight(calls))
        for call in calls:
            if lockstep.panicked:
                return
            if lockstep.index < index - 1:
                lockstep.skip(call)
            elif (step := lockstep.step(call)) is not None:
                self.steps[index] = step

    def visible(self, index: int) -> Step | None:
        """The step with this number, if a user sees the kernels differ there."""
        step = self.steps.get(index)
        return step if step and (step.old != step.new or step.appeared) else None


class LeaveOut:
    """A program, run again without some of its steps; asked about echoes in their order.

    If either of two steps would do, the heavier one is left out.  A step graver than the others
    counts as needed only if another kind of effect shows without it.  Otherwise a bug would be
    blamed for a mere detail, such as which jail an intended change shows.

    `start` is the program before its first root, or earlier.
    """

    def __init__(self, program: Program, start: Lockstep) -> None:
        self.program = program
        self.start = start
        self.comparison = start.comparison
        self.omissions: dict[frozenset[int], Omission] = {}
        self.know({})

    def know(self, weights: Mapping[int, Weight]) -> None:
        """Take these roots for all up to the next echoes, and begin a new budget."""
        self.weights = weights
        self.budget = Budget(CALLS_MAX)

    def causes(self, echo: Step, healed: Iterable[int], omitted: Collection[int] = ()) -> Causes:
        """Divide the steps that healing found into needed and spared ones.

        Leaving out one step can let another one take over.  So if the same shows without all of
        them, we ask healing again, in the program without them.  If healing finds nothing there
        either, the last needed ones stay, supported by healing alone (`WithoutCauses.SAME`).
        """
        needed, spared = sorted(healed, key=self.weights.__getitem__, reverse=True), list(omitted)
        for step in tuple(needed):
            if len(needed) > 1 and self.spares(echo, step, needed, spared):
                needed.remove(step)
                spared.append(step)
        kept = WithoutCauses.UNKNOWN
        if needed and self.stays(echo, {*spared, *needed}):
            kept = WithoutCauses.SAME
            others = self.healed_without(echo, {*spared, *needed})
            if others:
                return self.causes(echo, others, (*spared, *needed))
        elif needed:
            kept = self.left(echo, needed, spared)
        return Causes(tuple(sorted(needed)), tuple(sorted(spared)), kept)

    def spares(self, echo: Step, step: int, needed: Iterable[int], spared: Collection[int]) -> bool:
        """Whether a needed step can be left out as well."""
        least = min(self.weights[other].gravity for other in needed)
        graver = self.weights[step].gravity > least
        return self.stays(echo, {*spared, step}, kind_of_effect if graver else effect)

    def stays(self, echo: Step, omitted: Collection[int], seen: Effect | None = None) -> bool:
        """Whether the echo stays without these steps; False if that takes too long to find out."""
        seen = seen or effect
        if echo.old.panicked != echo.new.panicked:
            model, due = own_side(echo, self.comparison)
            return taken(self.program, model, echo.index, omitted)[0] == due
        try:
            found = self.without(omitted, echo).steps.get(echo.index)
        except BudgetSpentError:
            return False
        return found is not None and not found.cases and seen(found) == seen(echo)

    def left(self, echo: Step, needed: Collection[int], spared: Collection[int]) -> WithoutCauses:
        """What the kernels do at an echo without its causes."""
        try:
            runs = self.without(needed, echo), self.without({*needed, *spared}, echo)
            alone, found = (run.visible(echo.index) for run in runs)
            if any(run.lockstep.index < echo.index for run in runs):  # A panic ended a run.
                return WithoutCauses.UNKNOWN
            if alone is None:  # Healing several may bring it back.
                several = len(needed) > 1 or spared
                apart = several and self.differ_if_alike(echo, needed)
                return WithoutCauses.LEFT_OUT if apart else WithoutCauses.AGREE
        except BudgetSpentError:
            return WithoutCauses.UNKNOWN
        if found is None:
            return WithoutCauses.OTHERS
        return WithoutCauses.ROOT if found.cases else WithoutCauses.OTHERWISE

    def differ_if_alike(self, echo: Step, roots: Collection[int]) -> bool:
        """Whether a user sees the kernels differ at an echo if these roots are healed."""
        now = point(self.start)
        calls = self.program.calls[now.step : echo.index + 1]
        self.budget.spend(weight(calls))
        alike = {*roots, echo.index} if echo.apart else {*roots}
        return differ_at_last(calls, now, alike, self.comparison)

    def healed_without(self, echo: Step, omitted: Collection[int]) -> tuple[int, ...]:
        """The causes of an echo by healing, in the program without these steps."""
        shorter = without(self.program, omitted)
        steps = differing_steps(shorter, echo.index, self.start)
        roots = [step.index for step in steps if step.cases]
        apart = [step.index for step in steps if step.apart]
        attribution = Attribution(shorter, self.start)
        found = attribution.causes(roots, [echo.index], apart)[echo.index] or ()
        return tuple(root for root in found if root in self.weights)

    def without(self, steps: Collection[int], echo: Step) -> Omission:
        """The program without these steps, looked at at an echo.  Raises BudgetSpentError."""
        omitted = frozenset(steps)
        if omitted not in self.omissions:
            self.omissions[omitted] = Omission(without(self.program, omitted), self.start)
        omission = self.omissions[omitted]
        omission.look_at(echo.index, self.budget)
        return omission


def without(program: Program, steps: Collection[int]) -> Program:
    """The program with an op that does nothing in place of each of these steps."""
    calls = [LEFT_OUT if index in steps else call for index, call in enumerate(program.calls)]
    return replace(program, calls=tuple(calls))


def differing_steps(program: Program, last: int, start: Lockstep) -> list[Step]:
    """The steps of a program, from a start up to `last` or a panic, at which the kernels differ."""
    lockstep = start.twin()
    steps = []
    for call in program.calls[lockstep.index + 1 : last + 1]:
        step = lockstep.step(call)
        steps += [] if step is None else [step]
        if lockstep.panicked:
            break
    return steps


def own_side(step: Step, comparison: Comparison) -> tuple[Model, Result]:
    """The kernel that panics at a step, and its panic."""
    if step.old.panicked:
        return comparison.old, step.old
    return comparison.new, step.new


def effect(step: Step) -> object:
    """What shows at a step: the answers, of values read only those that differ, and what newly
    differs for a user.
    """
    old, new = step.old, step.new
    values = [
        pair for pair in zip(old.values or (), new.values or (), strict=False) if differ(pair)
    ]
    answers = [(each.errno, each.errmsg, each.ret) for each in (old, new)]
    wanted = (old.wanted, new.wanted) if old.wanted != new.wanted else None
    return answers, values, wanted, frozenset(step.appeared)


def kind_of_effect(step: Step) -> object:
    """The kind of `effect`: the same without names, jids, pids and values."""
    old, new = step.old, step.new
    texts = [each.errmsg and WHICH.sub("", each.errmsg) for each in (old, new)]
    fields = [*map(differ, zip(old.values or (), new.values or (), strict=False))]
    same = old.ret == new.ret, old.wanted == new.wanted
    return old.kind, new.kind, texts, fields, same, frozenset(step.kinds)


def differ(pair: tuple[object, object]) -> bool:
    """Whether the two are not equal."""
    return pair[0] != pair[1]


def taken(
    program: Program,
    model: Model,
    last: int,
    omitted: Collection[int] = (),
    instead: tuple[Collection[int], Model] | None = None,
) -> tuple[Result | None, Kernel]:
    """One kernel's answer to step `last`, and the kernel after it.

    Steps in `omitted` are left out; those in `instead` are taken as another model takes them.  The
    answer is None if the kernel panics earlier.
    """
    k = boot(program)
    swapped, other = instead or ((), model)
    result = None
    for index, call in enumerate(without(program, omitted).calls[: last + 1]):
        result = trial(k, other if index in swapped else model, call)
        if result.panicked and index < last:
            return None, k
    return result, k


def blamed(
    program: Program, found: Violation, roots: Sequence[int], comparison: Comparison
) -> Violation:
    """A violation with the roots that cause it; none if both kernels break the invariant.

    A root is a cause if the invariant holds when its kernel leaves that step out, and also when it
    takes the step as the other kernel does.
    """
    if found.side == "both":
        return found
    old, new = comparison.models
    model, other = (old, new) if found.side == "old" else (new, old)
    last = min(found.step, len(program.calls) - 1)

    def breaks(omitted: Collection[int], swapped: Collection[int]) -> bool:
        result, k = taken(program, model, last, omitted, (swapped, other))
        return result is not None and is_broken(model, k, found, at_end=found.step > last)

    before = [root for root in roots if root <= found.step][: CALLS_MAX // (2 * (last + 1))]
    causes = [root for root in before if not breaks([root], ()) and not breaks((), [root])]
    return replace(found, causes=tuple(causes))


def is_broken(model: Model, k: Kernel, found: Violation, *, at_end: bool) -> bool:
    """Whether a kernel breaks the invariant of a violation; at the end, this uses the kernel up."""
    if at_end:
        return left(model, k) is not None
    return (found.invariant, found.jid) in broken(k)
