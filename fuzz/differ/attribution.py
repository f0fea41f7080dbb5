"""Which roots an echo comes from, found out by healing.

To heal a root is to let both kernels take that step as the comparison's base does (the kernel from
which the other one descends), and to go on.  If the echo vanishes, it came from there.  The causes
of an echo are complete: healing anything but them does not make it vanish.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cache

from fuzz.differ.comparison import Comparison
from fuzz.differ.steps.observation import Differences
from fuzz.programs.program import Program
from prison.call import Call
from prison.kernel import Kernel

Vanishes = Callable[[Iterable[int]], bool]  # whether an echo does, when these are healed


def causes(
    program: Program,
    roots: Sequence[int],
    echoes: Sequence[int],
    comparison: Comparison,
    reworded: Collection[int] = (),
) -> dict[int, tuple[int, ...]]:
    """For each echo the roots that it comes from; none if it stays though all are healed.

    An echo that is reworded (differ/lockstep.py) is itself healed with any root.
    """
    heard = program.calls[: max(echoes, default=-1) + 1]

    @cache
    def left(healed: frozenset[int]) -> set[int]:
        return differing(heard, program.jail_max, healed, comparison)

    def vanishing(echo: int) -> Vanishes:
        own = {echo} & {*reworded}
        return lambda healed: echo not in left(frozenset(own.union(healed)))

    return {
        echo: behind([root for root in roots if root < echo], vanishing(echo)) for echo in echoes
    }


def behind(roots: Sequence[int], vanishes: Vanishes) -> tuple[int, ...]:
    """The roots whose healing alone makes an echo vanish, and those that do so together with
    others and cannot be spared: in the roots that are left, then in these without one or without
    all that were found, there may be another such set.
    """
    found = {root for root in roots if vanishes([root])}
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


def needed(roots: Iterable[int], vanishes: Vanishes) -> list[int]:
    """The roots that are left when all that can be spared are dropped, the oldest first."""
    kept = sorted(roots)
    while True:  # What was needed at first can be spared when others have gone.
        spared = (root for root in kept if vanishes(other for other in kept if other != root))
        dropped = next(spared, None)
        if dropped is None:
            return kept
        kept.remove(dropped)


def differing(
    calls: Iterable[Call], jail_max: int, healed: Collection[int], comparison: Comparison
) -> set[int]:
    """The steps at which a user sees the kernels differ when these are healed."""
    as_usual = comparison.models
    as_base = (comparison.base, comparison.base)
    old, new = Kernel(jail_max), Kernel(jail_max)
    differences = Differences()
    found = set()
    for index, call in enumerate(calls):
        model, other_model = as_base if index in healed else as_usual
        one = model.step(old, call)
        other = other_model.step(new, call)
        appeared = differences.update(old, new)
        if one != other or appeared:
            found.add(index)
        if one.panicked or other.panicked:
            break
    return found
