"""Find the roots that cause an echo, by healing.

If an echo vanishes when a root is healed (counterfactual.py), the root caused it.  The set of
causes that we find is complete: healing only other roots leaves the echo there.

Each set of healed roots needs a run of the program from its first root on.  One run tells about all
echoes: it goes on from one to the next.  Programs with many roots are cut into stretches: once the
kernels are in equal states again, nothing before can cause a later difference.  The number of calls
in all these runs is limited, because the number of sets is not; an echo beyond the limit is not
attributed.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from jail_kernel.freeze import freeze
from jaildiff.differ.comparison import Comparison
from jaildiff.differ.counterfactual import Point, differ_at_last, point
from jaildiff.differ.steps.lockstep import Lockstep
from jaildiff.differ.steps.observation import Differences
from jaildiff.programs.commands.command import Op, weight
from jaildiff.programs.program import Program

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
class Run:
    """A run with some roots healed, as far as was needed."""

    now: Point
    differs: dict[int, bool] = field(default_factory=dict)  # whether a user saw it, by echo


@dataclass(slots=True)
class Stretch:
    """Calls from a root on equal states up to the next such root, or to the last echo."""

    start: Point
    comparison: Comparison
    calls: list[Op] = field(default_factory=list)
    roots: list[int] = field(default_factory=list)
    echoes: list[int] = field(default_factory=list)
    points: dict[int, Point] = field(default_factory=dict)  # before roots, if there are few
    runs: dict[frozenset[int], Run] = field(default_factory=dict)

    def stays(self, echo: int, healed: frozenset[int], budget: Budget) -> bool:
        """Whether a user sees the kernels differ at an echo if these roots are healed."""
        run = self.runs.get(healed)
        if run is None:
            run = Run(self.points.get(min(healed), self.start).twin())
            self.runs[healed] = run
        if echo not in run.differs:
            first = self.start.step
            calls = self.calls[run.now.step - first : echo + 1 - first]
            budget.spend(weight(calls))
            run.differs[echo] = differ_at_last(calls, run.now, healed, self.comparison)
        return run.differs[echo]

    def causes(self, echo: int, budget: Budget, too: Collection[int]) -> tuple[int, ...] | None:
        """The roots that cause an echo; None if the budget does not suffice.

        The steps in `too` are healed with every root.
        """

        def vanishes(healed: Iterable[int]) -> bool:
            roots = frozenset(healed)  # Later roots stay in, so all echoes share the runs.
            early = min(roots, default=echo) < echo
            return early and not self.stays(echo, roots.union(too), budget)

        try:
            return behind(self.roots, vanishes)
        except BudgetSpentError:
            return None


class Attribution:
    """Finds the causes of a program's echoes, which are asked about in the order of the steps.

    `start` is the program before its first root, or earlier.
    """

    def __init__(self, program: Program, start: Lockstep) -> None:
        self.program = program
        self.comparison = start.comparison
        self.now = point(start)
        self.stretch = Stretch(self.now.twin(), self.comparison)

    def causes(
        self, roots: Sequence[int], echoes: Sequence[int], apart: Collection[int] = ()
    ) -> dict[int, tuple[int, ...] | None]:
        """For each echo, the roots that cause it; `roots` are all up to the last echo.

        There are none if the echo stays even if all roots are healed.  The value is None if the
        budget did not suffice.  An echo at which the kernels would differ from one state, too
        (Step.apart), would stay for its own sake, so it is healed together with any root.
        """
        budget = Budget(BUDGET + BUDGET_PER_CALL * len(self.program.calls))
        found = {}
        for stretch in self.stretches(roots, echoes):
            for echo in stretch.echoes:
                found[echo] = stretch.causes(echo, budget, {echo} & {*apart})
            stretch.echoes.clear()
        return found

    def stretches(self, roots: Sequence[int], echoes: Sequence[int]) -> Iterator[Stretch]:
        """Yield the stretches up to the last echo, each when it is complete, and then the last one.

        A program with few roots is cut only while the kernels are still one.  Equal states would
        allow more cuts, but then a root that brought the kernels into this state would not count as
        a cause.
        """
        many = len(roots) > FEW
        now, begins, ends = self.now, frozenset(roots), frozenset(echoes)
        for call in self.program.calls[now.step : max(echoes, default=-1) + 1]:
            if now.step in begins:
                if now.step == self.stretch.start.step:
                    pass  # It begins here already.
                elif not now.sides.diverged or (many and is_alike(now, self.comparison)):
                    yield self.stretch
                    self.stretch = Stretch(now.twin(), self.comparison)
                elif not many:
                    self.stretch.points[now.step] = now.twin()
                self.stretch.roots.append(now.step)
            elif now.step in ends:
                self.stretch.echoes.append(now.step)
            self.stretch.calls.append(call)
            now.take(self.comparison.models, call)
        yield self.stretch


def is_alike(now: Point, comparison: Comparison) -> bool:
    """True if the kernels are in equal states, apart from a counter that only one of them has."""
    sides, differences = now.sides, Differences()
    differences.begin(sides.old, sides.new)
    if differences.now:  # States are equal even if walks visit their jails in different orders.
        return False
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
