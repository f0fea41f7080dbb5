"""mjg's fork lock: a small model of the locks of fork, racct and removal.

The review proposed a lock per jail that fork takes for reading and a removal for writing, so that a
removal waits for forks in progress.  The answer to it was a deadlock of three calls.  This model
contains only the locks in question and the steps between them.  It searches all schedules of a few
calls, visiting each state once.

A call takes a lock in two steps: it asks for it and gets it.  In between, it waits.  A call that
asks for exclusive use keeps out those that ask later to share the lock, as in sx(9) and rmslock(9).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from itertools import combinations_with_replacement


class Lock(StrEnum):
    """The locks, with their names in the kernel."""

    ALLPROC = "allproc_lock"
    ALLPRISON = "allprison_lock"
    FORK = "pr_forklock"


class Child(StrEnum):
    """The state of the process that a fork makes."""

    NONE = "none"
    NEW = "new"  # PRS_NEW: a removal skips it
    NORMAL = "normal"
    KILLED = "killed"
    REFUSED = "refused"  # the fork failed with EAGAIN


@dataclass(frozen=True, slots=True)
class World:
    """The state that calls share: whether the jail is dying, and each call's child."""

    dying: bool
    children: tuple[Child, ...]

    def with_child(self, caller: int, child: Child) -> "World":
        """The same world with another child for one call."""
        children = (*self.children[:caller], child, *self.children[caller + 1 :])
        return replace(self, children=children)


@dataclass(frozen=True, slots=True)
class Take:
    """Ask for a lock, and get it once no other call is in the way."""

    lock: Lock
    alone: bool  # exclusive, or for writing


@dataclass(frozen=True, slots=True)
class Give:
    """Let go of a lock."""

    lock: Lock


@dataclass(frozen=True, slots=True)
class Act:
    """Do something (nothing, if the fork was refused), atomically."""

    what: str
    do: Callable[[World, int], World] = field(compare=False)


Step = Take | Give | Act
Call = tuple[Step, ...]


def refuse_if_dying(world: World, caller: int) -> World:
    """Fail the fork if its jail is dying."""
    return world.with_child(caller, Child.REFUSED) if world.dying else world


def insert(world: World, caller: int) -> World:
    """Put the incomplete child into the process table."""
    known = world.children[caller]
    return world if known is Child.REFUSED else world.with_child(caller, Child.NEW)


def complete(world: World, caller: int) -> World:
    """Complete the child: it can be signalled from now on."""
    known = world.children[caller]
    return world if known is Child.REFUSED else world.with_child(caller, Child.NORMAL)


def kill_if_dying(world: World, caller: int) -> World:
    """Kill the fork's child if its jail is dying."""
    return world.with_child(caller, Child.KILLED) if world.dying else world


def mark_dying(world: World, _caller: int) -> World:
    """Mark the jail dying."""
    return replace(world, dying=True)


def kill_all(world: World, _caller: int) -> World:
    """Kill every process of the jail, except incomplete ones."""
    after = tuple(Child.KILLED if c is Child.NORMAL else c for c in world.children)
    return replace(world, children=after)


def nothing(world: World, _caller: int) -> World:
    """Do what this model leaves out."""
    return world


PROC, PRISON, FORK = Lock.ALLPROC, Lock.ALLPRISON, Lock.FORK
SHARED, ALONE = False, True
INSERT, COMPLETE = Act("put the child into the table", insert), Act("complete the child", complete)
CHECK = Act("if the jail is dying, kill the child", kill_if_dying)
KILL = (Take(PROC, SHARED), Act("kill the processes of the jail", kill_all), Give(PROC))
DYING = Act("mark the jail dying", mark_dying)

RACCT: Call = (
    *(Take(PROC, SHARED), Take(PRISON, ALONE)),
    Act("move the accounts", nothing),
    *(Give(PRISON), Give(PROC)),
)
LOCKED_FORK: Call = (
    Take(FORK, SHARED),
    Act("if the jail is dying, fail", refuse_if_dying),
    *(Take(PROC, ALONE), INSERT, Give(PROC), COMPLETE),
    Give(FORK),
)
PLAIN_FORK: Call = (Take(PROC, ALONE), INSERT, Give(PROC), COMPLETE)
INSIDE: Call = (
    *(Take(PRISON, ALONE), Take(FORK, ALONE), DYING, Give(FORK), Give(PRISON)),
    *KILL,
)
BEHIND: Call = (
    *(Take(PRISON, ALONE), DYING, Give(PRISON)),
    *(Take(FORK, ALONE), Give(FORK)),
    *KILL,
)
LANDED_REMOVAL: Call = (Take(PRISON, ALONE), DYING, Give(PRISON), *KILL)


@dataclass(frozen=True, slots=True)
class Order:
    """One order of locks: the steps of each call."""

    name: str
    about: str
    calls: dict[str, Call]


