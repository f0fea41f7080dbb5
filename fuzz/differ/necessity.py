"""Which steps are needed for what is seen later, found out by leaving them out.

Healing (differ/attribution.py) asks what would be seen if both kernels took a step alike.  But the
kernel that is followed may do more at that step than not to differ: it may undo what an earlier
step did.  So each cause is tested once more: neither kernel takes the step at all.  If the same is
still seen, the step is no cause.

A panic and a broken invariant are looked for on their own side alone: what the other kernel does
without the step is no matter.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from fuzz.differ.comparison import Comparison
from fuzz.differ.lockstep import Lockstep, Step
from fuzz.differ.walk import Violation, left_in
from fuzz.kernels.invariants import broken
from fuzz.kernels.registry import Model
from fuzz.programs.program import Program
from prison.call import Result
from prison.kernel import Kernel

CALLS_MAX = 100_000  # for one program: a cause that would take more is not tested, and stands
NOTHING: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Causes:
    """The causes of an echo by both tests."""

    needed: tuple[int, ...]  # healed, the echo goes; left out, it goes, too, or changes
    spared: tuple[int, ...] = ()  # healed, it goes; left out, the same is seen
    healed_only: bool = False  # the same is seen even without all that are needed


class LeaveOut:
    """A program, and what is seen of it when some of its steps are left out."""

    def __init__(self, program: Program, comparison: Comparison, last: int) -> None:
        self.program = program
        self.comparison = comparison
        self.calls = program.calls[: last + 1]  # up to the last echo
        self.calls_left = CALLS_MAX
        self.seen: dict[frozenset[int], dict[int, Step]] = {}

    def causes(self, echo: Step, healed: Iterable[int]) -> Causes:
        """The steps that healing found, the gravest first, parted by this test.

        One is kept in any case: if the effect stays without any, only healing speaks for it.
        """
        needed, spared = list(healed), list[int]()
        for step in tuple(needed):
            if len(needed) > 1 and self.stays(echo, {*spared, step}):
                needed.remove(step)
                spared.append(step)
        healed_only = bool(needed) and self.stays(echo, {*spared, *needed})
        return Causes(tuple(sorted(needed)), tuple(sorted(spared)), healed_only)

    def stays(self, echo: Step, steps: Collection[int]) -> bool:
        """Whether the same is seen at a step without these; False if it takes too long to say."""
        omitted = frozenset(steps)
        if echo.old.panicked != echo.new.panicked:
            model, due = own_side(echo, self.comparison)
            return taken(self.program, model, echo.index, omitted)[0] == due
        if omitted not in self.seen:
            if self.calls_left < len(self.calls):
                return False
            self.calls_left -= len(self.calls)
            self.seen[omitted] = self.differing(omitted)
        found = self.seen[omitted].get(echo.index)
        return found is not None and not found.cases and effect(found) == effect(echo)

    def differing(self, omitted: Collection[int]) -> dict[int, Step]:
        """Where the kernels differ without some steps."""
        lockstep = Lockstep(self.program.jail_max, self.comparison)
        found = {}
        for index, call in enumerate(self.calls):
            if index in omitted:
                lockstep.index += 1
                continue
            step = lockstep.step(call)
            if step is not None:
                found[index] = step
            if lockstep.panicked:
                break
        return found


def own_side(step: Step, comparison: Comparison) -> tuple[Model, Result]:
    """The kernel that panics at a step, and with what."""
    if step.old.panicked:
        return comparison.old, step.old
    return comparison.new, step.new


def effect(step: Step) -> tuple[object, ...]:
    """What is seen at a step, without jids and names: these may be others when one is gone."""
    return step.old.errno, step.new.errno, unlike(step.old, step.new), frozenset(step.kinds)


def unlike(old: Result, new: Result) -> frozenset[object]:
    """In what two answers differ."""
    names = ("ret", "errmsg", "wanted")
    found: set[object] = {name for name in names if getattr(old, name) != getattr(new, name)}
    if old.values is not None and new.values is not None:
        pairs = enumerate(zip(old.values, new.values, strict=True))
        found.update(place for place, (one, other) in pairs if one != other)
    return frozenset(found)


def taken(
    program: Program,
    model: Model,
    last: int,
    omitted: Collection[int] = NOTHING,
    instead: tuple[Collection[int], Model] | None = None,
) -> tuple[Result | None, Kernel]:
    """One kernel's answer to a step, and the kernel after it: without some steps, or with some
    taken as another model takes them.  None if it does not get there.
    """
    k = Kernel(program.jail_max)
    swapped, other = instead or (NOTHING, model)
    for index, call in enumerate(program.calls[: last + 1]):
        if index in omitted:
            continue
        result = (other if index in swapped else model).step(k, call)
        if index == last:
            return result, k
        if result.panicked:
            return None, k
    return None, k


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
        reached = result is not None or last in omitted
        return reached and is_broken(model, k, found, at_end=found.step > last)

    before = [root for root in roots if root <= found.step][: CALLS_MAX // (2 * (last + 1))]
    causes = [
        root for root in before if not breaks([root], NOTHING) and not breaks(NOTHING, [root])
    ]
    return replace(found, causes=tuple(causes))


def is_broken(model: Model, k: Kernel, found: Violation, *, at_end: bool) -> bool:
    """Whether a kernel breaks what a violation says; consumes it if that is at the end."""
    if at_end:
        return left_in(model, k) is not None
    return (found.invariant, found.jid) in broken(k)
