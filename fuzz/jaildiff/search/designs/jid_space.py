"""What happens to the jids if one jail is restarted again and again.

The jail is made with jid 1.  A process enters it, leaves behind a resource that holds the jail for
the next hundred restarts, and exits.  Then the jail is removed.  So a hundred jails are dying at
any time, except in 14, where each restart brings the same jail back.

We do not make a million restarts one by one.  The state after a restart depends only on the last
hundred restarts and on the counters of jids.  If the counters have moved evenly for a while and are
far from the ends of the range, we set them to their later values (`poke`) and make another hundred
restarts.  A test compares this with making all restarts, in a small range of jids.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from jail_kernel.call import (
    JAIL_CREATE,
    JAIL_DYING,
    JAIL_UPDATE,
    Call,
    Drop,
    Exit,
    Fork,
    Hold,
    JailAttach,
    JailRemove,
    JailSet,
    Poke,
)
from jail_kernel.kernel import Kernel
from jail_kernel.state import JAIL_MAX
from jaildiff.kernels.registry import Model
from jaildiff.programs.program import Program

CHECKPOINTS = (10**3, 10**5, 10**6)
HELD = 100  # restarts that a holder outlives
STEADY = 2 * HELD  # restarts between two checks of the counters
NEAR = 2 * HELD  # distance in jids from an end of the range within which we leap over no restart
STAYS = ("persist", True)
WAYS = {  # to start the jail, by the command line of jail(8)
    "jail -c": (JAIL_CREATE, (("jid", 1), STAYS)),
    "jail -c -d": (JAIL_CREATE | JAIL_UPDATE | JAIL_DYING, (("jid", 1), STAYS)),
    "jail -c, no jid": (JAIL_CREATE, (STAYS,)),
}
EXAMPLE = 3  # restarts in the example program
Counters = tuple[int, int]


@dataclass(frozen=True, slots=True)
class JidSpace:
    """The jids after a number of restarts."""

    restarts: int
    refused: int  # restarts at which no way of starting the jail worked
    way: str  # of starting it, a key of WAYS
    jids: int  # in use, and finding a jail
    out_of_sight: int  # dying jails that no jid finds
    lowest: int  # jid in use; 0: none
    highest: int
    next_jid: int  # the last automatic jid; the next free one above it comes next
    next_dying: (
        int  # the last jid that a dying jail was given; 0: none, or there is no such counter
    )


class Restarter:
    """A kernel on which the jail is restarted."""

    def __init__(self, model: Model, jail_max: int = JAIL_MAX) -> None:
        self.model = model
        self.k = Kernel(jail_max)
        self.calls: list[Call] = []
        self.made = 0
        self.refused = 0
        self.way = ""
        self.held: list[str] = []
        self.seen: list[Counters] = [self.counters]

    @property
    def counters(self) -> Counters:
        """The last automatic jid, and the last jid given to a dying jail."""
        return self.k.lastprid, self.k.lastdeadid

    def restart(self) -> None:
        """Start the jail, leave something behind in it, and remove it."""
        pid, res = self.made + 2, f"h{self.made}"
        jid = self.start()
        if jid is None:
            self.refused += 1
        else:
            self.do(Fork(1, pid))
            self.do(JailAttach(pid, jid))
            self.do(Hold(pid, res))
            self.held.append(res)
            self.do(Exit(pid))
            self.do(JailRemove(1, jid))
        if len(self.held) > HELD or (jid is None and self.held):
            self.do(Drop(self.held.pop(0)))
        self.made += 1
        self.seen = [*self.seen[-HELD:], self.counters]

    def start(self) -> int | None:
        """Start the jail in the first way that works; return its jid, or None if none works."""
        for way, (flags, params) in WAYS.items():
            call = JailSet(1, flags, params)
            self.calls.append(call)
            result = self.model.step(self.k, call)
            if result.ok:
                self.way = way
                return result.ret
        return None

    def do(self, call: Call) -> None:
        """Make a call that must succeed."""
        result = self.model.step(self.k, call)
        assert result.ok, result
        self.calls.append(call)

    def run(self, restarts: int) -> JidSpace:
        """The jids after `restarts` in all; most of them may be leapt over."""
        while self.made < restarts:
            leap = min(self.evenly(), restarts - self.made - STEADY)
            if leap > 0:
                self.leap(leap)
                stop = self.made + STEADY
            else:
                stop = self.made + 1
            while self.made < min(stop, restarts):
                self.restart()
        return self.state()

    def run_all(self, restarts: int) -> JidSpace:
        """The same, making every restart."""
        while self.made < restarts:
            self.restart()
        return self.state()

    def evenly(self) -> int:
        """The number of restarts that we may leap over: as long as the counters move evenly."""
        if self.made < STEADY or self.refused:
            return 0
        moves = {
            tuple(b - a for a, b in zip(one, other, strict=True))
            for one, other in zip(self.seen, self.seen[1:], strict=False)
        }
        if len(moves) != 1:
            return 0
        return min(map(self.room, self.counters, moves.pop()))

    def room(self, counter: int, move: int) -> int:
        """How many times a counter can move by `move` before it is near an end of the range."""
        if move == 0:
            return self.k.jail_max * self.made
        end = self.k.jail_max - NEAR if move > 0 else NEAR
        return max(0, (end - counter) // move)

    def leap(self, restarts: int) -> None:
        """Set the counters to their values after `restarts` more restarts."""
        lastprid, lastdeadid = (
            last + (last - first) // HELD * restarts
            for first, last in zip(self.seen[0], self.seen[-1], strict=True)
        )
        self.do(Poke(lastprid, lastdeadid))
        self.made += restarts
        self.seen = [self.counters]

    def state(self) -> JidSpace:
        """The jids now."""
        jids = sorted(self.k.prid)
        return JidSpace(
            restarts=self.made,
            refused=self.refused,
            way=self.way,
            jids=len(jids),
            out_of_sight=len(self.k.buried),
            lowest=jids[0] if jids else 0,
            highest=jids[-1] if jids else 0,
            next_jid=self.k.lastprid,
            next_dying=self.k.lastdeadid if self.model.has_deadid else 0,
        )


def jid_spaces(model: Model) -> Iterator[JidSpace]:
    """The jids at each number of restarts in CHECKPOINTS."""
    restarter = Restarter(model)
    for restarts in CHECKPOINTS:
        yield restarter.run(restarts)


def first_restarts(model: Model) -> Program:
    """The first restarts, as an example program."""
    restarter = Restarter(model)
    restarter.run_all(EXAMPLE)
    return Program(f"restarts-{model.name}", tuple(restarter.calls))