ORDERS = (
    Order(
        "proposed",
        "fork holds the fork lock for reading; a removal takes it for writing where it has "
        "allprison_lock (mjg)",
        {"fork": LOCKED_FORK, "racct": RACCT, "removal": INSIDE},
    ),
    Order(
        "landed",
        "no fork lock: fork checks the jail again when its child is complete (jamie)",
        {"fork": (*PLAIN_FORK, CHECK), "racct": RACCT, "removal": LANDED_REMOVAL},
    ),
    Order(
        "behind",
        "the fork lock, taken for writing after allprison_lock is let go (mjg's way out)",
        {"fork": LOCKED_FORK, "racct": RACCT, "removal": BEHIND},
    ),
    Order(
        "unchecked",
        "no fork lock, and fork does not check again: this shows what the lock or the check is for",
        {"fork": PLAIN_FORK, "racct": RACCT, "removal": LANDED_REMOVAL},
    ),
)


@dataclass(frozen=True, slots=True)
class State:
    """The position of every call, the locks that each holds or waits for, and the world."""

    at: tuple[int, ...]  # the next step of each call
    held: tuple[tuple[Lock, int, bool], ...]  # lock, call, alone
    waiting: tuple[int, ...]  # calls, in the order of their asking
    world: World


@dataclass(frozen=True, slots=True)
class Move:
    """One step of one call."""

    caller: int
    what: str


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of all schedules of some calls."""

    order: str
    calls: tuple[str, ...]
    schedules: int
    deadlock: tuple[Move, ...] | None  # a shortest schedule that ends in a deadlock
    survivor: tuple[Move, ...] | None  # a shortest one that leaves a live child in a dying jail


class Search:
    """All schedules of some calls under one order of locks."""

    def __init__(self, order: Order, names: tuple[str, ...]) -> None:
        self.names = names
        self.calls = tuple(order.calls[name] for name in names)
        self.order = order
        world = World(dying=False, children=(Child.NONE,) * len(names))
        self.start = State((0,) * len(names), (), (), world)

    def moves(self, state: State) -> Iterator[tuple[Move, State]]:
        """All moves that are possible next."""
        for caller, place in enumerate(state.at):
            if place < len(self.calls[caller]):
                yield from self.moves_of(state, caller, self.calls[caller][place])

    def moves_of(self, state: State, caller: int, step: Step) -> Iterator[tuple[Move, State]]:
        """The moves of one call; none if it has to wait."""
        at = (*state.at[:caller], state.at[caller] + 1, *state.at[caller + 1 :])
        match step:
            case Act(what, do):
                yield Move(caller, what), replace(state, at=at, world=do(state.world, caller))
            case Give(lock):
                held = tuple(one for one in state.held if one[:2] != (lock, caller))
                yield Move(caller, f"lets go of {lock}"), replace(state, at=at, held=held)
            case Take(lock, alone):
                how = f"{lock} {'alone' if alone else 'shared'}"
                if caller not in state.waiting:
                    waiting = (*state.waiting, caller)
                    yield Move(caller, f"asks for {how}"), replace(state, waiting=waiting)
                elif self.can_have(state, caller, step):
                    held = tuple(sorted((*state.held, (lock, caller, alone))))
                    waiting = tuple(one for one in state.waiting if one != caller)
                    got = replace(state, at=at, held=held, waiting=waiting)
                    yield Move(caller, f"gets {how}"), got

    def can_have(self, state: State, caller: int, step: Take) -> bool:
        """Whether no other call holds the lock or has asked earlier for exclusive use."""
        holders = [alone for lock, _, alone in state.held if lock == step.lock]
        if any(holders) or (step.alone and holders):
            return False
        before = state.waiting[: state.waiting.index(caller)]
        asked = (self.calls[other][state.at[other]] for other in before)
        return not any(one == Take(step.lock, ALONE) for one in asked)

    def done(self, state: State) -> bool:
        """Whether every call has ended."""
        return all(place == len(call) for place, call in zip(state.at, self.calls, strict=True))

    def run(self) -> Result:
        """Visit all states, nearest first, and count the schedules through them."""
        way: dict[State, tuple[Move, ...]] = {self.start: ()}
        waiting, deadlock, survivor = [self.start], None, None
        for state in waiting:
            found = list(self.moves(state))
            for move, after in found:
                if after not in way:
                    way[after] = (*way[state], move)
                    waiting.append(after)
            if found:
                continue
            if not self.done(state):
                deadlock = deadlock or way[state]
            elif state.world.dying and Child.NORMAL in state.world.children:
                survivor = survivor or way[state]
        return Result(self.order.name, self.names, self.schedules(), deadlock, survivor)

    def schedules(self) -> int:
        """The number of schedules, each to its end or into a deadlock."""

        @cache
        def from_here(state: State) -> int:
            found = [after for _, after in self.moves(state)]
            return sum(map(from_here, found)) if found else 1

        return from_here(self.start)


def results(order: Order) -> Iterator[Result]:
    """Search all schedules of every two and every three calls."""
    for number in (2, 3):
        for names in combinations_with_replacement(sorted(order.calls), number):
            yield Search(order, names).run()
