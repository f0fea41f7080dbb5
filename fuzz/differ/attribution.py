"""Which roots an echo comes from, found out by healing.

To heal a root is to let both kernels take that step as the comparison's base does (the kernel from
which the other one descends), and to go on.  If the echo vanishes, it came from there.  The causes
of an echo are complete: healing anything but them does not make it vanish.

A program is run anew for each set of roots that is healed, from the first root on, and each run
tells about all echoes.  One with many roots falls into stretches: where the kernels are in the same
state again, nothing that differs later comes from before.  How many calls all these runs may make
is limited: after that an echo is not attributed.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from fuzz.differ.comparison import Comparison
from fuzz.differ.steps.lockstep import Sides
from fuzz.differ.steps.observation import Differences
from fuzz.kernels.registry import Model
from fuzz.programs.commands.command import Op, weight
from fuzz.programs.commands.host_state import boot
from fuzz.programs.program import Program
from prison.freeze import freeze

BUDGET = 100_000  # calls for a program, and
BUDGET_PER_CALL = 20  # for each call that it makes
FEW = 8  # roots that are tried one by one

Vanishes = Callable[[Iterable[int]], bool]  # whether an echo does, when these are healed


class BudgetSpentError(Exception):
    """More calls would be needed to attribute an echo than there may be."""


@dataclass(slots=True)
class Budget:
    """How many calls are left."""

    left: int

    def spend(self, calls: int) -> None:
        """Take so many calls.  Raises BudgetSpentError if there are not as many left."""
        if calls > self.left:
            raise BudgetSpentError
        self.left -= calls


@dataclass(slots=True)
class Stretch:
    """Calls that begin with a root on equal states, and end before another one or at an echo."""

    first: int  # the step of its first call
    sides: Sides  # before that
    comparison: Comparison
    calls: list[Op] = field(default_factory=list)
    roots: list[int] = field(default_factory=list)
    echoes: list[int] = field(default_factory=list)
    known: dict[frozenset[int], set[int]] = field(default_factory=dict)

    def left(self, healed: frozenset[int], budget: Budget) -> set[int]:
        """The steps at which a user sees the kernels differ when these are healed."""
        if healed not in self.known:
            calls = self.calls[: max(self.echoes) - self.first + 1]
            budget.spend(weight(calls))
            late = {step - self.first for step in healed}
            found = differing(calls, self.sides.twin(), late, self.comparison)
            self.known[healed] = {self.first + index for index in found}
        return self.known[healed]

    def causes(self, echo: int, budget: Budget, too: Collection[int]) -> tuple[int, ...] | None:
        """The roots that an echo comes from, if these steps are always healed, too; None: not
        attributed within the budget.
        """

        def vanishes(healed: Iterable[int]) -> bool:
            roots = frozenset(healed)  # Later ones change nothing, but are the same for all echoes.
            early = min(roots, default=echo) < echo
            return early and echo not in self.left(roots.union(too), budget)

        try:
            return behind(self.roots, vanishes)
        except BudgetSpentError:
            return None


def causes(
    program: Program,
    roots: Sequence[int],
    echoes: Sequence[int],
    comparison: Comparison,
    apart: Collection[int] = (),
) -> dict[int, tuple[int, ...] | None]:
    """For each echo the roots that it comes from: none if it stays though all are healed; None if
    to find them takes more calls than there may be.

    An echo at which the kernels would differ from one state, too (Step.apart), is itself healed
    with any root.
    """
    budget = Budget(BUDGET + BUDGET_PER_CALL * len(program.calls))
    return {
        echo: stretch.causes(echo, budget, {echo} & {*apart})
        for stretch in stretches(program, roots, echoes, comparison)
        for echo in stretch.echoes
    }


def stretches(
    program: Program, roots: Sequence[int], echoes: Sequence[int], comparison: Comparison
) -> Iterator[Stretch]:
    """The stretches of a program up to its last echo, each when it is complete.

    Few roots are left in one stretch: of these also that is a cause which decided, long before,
    what the states were.
    """
    many = len(roots) > FEW
    k = boot(program)
    sides, differences = Sides(k, k), Differences()
    stretch = Stretch(0, sides.twin(), comparison)
    begins, ends = frozenset(roots), frozenset(echoes)
    for index, call in enumerate(program.calls[: max(echoes, default=-1) + 1]):
        if index in begins:
            if not sides.diverged or (many and not differences.now and alike(sides, comparison)):
                yield stretch
                stretch = Stretch(index, sides.twin(), comparison)
            stretch.roots.append(index)
        elif index in ends:
            stretch.echoes.append(index)
        stretch.calls.append(call)
        both_step(sides, comparison.models, call, differences)
    yield stretch


def alike(sides: Sides, comparison: Comparison) -> bool:
    """True if the kernels are in the same state, apart from a counter that only one of them has."""
    try:
        old, new = freeze(sides.old), freeze(sides.new)
    except LookupError:  # The lists of a broken kernel lead nowhere.
        return False
    if not all(model.has_deadid for model in comparison.models):
        old = old._replace(lastdeadid=new.lastdeadid)
    return old == new and sides.old.host == sides.new.host


def behind(roots: Sequence[int], vanishes: Vanishes) -> tuple[int, ...]:
    """The roots whose healing alone makes an echo vanish, and those that do so together with
    others and cannot be spared: in the roots that are left, then in these without one or without
    all that were found, there may be another such set.
    """
    found = alone(roots, vanishes)
    rest = frozenset(roots) - found
    waiting, tried = [rest], {frozenset[int]()}
    while waiting:
        healed = waiting.pop()
        if healed not in tried and vanishes(healed):
            together = needed(healed, vanishes)
            found.update(together)
            waiting += [*(rest - {root} for root in together), rest - found]
        tried.add(healed)
    return tuple(sorted(found))


def alone(roots: Sequence[int], vanishes: Vanishes) -> set[int]:
    """The roots whose healing alone makes an echo vanish; of many, only those are tried that do
    so together with their neighbours.
    """
    if len(roots) <= FEW:
        return {root for root in roots if vanishes([root])}
    if not vanishes(roots):
        return set()
    half = len(roots) // 2
    return alone(roots[:half], vanishes) | alone(roots[half:], vanishes)


def needed(roots: Iterable[int], vanishes: Vanishes) -> list[int]:
    """The roots that are left when all that can be spared are dropped, the oldest first; of many,
    half of them at once, then a quarter, and so on.
    """
    kept = sorted(roots)
    size = len(kept) // 2
    while size >= FEW:
        position = 0
        while position < len(kept):
            fewer = kept[:position] + kept[position + size :]
            if vanishes(fewer):
                kept = fewer
            else:
                position += size
        size //= 2
    while True:  # What was needed at first can be spared when others have gone.
        spared = (root for root in kept if vanishes(other for other in kept if other != root))
        dropped = next(spared, None)
        if dropped is None:
            return kept
        kept.remove(dropped)


def differing(
    calls: Iterable[Op], sides: Sides, healed: Collection[int], comparison: Comparison
) -> set[int]:
    """The steps at which a user sees the kernels differ when these are healed; consumes the
    sides, between which nothing differs yet.
    """
    as_usual = comparison.models
    as_base = (comparison.base, comparison.base)
    differences = Differences()
    found = set()
    for index, call in enumerate(calls):
        models = as_base if index in healed else as_usual
        differs, panicked = both_step(sides, models, call, differences)
        if differs:
            found.add(index)
        if panicked:
            break
    return found


def both_step(
    sides: Sides, models: tuple[Model, Model], call: Op, differences: Differences
) -> tuple[bool, bool]:
    """Let both sides take a call: whether a user sees a difference, and whether one panicked."""
    if not sides.diverged:
        result = sides.together(models, call)
        if result is not None:
            return False, result.panicked
        sides.part()
    one, other = models[0].step(sides.old, call), models[1].step(sides.new, call)
    appeared = differences.update(sides.old, sides.new)
    return one != other or bool(appeared), one.panicked or other.panicked
