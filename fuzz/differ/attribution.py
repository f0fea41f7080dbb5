"""Find the roots that cause an echo, by healing.

To heal a root means to let both kernels take that step as the comparison's base does (the kernel
from which the other descends), and to go on normally.  If the echo then vanishes, the root caused
it.  The set of causes that we find is complete: healing only other roots leaves the echo there.

Each set of healed roots needs a run of the program from its first root on.  One run tells about all
echoes, so its outcome is kept.  Programs with many roots are cut into stretches: once the kernels
are in equal states again, nothing before can cause a later difference.  The number of calls in all
these runs is limited, because the number of sets is not; an echo beyond the limit is not
attributed.
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

BUDGET = 100_000  # calls to attribute the echoes of a program, and
BUDGET_PER_CALL = 20  # as many more for each call in it
FEW = 8  # up to so many roots are tried one by one

Vanishes = Callable[[Iterable[int]], bool]  # whether an echo vanishes if these roots are healed


class BudgetSpentError(Exception):
    """The budget does not suffice to attribute an echo."""


@dataclass(slots=True)
class Budget:
    """The number of calls that may still be made."""

    left: int

    def spend(self, calls: int) -> None:
        """Use up `calls` calls.  Raises BudgetSpentError if fewer are left."""
        if calls > self.left:
            raise BudgetSpentError
        self.left -= calls


@dataclass(slots=True)
class Stretch:
    """Calls from a root on equal states up to the next such root, or to the last echo."""

    first: int  # the step of its first call
    sides: Sides  # the kernels before it
    comparison: Comparison
    calls: list[Op] = field(default_factory=list)
    roots: list[int] = field(default_factory=list)
    echoes: list[int] = field(default_factory=list)
    known: dict[frozenset[int], set[int]] = field(default_factory=dict)

    def left(self, healed: frozenset[int], budget: Budget) -> set[int]:
        """The steps at which a user sees the kernels differ if these are healed."""
        if healed not in self.known:
            calls = self.calls[: max(self.echoes) - self.first + 1]
            budget.spend(weight(calls))
            late = {step - self.first for step in healed}
            found = differing(calls, self.sides.twin(), late, self.comparison)
            self.known[healed] = {self.first + index for index in found}
        return self.known[healed]

    def causes(self, echo: int, budget: Budget, too: Collection[int]) -> tuple[int, ...] | None:
        """The roots that cause an echo; None if the budget does not suffice.

        The steps in `too` are healed with every root.
        """

        def vanishes(healed: Iterable[int]) -> bool:
            roots = frozenset(healed)  # Later roots stay in, so all echoes share the runs.
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
    """For each echo, the roots that cause it.

    There are none if the echo stays even if all roots are healed.  The value is None if the
    budget did not suffice.  An echo at which the kernels would differ from one state, too
    (Step.apart), would stay for its own sake, so it is healed together with any root.
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
    """Yield the stretches of a program up to its last echo, each when it is complete.

    A program with few roots is cut only while the kernels are still one.  Equal states would allow
    more cuts, but then a root that brought the kernels into this state would not count as a cause.
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
    """True if the kernels are in equal states, apart from a counter that only one of them has."""
    try:
        old, new = freeze(sides.old), freeze(sides.new)
    except LookupError:  # The lists of a broken kernel are inconsistent.
        return False
    if not all(model.has_deadid for model in comparison.models):
        old = old._replace(lastdeadid=new.lastdeadid)
    return old == new and sides.old.host == sides.new.host


def behind(roots: Sequence[int], vanishes: Vanishes) -> tuple[int, ...]:
    """The roots that make an echo vanish when healed, alone or as a necessary part of a set.

    First come the roots that suffice alone.  Among the rest, two roots may both have to be healed,
    because either causes the echo without the other.  So we look for a minimal set that suffices.
    There may be other such sets: we search again without each member of the set found, and without
    all roots found so far.
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
    """The roots that make an echo vanish when healed alone.

    Many roots are halved first: a half that does not make it vanish as a whole is skipped.
    """
    if len(roots) <= FEW:
        return {root for root in roots if vanishes([root])}
    if not vanishes(roots):
        return set()
    half = len(roots) // 2
    return alone(roots[:half], vanishes) | alone(roots[half:], vanishes)


def needed(roots: Iterable[int], vanishes: Vanishes) -> list[int]:
    """A minimal set of these roots that still makes the echo vanish; older roots are dropped first.

    Of many roots we try to drop half at once, then a quarter, and so on.
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
    while (dropped := superfluous(kept, vanishes)) is not None:
        kept.remove(dropped)  # Now another one that was needed before may be superfluous.
    return kept


def superfluous(roots: Sequence[int], vanishes: Vanishes) -> int | None:
    """The first root without which the echo vanishes, too; None if all are needed."""
    for root in roots:
        if vanishes([other for other in roots if other != root]):
            return root
    return None


def differing(
    calls: Iterable[Op], sides: Sides, healed: Collection[int], comparison: Comparison
) -> set[int]:
    """The steps at which a user sees the kernels differ if those in `healed` are healed.

    The sides must not differ yet; they are used up.
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
