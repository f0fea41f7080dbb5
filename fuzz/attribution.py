"""Which roots an echo comes from, found out by healing.

To heal a root is to let both kernels take that step as the old model does, and to go on.  If the
echo vanishes, it came from there.
"""

from collections.abc import Iterable, Sequence

from fuzz.lockstep import Lockstep
from fuzz.models import PRISTINE, Pair
from prison.call import Call


def causes(
    calls: Sequence[Call],
    jail_max: int,
    roots: Sequence[int],
    echoes: Sequence[int],
    pair: Pair = PRISTINE,
) -> dict[int, tuple[int, ...]]:
    """For each echo the roots whose healing alone makes it vanish; if none does, because any of
    several would do as its cause, a set of roots none of which can be spared.
    """
    left_by = {root: differing(calls, jail_max, {root}, pair) for root in roots}
    found = {}
    for echo in echoes:
        before = [root for root in roots if root < echo]
        single = tuple(root for root in before if echo not in left_by[root])
        found[echo] = single or needed(calls, jail_max, before, echo, pair)
    return found


def needed(
    calls: Sequence[Call],
    jail_max: int,
    roots: Sequence[int],
    echo: int,
    pair: Pair = PRISTINE,
) -> tuple[int, ...]:
    """The roots that are left when all that can be spared are dropped, the oldest first; none if
    the echo stays though all are healed.
    """
    if echo in differing(calls[: echo + 1], jail_max, set(roots), pair):
        return ()
    kept = sorted(roots)
    while True:  # What was needed at first can be spared when others have gone.
        spared = [
            root
            for root in kept
            if echo not in differing(calls[: echo + 1], jail_max, {*kept} - {root}, pair)
        ]
        if not spared:
            return tuple(kept)
        kept.remove(spared[0])


def differing(
    calls: Iterable[Call], jail_max: int, healed: set[int], pair: Pair = PRISTINE
) -> set[int]:
    """The steps at which the kernels still differ when these are healed."""
    lockstep = Lockstep(jail_max, *pair)
    found = set()
    for index, call in enumerate(calls):
        if lockstep.step(call, healed=index in healed) is not None:
            found.add(index)
        if lockstep.panicked:
            break
    return found
