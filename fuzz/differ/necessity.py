"""Which steps are needed for what is seen later, found out by leaving them out.

Healing (differ/attribution.py) asks what would be seen if both kernels took a step alike.  But the
kernel that is followed may do more at that step than not to differ: it may undo what an earlier
step did.  So each cause is tested once more: neither kernel takes the step at all.  If the same is
still seen, the step is not needed.

A panic and a broken invariant are looked for on their own side alone: what the other kernel does
without the step is not compared.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from fuzz.differ.attribution import Budget, BudgetSpentError, causes, differing
from fuzz.differ.comparison import Comparison
from fuzz.differ.steps.lockstep import Lockstep, Sides, Step
from fuzz.differ.walk import Violation, left
from fuzz.kernels.invariants import broken
from fuzz.kernels.registry import Model
from fuzz.programs.commands.command import weight
from fuzz.programs.commands.host_state import boot
from fuzz.programs.program import Program
from prison.call import Malformed, Result
from prison.kernel import Kernel

CALLS_MAX = 100_000  # for one program: a cause that would take more is not tested, and stands
LEFT_OUT = Malformed("left out")
WHICH = re.compile(r'"[^"]*"|\d+')  # names and jids in the text of an error


class Left(StrEnum):
    """What is seen at an echo when its causes are gone."""

    AGREE = "agree"  # the kernels agree, whether both take them alike or both leave them out
    LEFT_OUT = "left out"  # they agree if both leave them out
    OTHERS = "others"  # those that are spared do it instead; without all of them they agree
    ROOT = "root"  # they treat this very call differently
    OTHERWISE = "otherwise"  # they differ here, but otherwise
    SAME = "same"  # much the same is seen, so only healing speaks for the causes
    UNKNOWN = "unknown"  # there are none, or to find out takes too long


@dataclass(frozen=True, slots=True)
class Causes:
    """The causes of an echo by both tests."""

    needed: tuple[int, ...]  # healed, the echo goes; left out, it goes, too, or changes
    spared: tuple[int, ...] = ()  # healed, it goes; left out, much the same is seen
    left: Left = Left.UNKNOWN


class Weight(NamedTuple):
    """How early a root is left out: first the heaviest, so the least grave remains, and of equals
    the one nearest to the echo.
    """

    idle: bool  # both kernels refused, and nothing differs since
    gravity: tuple[int, int]
    before: int  # how far from the end of the program


Effect = Callable[[Step], object]


@dataclass(frozen=True, slots=True)
class Seen:
    """What is seen of a program up to a panic."""

    steps: dict[int, Step]  # where the kernels differ
    calls: int  # that were taken

    def visible(self, index: int) -> Step | None:
        """The step of this number, if a user sees the kernels differ there."""
        step = self.steps.get(index)
        return step if step and (step.old != step.new or step.appeared) else None


class LeaveOut:
    """A program up to its last echo, and what is seen of it when some of its steps are left out.

    Of two steps each of which would do, the heavier is left out.  A graver one than others is
    needed only if without it another kind of thing is seen: a bug is not blamed for which jail it
    is that an intended change shows.
    """

    def __init__(
        self, program: Program, comparison: Comparison, weights: Mapping[int, Weight]
    ) -> None:
        self.program = program
        self.comparison = comparison
        self.weights = weights
        self.budget = Budget(CALLS_MAX)
        self.seen: dict[frozenset[int], Seen] = {}

    def causes(self, echo: Step, healed: Iterable[int], omitted: Collection[int] = ()) -> Causes:
        """The steps that healing found, parted by this test.

        If the same is seen without any of them, healing is asked again in the program without
        them; and if that finds nothing either, only healing speaks for the last of them.
        """
        needed, spared = sorted(healed, key=self.weights.__getitem__, reverse=True), list(omitted)
        for step in tuple(needed):
            if len(needed) > 1 and self.spares(echo, step, needed, spared):
                needed.remove(step)
                spared.append(step)
        kept = Left.UNKNOWN
        if needed and self.stays(echo, {*spared, *needed}):
            kept = Left.SAME
            others = self.healed_without(echo, {*spared, *needed})
            if others:
                return self.causes(echo, others, (*spared, *needed))
        elif needed:
            kept = self.left(echo, needed, spared)
        return Causes(tuple(sorted(needed)), tuple(sorted(spared)), kept)

    def spares(self, echo: Step, step: int, needed: Iterable[int], spared: Collection[int]) -> bool:
        """Whether one of the needed steps can be left out, too."""
        least = min(self.weights[other].gravity for other in needed)
        graver = self.weights[step].gravity > least
        return self.stays(echo, {*spared, step}, kind_of_effect if graver else effect)

    def stays(self, echo: Step, omitted: Collection[int], seen: Effect | None = None) -> bool:
        """Whether the same is seen at a step without these; False if it takes too long to say."""
        seen = seen or effect
        if echo.old.panicked != echo.new.panicked:
            model, due = own_side(echo, self.comparison)
            return taken(self.program, model, echo.index, omitted)[0] == due
        try:
            found = self.without(omitted).steps.get(echo.index)
        except BudgetSpentError:
            return False
        return found is not None and not found.cases and seen(found) == seen(echo)

    def left(self, echo: Step, needed: Collection[int], spared: Collection[int]) -> Left:
        """What is seen at a step without its causes."""
        try:
            runs = self.without(needed), self.without({*needed, *spared})
            alone, found = (run.visible(echo.index) for run in runs)
            if any(run.calls <= echo.index for run in runs):  # A panic comes before.
                return Left.UNKNOWN
            if alone is None:  # One that heals it alone can spoil it together with another one.
                several = len(needed) > 1 or spared
                apart = several and self.differ_if_alike(echo, needed)
                return Left.LEFT_OUT if apart else Left.AGREE
        except BudgetSpentError:
            return Left.UNKNOWN
        if found is None:
            return Left.OTHERS
        return Left.ROOT if found.cases else Left.OTHERWISE

    def differ_if_alike(self, echo: Step, roots: Collection[int]) -> bool:
        """Whether a user sees the kernels differ at a step if both take these alike."""
        calls = self.program.calls[: echo.index + 1]
        self.budget.spend(weight(calls))
        k = boot(self.program)
        alike = {*roots, echo.index} if echo.apart else {*roots}
        return echo.index in differing(calls, Sides(k, k), alike, self.comparison)

    def healed_without(self, echo: Step, omitted: Collection[int]) -> tuple[int, ...]:
        """What healing says of an echo in the program without these steps."""
        steps = self.without(omitted).steps.values()
        roots = [step.index for step in steps if step.cases]
        apart = [step.index for step in steps if step.apart]
        shorter = without(self.program, omitted)
        found = causes(shorter, roots, [echo.index], self.comparison, apart)[echo.index] or ()
        return tuple(root for root in found if root in self.weights)

    def without(self, steps: Collection[int]) -> Seen:
        """What is seen without these steps.  Raises BudgetSpentError."""
        omitted = frozenset(steps)
        if omitted not in self.seen:
            self.budget.spend(weight(self.program.calls))
            self.seen[omitted] = seen(without(self.program, omitted), self.comparison)
        return self.seen[omitted]


def without(program: Program, steps: Collection[int]) -> Program:
    """The program with a call that is none in the place of each of these steps."""
    calls = [LEFT_OUT if index in steps else call for index, call in enumerate(program.calls)]
    return replace(program, calls=tuple(calls))


def seen(program: Program, comparison: Comparison) -> Seen:
    """Where the kernels differ, up to a panic."""
    lockstep = Lockstep(program.jail_max, comparison, program.setup)
    steps = {}
    for call in program.calls:
        step = lockstep.step(call)
        if step is not None:
            steps[step.index] = step
        if lockstep.panicked:
            break
    return Seen(steps, lockstep.index + 1)


def own_side(step: Step, comparison: Comparison) -> tuple[Model, Result]:
    """The kernel that panics at a step, and with what."""
    if step.old.panicked:
        return comparison.old, step.old
    return comparison.new, step.new


def effect(step: Step) -> object:
    """What is seen at a step: the answers, but for what is read alike, or by one kernel only; and
    what differs newly.
    """
    old, new = step.old, step.new
    values = [
        pair for pair in zip(old.values or (), new.values or (), strict=False) if differ(pair)
    ]
    answers = [(each.errno, each.errmsg, each.ret) for each in (old, new)]
    wanted = (old.wanted, new.wanted) if old.wanted != new.wanted else None
    return answers, values, wanted, frozenset(step.appeared)


def kind_of_effect(step: Step) -> object:
    """The same, without saying of which jail, process or name, or with which values."""
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
    """One kernel's answer to a step, and the kernel after it: without some steps, or with some
    taken as another model takes them.  None if it does not get there.
    """
    k = boot(program)
    swapped, other = instead or ((), model)
    result = None
    for index, call in enumerate(without(program, omitted).calls[: last + 1]):
        result = (other if index in swapped else model).step(k, call)
        if result.panicked and index < last:
            return None, k
    return result, k


def blamed(
    program: Program, found: Violation, roots: Sequence[int], comparison: Comparison
) -> Violation:
    """A violation with the steps that it comes from: it is not there if its kernel leaves one of
    them out, nor if it takes it as the other kernel does.  None of what both kernels break.
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
    """Whether a kernel breaks what a violation says; consumes it if that is at the end."""
    if at_end:
        return left(model, k) is not None
    return (found.invariant, found.jid) in broken(k)
