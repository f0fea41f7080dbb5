"""Wish lists for generated programs: mostly what jls(8) asks for, in right and wrong sizes."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from jail_kernel.call import Call, JailGet, Wish

SHARE = 0.15  # of the jail_gets in a program with wish lists

WISHED = ("name", "path", "ip4.addr", "dying", "jid", "host.hostname", "persist", "children.cur")
WISHED_SELDOM = ("nopersist", "vnet", "ip6.addr", "parent", "allow.nochflags", "cpuset.id", "bogus")
SIZES = (None, None, None, None, 0, 0, 4, 16, 1024)


def with_wishes(calls: Sequence[Call], rng: Random) -> tuple[Call, ...]:
    """The calls, with wish lists for some jail_gets."""
    return tuple(
        wishful(call, rng) if isinstance(call, JailGet) and rng.random() < SHARE else call
        for call in calls
    )


def wishful(call: JailGet, rng: Random) -> JailGet:
    """The call with a wish list, to read that alone or in addition."""
    want = tuple(wish(rng) for _ in range(int(rng.random() * 5)))
    return replace(call, want=want, plain=rng.random() < 0.5)


def wish(rng: Random) -> Wish:
    """A common or another name, and a size."""
    return rng.choice(WISHED if rng.random() < 0.8 else WISHED_SELDOM), rng.choice(SIZES)
