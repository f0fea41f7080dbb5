"""One program under a comparison: everything that happens, in the order in which it does.

Every engine walks, so every engine checks the same: steps that differ, invariants that stop to
hold, and what is left when everything is taken away.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from fuzz.differ.comparison import Comparison
from fuzz.differ.steps.lockstep import Lockstep, Step
from fuzz.differ.verdict.fingerprint import fingerprint
from fuzz.kernels.bug_kinds import BugKind
from fuzz.kernels.cleanup import CLEANS, cleanup
from fuzz.kernels.invariants import NOTHING_LEFT, broken, kind_of
from fuzz.kernels.left_over import BROKEN_LISTS, kind_left, way_left
from fuzz.kernels.registry import Model
from fuzz.kernels.soundness import still_sound
from fuzz.programs.commands.command import NO_SETUP, Op, Setup
from fuzz.programs.program import Program
from prison.kernel import Kernel

BROKEN = (LookupError, ValueError, AttributeError, RecursionError)  # what a broken kernel raises


@dataclass(frozen=True, slots=True)
class Violation:
    """An invariant that does not hold any more since this step."""

    step: int  # the number of calls: found when everything was cleaned up
    side: str  # old, new, both
    invariant: str
    bug_kind: BugKind
    jid: int
    why: str
    causes: tuple[int, ...] = ()  # steps which the kernel that breaks it takes otherwise

    @property
    def fingerprint(self) -> str:
        """One for an invariant and a kernel; of what is left, one for each way."""
        shape = (way_left(self.why),) if self.invariant == NOTHING_LEFT.id else ()
        return fingerprint(self.invariant, self.side, "violation", shape)


Event = Step | Violation
Breach = tuple[str, int]  # an invariant, and the jid of a jail that breaks it


class Walk:
    """A lockstep, and what comes to be broken in it.

    With `every_op` invariants are checked after each op, else only when all calls are made.
    """

    def __init__(
        self, jail_max: int, comparison: Comparison, setup: Setup = NO_SETUP, *, every_op: bool
    ) -> None:
        self.lockstep = Lockstep(jail_max, comparison, setup)
        self.every_op = every_op
        self.sound = every_op  # All invariants held after the last op, in both.
        self.known: dict[str, set[Breach]] = {"old": set(), "new": set()}

    def take(self, call: Op) -> tuple[Event, ...]:
        """Make one call.  Not to be called after a panic."""
        step = self.lockstep.step(call)
        found: tuple[Event, ...] = () if step is None else (step,)
        if self.every_op and not self.lockstep.panicked:
            found += tuple(self.violations())
        return found

    def end(self) -> list[Violation]:
        """What is broken when all calls are made, and what is left behind; ends the lockstep.

        Nothing is checked after a panic.
        """
        if self.lockstep.panicked:
            return []
        self.sound = False  # Now look at everything.
        return self.violations() + left_behind(self.lockstep)

    def violations(self) -> list[Violation]:
        """What has come to be broken since the last look: by both kernels if each of them breaks
        it now, in the same way.
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
            alike = old.get(key) == new.get(key)  # else they come from different mistakes
            sides = {"both": old} if alike else {"old": old, "new": new}
            invariant, jid = key
            for side, texts in sides.items():
                if key in texts:
                    k = lockstep.new if side == "new" else lockstep.old
                    kind, step = kind_of(k, invariant, jid), lockstep.index
                    found.append(Violation(step, side, invariant, kind, jid, texts[key]))
        return found

    def fresh(self, side: str, texts: Mapping[Breach, str]) -> dict[Breach, str]:
        """Of what a side breaks, what it did not break at the last look or before."""
        found = {key: text for key, text in texts.items() if key not in self.known[side]}
        self.known[side] |= texts.keys()
        return found

    def run(self, calls: Iterable[Op]) -> Iterator[Event]:
        """All calls, up to a panic, and the end."""
        for call in calls:
            yield from self.take(call)
            if self.lockstep.panicked:
                return
        yield from self.end()


def walk(program: Program, comparison: Comparison, *, every_op: bool) -> Iterator[Event]:
    """What happens in a program."""
    start = Walk(program.jail_max, comparison, program.setup, every_op=every_op)
    return start.run(program.calls)


def left_behind(lockstep: Lockstep) -> list[Violation]:
    """What is left when everything is taken away, each kernel by its own model; consumes both."""
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
    """What is left of one kernel when everything is taken away, or None."""
    try:
        return cleanup(model, k)
    except BROKEN as error:
        return f"{BROKEN_LISTS}: {error!r}"
