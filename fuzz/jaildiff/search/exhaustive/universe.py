"""Small universes: the sets of calls that an exhaustive search tries in every state.

A universe is finite because all values come from a fixed set.  Pids and holders can be used again
when they are gone, and JAIL_MAX is so small that automatic jids wrap.

Some things are in no universe: setting the counters (`Poke`), paths, addresses, host data, and jids
above JAIL_MAX.  Many jail_sets are refused for their parameters before any jail is looked up
(jail_conf, the same in both kernels); a single one without flags and parameters stands for them
all.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

from jail_kernel.call import (
    JAIL_AT_DESC,
    JAIL_ATTACH,
    JAIL_CREATE,
    JAIL_DYING,
    JAIL_GET_DESC,
    JAIL_OWN_DESC,
    JAIL_UPDATE,
    JAIL_USE_DESC,
    Call,
    Close,
    Drop,
    Exit,
    Fork,
    ForkBegin,
    ForkEnd,
    Hold,
    JailAttach,
    JailAttachJd,
    JailGet,
    JailRemove,
    JailRemoveJd,
    JailSet,
    Params,
    Result,
)
from jail_kernel.jail_conf import jail_conf

ALL_FLAGS = tuple(range((JAIL_CREATE | JAIL_UPDATE | JAIL_ATTACH | JAIL_DYING) + 1))

PERSIST: Params = (("persist", True),)
NOPERSIST: Params = (("persist", False),)
ROOMY: Params = (("persist", True), ("children.max", 1))
NO_FD = -1  # the value of desc if a descriptor is to be returned
DESC_BITS = (JAIL_USE_DESC, JAIL_AT_DESC, JAIL_GET_DESC, JAIL_OWN_DESC)
REFUSED: Params = (("persist", True), ("nonsense", True))  # refused by the very last check


@dataclass(frozen=True, slots=True)
class Universe:
    """The values that calls may contain; all combinations occur."""

    name: str
    jail_max: int
    jids: tuple[int, ...]  # for jail_set; 0: none, so that the kernel chooses
    names: tuple[str, ...]  # "" is none; components are letters, dots nest
    pids: tuple[int, ...]  # 1 exists from the start
    holders: tuple[str, ...]
    params: tuple[Params, ...]  # for jail_set, besides jid and name
    depth: int | None  # default length of programs; None: until nothing new is found
    flags: tuple[int, ...] = ALL_FLAGS  # for jail_set
    fork_halves: bool = False  # whether other calls may come between the halves of a fork
    fds: tuple[int, ...] = ()  # the descriptors that calls name

    @property
    def text(self) -> str:
        """The universe in one line."""
        halves = ", forks also in two halves" if self.fork_halves else ""
        params = (" ".join(f"{key}={value}" for key, value in params) for params in self.params)
        return (
            f"{self.name}: JAIL_MAX {self.jail_max}; jids {listing(self.jids)}; "
            f"names {listing(self.names)}; processes {listing(self.pids)}{halves}; "
            f"holders {listing(self.holders)}; descriptors {listing(self.fds)}; "
            f"{len(self.flags)} flag combinations; "
            f"parameters {listing(params)}"
        )


TINY = Universe(
    name="tiny",
    jail_max=2,
    jids=(1,),
    names=("",),
    pids=(1, 2),
    holders=("r",),
    params=((), PERSIST, REFUSED),
    depth=None,
)

SMALL = Universe(
    name="small",
    jail_max=3,
    jids=(0, 1, 2),
    names=("", "a", "b", "a.b"),
    pids=(1, 2),
    holders=("r", "s"),
    params=((), PERSIST, REFUSED),
    depth=6,
)

WIDE = Universe(
    name="wide",
    jail_max=4,
    jids=(0, 1, 2),
    names=("", "a", "b", "a.b", "b.a"),
    pids=(1, 2),
    holders=("r", "s"),
    params=((), PERSIST, NOPERSIST, ROOMY, REFUSED),
    fork_halves=True,
    depth=3,
)

RACE = Universe(
    name="race",
    jail_max=2,
    jids=(1,),
    names=("",),
    pids=(1, 2, 3),
    holders=(),
    params=((), PERSIST),
    flags=(JAIL_CREATE | JAIL_ATTACH, JAIL_UPDATE | JAIL_DYING),
    fork_halves=True,
    depth=7,
)

DESCRIPTOR = Universe(
    name="descriptor",
    jail_max=2,
    jids=(1,),
    names=("",),
    pids=(1, 2),
    holders=(),
    params=((), PERSIST),
    flags=(JAIL_CREATE, JAIL_CREATE | JAIL_ATTACH, JAIL_UPDATE),
    fds=(3,),
    depth=5,
)

UNIVERSES = {universe.name: universe for universe in (TINY, SMALL, WIDE, RACE, DESCRIPTOR)}


def all_calls(universe: Universe) -> tuple[Call, ...]:
    """Every call of a universe, once."""
    return tuple(
        call
        for pid in universe.pids
        for group in (jail_sets, jail_gets, others, by_descriptor)
        for call in group(universe, pid)
    )


def jail_sets(universe: Universe, pid: int) -> Iterator[JailSet]:
    """The jail_sets of one process."""
    yield JailSet(pid, 0, ())
    jids: list[Params] = [(("jid", jid),) if jid else () for jid in universe.jids]
    names: list[Params] = [(("name", name),) if name else () for name in universe.names]
    for flags, jid, name, params in product(universe.flags, jids, names, universe.params):
        call = JailSet(pid, flags, (*jid, *name, *params))
        if not isinstance(jail_conf(call), Result):
            yield call


def jail_gets(universe: Universe, pid: int) -> Iterator[JailGet]:
    """The jail_gets of one process."""
    for flags in (0, JAIL_DYING):
        yield JailGet(pid, flags, (("lastjid", 0),))
        for jid in range(1, universe.jail_max + 1):
            yield JailGet(pid, flags, (("jid", jid),))
        for name in filter(None, universe.names):
            yield JailGet(pid, flags, (("name", name),))


def others(universe: Universe, pid: int) -> Iterator[Call]:
    """The other calls of one process; those of holders come with the first process."""
    for jid in range(1, universe.jail_max + 1):
        yield JailRemove(pid, jid)
        yield JailAttach(pid, jid)
    for child in universe.pids:
        if child != pid:
            yield Fork(pid, child)
            if universe.fork_halves:
                yield ForkBegin(pid, child)
    if universe.fork_halves:
        yield ForkEnd(pid)
    yield Exit(pid)
    for res in universe.holders:
        yield Hold(pid, res)
        if pid == universe.pids[0]:
            yield Drop(res)


def by_descriptor(universe: Universe, pid: int) -> Iterator[Call]:
    """The calls of one process that name a descriptor or return one."""
    for fd in universe.fds:
        yield Close(pid, fd)
        yield JailAttachJd(pid, fd)
        yield JailRemoveJd(pid, fd)
        for bit in DESC_BITS:
            opens = bit in (JAIL_GET_DESC, JAIL_OWN_DESC)
            desc = ("desc", NO_FD if opens else fd)
            jids = [()] if bit == JAIL_USE_DESC else [(("jid", jid),) for jid in universe.jids]
            for flags, jid, params in product(universe.flags, jids, universe.params):
                yield JailSet(pid, flags | bit, (desc, *jid, *params))
            for flags, jid in product((0, JAIL_DYING), jids):
                yield JailGet(pid, flags | bit, (desc, *jid))


def listing(items: Iterable[object]) -> str:
    """The items as a list, without empty ones and the jid 0."""
    return ", ".join(str(item or "none") for item in items) or "none"
