"""Which steps are needed for what is seen later, found out by leaving them out.

Healing (differ/attribution.py) asks what would be seen if both kernels took a step alike.  But the
kernel that is followed may do more at that step than not to differ: it may undo what an earlier
step did.  So each cause is tested once more: neither kernel takes the step at all.  If the same is
still seen, the step is no cause.

A panic and a broken invariant are looked for on their own side alone: what the other kernel does
without the step is no matter.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from fuzz.differ.attribution import causes
from fuzz.differ.comparison import Comparison
from fuzz.differ.steps.lockstep import Lockstep, Step
from fuzz.differ.walk import Violation, left
from fuzz.kernels.invariants import broken
from fuzz.kernels.registry import Model
from fuzz.programs.commands.host_state import boot
from fuzz.programs.program import Program
from prison.call import Malformed, Result
from prison.kernel import Kernel

CALLS_MAX = 100_000  # for one program: a cause that would take more is not tested, and stands
LEFT_OUT = Malformed("left out")


@dataclass(frozen=True, slots=True)
class Causes:
    """The causes of an echo by both tests."""

    needed: tuple[int, ...]  # healed, the echo goes; left out, it goes, too, or changes
    spared: tuple[int, ...] = ()  # healed, it goes; left out, the same is seen
    healed_only: bool = False  # the same is seen without them, too, and healing says no more


class LeaveOut:
    """A program up to its last echo, and what is seen of it when some of its steps are left out."""

    def __init__(self, program: Program, comparison: Comparison, roots: Collection[int]) -> None:
        self.program = program
        self.comparison = comparison
        self.roots = roots
        self.calls_left = CALLS_MAX
        self.seen: dict[frozenset[int], dict[int, Step]] = {}

    def causes(self, echo: Step, healed: Iterable[int], omitted: Collection[int] = ()) -> Causes:
        """The steps that healing found, the gravest first, parted by this test.

        If the same is seen without any of them, healing is asked again in the program without
        them; and if that finds nothing either, only healing speaks for the last of them.
        """
        needed, spared = list(healed), list(omitted)
        for step in tuple(needed):
            if len(needed) > 1 and self.stays(echo, {*spared, step}):
                needed.remove(step)
                spared.append(step)
        healed_only = bool(needed) and self.stays(echo, {*spared, *needed})
        others = self.healed_without(echo, {*spared, *needed}) if healed_only else ()
        if others:
            return self.causes(echo, others, (*spared, *needed))
        return Causes(tuple(sorted(needed)), tuple(sorted(spared)), healed_only)

    def stays(self, echo: Step, omitted: Collection[int]) -> bool:
        """Whether the same is seen at a step without these; False if it takes too long to say."""
        if echo.old.panicked != echo.new.panicked:
            model, due = own_side(echo, self.comparison)
            return taken(self.program, model, echo.index, omitted)[0] == due
        found = self.differing(omitted).get(echo.index)
        return found is not None and not found.cases and effect(found) == effect(echo)

    def healed_without(self, echo: Step, omitted: Collection[int]) -> tuple[int, ...]:
        """What healing says of an echo in the program without these steps."""
        steps = self.differing(omitted).values()
        roots = [step.index for step in steps if step.cases]
        reworded = [step.index for step in steps if step.reworded]
        shorter = without(self.program, omitted)
        found = causes(shorter, roots, [echo.index], self.comparison, reworded)[echo.index] or ()
        return tuple(root for root in found if root in self.roots)

    def differing(self, steps: Collection[int]) -> dict[int, Step]:
        """Where the kernels differ without these steps; nowhere if it takes too long to say."""
        omitted = frozenset(steps)
        if omitted not in self.seen:
            if self.calls_left < len(self.program.calls):
                return {}
            self.calls_left -= len(self.program.calls)
            self.seen[omitted] = {
                step.index: step
                for step in lockstep_of(without(self.program, omitted), self.comparison)
            }
        return self.seen[omitted]


def without(program: Program, steps: Collection[int]) -> Program:
    """The program with a call that is none in the place of each of these steps."""
    calls = [LEFT_OUT if index in steps else call for index, call in enumerate(program.calls)]
    return replace(program, calls=tuple(calls))


def lockstep_of(program: Program, comparison: Comparison) -> Iterator[Step]:
    """Where the kernels differ, up to a panic."""
    lockstep = Lockstep(program.jail_max, comparison, program.setup)
    for call in program.calls:
        step = lockstep.step(call)
        if step is not None:
            yield step
        if lockstep.panicked:
            return


def own_side(step: Step, comparison: Comparison) -> tuple[Model, Result]:
    """The kernel that panics at a step, and with what."""
    if step.old.panicked:
        return comparison.old, step.old
    return comparison.new, step.new


def effect(step: Step) -> tuple[object, ...]:
    """What is seen at a step: both answers, and what differs newly."""
    return step.old, step.new, frozenset(step.appeared)


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
