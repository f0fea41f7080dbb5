"""Run one program under a comparison and report events as they happen.

All engines use this, so all check the same: steps that differ, invariants that break, and what is
left over when everything is taken away.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from jail_kernel.kernel import Kernel
from jaildiff.differ.comparison import Comparison
from jaildiff.differ.steps.lockstep import Lockstep, Step
from jaildiff.differ.verdict.fingerprint import fingerprint
from jaildiff.kernels.bug_kinds import BugKind
from jaildiff.kernels.cleanup import CLEANS, cleanup
from jaildiff.kernels.invariants import NOTHING_LEFT, broken, kind_of
from jaildiff.kernels.left_over import BROKEN_LISTS, kind_left, way_left
from jaildiff.kernels.registry import Model
from jaildiff.kernels.soundness import still_sound
from jaildiff.programs.commands.command import NO_SETUP, Op, Setup
from jaildiff.programs.program import Program

# Exceptions that a broken kernel may raise.
BROKEN: Final = (LookupError, ValueError, AttributeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Violation:
    """An invariant that broke at a step."""

    step: int  # the number of calls, if it broke at the clean-up
    side: str  # old, new, both
    invariant: str
    bug_kind: BugKind
    jid: int
    why: str
    causes: tuple[int, ...] = ()  # the roots behind it (leave_one_out.py)

    @property
    def fingerprint(self) -> str:
        """One per invariant and side; for left-overs, one per class of them, too."""
        shape = (way_left(self.why),) if self.invariant == NOTHING_LEFT.id else ()
        return fingerprint(self.invariant, self.side, "violation", shape)


Event = Step | Violation
Breach = tuple[str, int]  # an invariant, and the jid of a jail that breaks it


class Walk:
    """A lockstep that also watches invariants.

    With `every_op` they are checked after each op, otherwise only after the last.
    """

    def __init__(
        self, jail_max: int, comparison: Comparison, setup: Setup = NO_SETUP, *, every_op: bool
    ) -> None:
        self.lockstep = Lockstep(jail_max, comparison, setup)
        self.every_op = every_op
        self.sound = every_op  # Whether all invariants held in both kernels after the last op.
        self.known: dict[str, set[Breach]] = {"old": set(), "new": set()}

    def take(self, call: Op) -> tuple[Event, ...]:
        """Make one call.  Not to be called after a panic."""
        step = self.lockstep.step(call)
        found: tuple[Event, ...] = () if step is None else (step,)
        if self.every_op and not self.lockstep.panicked:
            found += tuple(self.violations())
        return found

    def end(self) -> list[Violation]:
        """The invariants broken after the last call, and what is left over; ends the lockstep.

        After a panic, nothing is checked.
        """
        if self.lockstep.panicked:
            return []
        self.sound = False  # Check everything, not only what the last op touched.
        return self.violations() + left_behind(self.lockstep)

    def end_of(self, program: Program) -> list[Violation]:
        """What `end` says of a program, after its last call.

        Checked at the end only, two mistakes can look like one of both kernels.  Checks after each
        op tell them apart by the step, so such a program is run once more.
        """
        found = self.end()
        if self.every_op or not self.lockstep.diverged or all(v.side != "both" for v in found):
            return found
        again = walk(program, self.lockstep.comparison, every_op=True)
        return [event for event in again if isinstance(event, Violation)]

    def violations(self) -> list[Violation]:
        """The invariants broken since the last check.

        The side is "both" if both kernels broke one now, in the same way.
        """
        lockstep = self.lockstep
        kernels = (lockstep.old, lockstep.new) if lockstep.diverged else (lockstep.new,)
        if self.sound and all(map(still_sound, kernels)):
            return []
        looks = [broken(k) for k in kernels]
        self.sound = self.every_op and not any(looks)
        old, new = self.fresh("old", looks[0]), self.fresh("new", looks[-1])
        found = []
        for key in old | new:
            alike = old.get(key) == new.get(key)  # if not, there are two mistakes
            sides = {"both": old} if alike else {"old": old, "new": new}
            invariant, jid = key
            for side, texts in sides.items():
                if key in texts:
                    k = lockstep.new if side == "new" else lockstep.old
                    kind, step = kind_of(k, invariant, jid), lockstep.index
                    found.append(Violation(step, side, invariant, kind, jid, texts[key]))
        return found

    def fresh(self, side: str, texts: Mapping[Breach, str]) -> dict[Breach, str]:
        """Those breaches on a side that it did not show at any earlier check."""
        found = {key: text for key, text in texts.items() if key not in self.known[side]}
        self.known[side] |= texts.keys()
        return found

    def run(self, program: Program) -> Iterator[Event]:
        """Make all calls, up to a panic, then end; yield the events."""
        for call in program.calls:
            yield from self.take(call)
            if self.lockstep.panicked:
                return
        yield from self.end_of(program)


def walk(program: Program, comparison: Comparison, *, every_op: bool) -> Iterator[Event]:
    """Yield the events of a program."""
    start = Walk(program.jail_max, comparison, program.setup, every_op=every_op)
    return start.run(program)


def left_behind(lockstep: Lockstep) -> list[Violation]:
    """What is left when each kernel's own model takes everything away; uses up both kernels."""
    old, new = lockstep.comparison.models
    if any(old.handlers[kind] is not new.handlers[kind] for kind in CLEANS):
        lockstep.part()
    left_new = left(new, lockstep.new)
    left_old = left(old, lockstep.old) if lockstep.diverged else left_new
    step = lockstep.index + 1
    sides = {"both": left_new} if left_old == left_new else {"old": left_old, "new": left_new}
    return [
        Violation(step, side, NOTHING_LEFT.id, kind_left(why), 0, why)
        for side, why in sides.items()
        if why is not None
    ]


def left(model: Model, k: Kernel) -> str | None:
    """What is left in one kernel when everything is taken away; None if nothing."""
    try:
        return cleanup(model, k)
    except BROKEN as error:
        return f"{BROKEN_LISTS}: {error!r}"
