"""Measure whether ops stay fast in a crowd of jails, and restarts in a long program."""

import time
from collections.abc import Callable
from functools import partial

from jail_kernel.call import (
    JAIL_ATTACH,
    JAIL_CREATE,
    JAIL_DYING,
    JAIL_UPDATE,
    Call,
    Drop,
    Exit,
    Fork,
    Hold,
    JailAttach,
    JailGet,
    JailRemove,
    JailSet,
    Value,
)
from jail_kernel.state import JAIL_MAX
from jaildiff.differ.comparison import Comparison
from jaildiff.differ.diff import diff
from jaildiff.differ.steps.lockstep import Step
from jaildiff.differ.verdict.divergence import judge_root
from jaildiff.differ.walk import Walk
from jaildiff.programs.program import Program

JAILS = (10, 100, 1_000, 10_000)
RESTARTS = (10, 100, 1_000)
PROCESSES = 1_000
HOLDERS = 200
DEPTH = 16


class Crowd:
    """Two kernels with many live jails, of each ten three nested and two with a process.

    Invariants are checked after each op, which most programs of a hunt do not ask for.
    """

    def __init__(self, jails: int, comparison: Comparison, *, every_op: bool = True) -> None:
        self.walk = Walk(JAIL_MAX, comparison, every_op=every_op)
        self.lockstep = self.walk.lockstep
        self.jails = jails
        self.pid = 1
        self.turn = 0
        self.ops = 0
        for ten in range(jails // 10):
            self.make(f"t{ten}", ("children.max", 9))
            for last in "abc":
                self.make(f"t{ten}.{last}")
            for number in range(6):
                self.make(f"t{ten}-{number}")
            for jid in (10 * ten + 1, 10 * ten + 5):
                self.call(JailAttach(self.fork(), jid))
        assert not self.lockstep.diverged

    def call(self, call: Call) -> int:
        """Call both kernels and judge any difference; return the new kernel's jid or pid."""
        for event in self.walk.take(call):
            if isinstance(event, Step) and event.cases:
                judge_root(event, self.lockstep.comparison.rulebook)
        self.ops += 1
        return self.lockstep.answers[1].ret or 0

    def make(self, name: str, *more: tuple[str, Value]) -> int:
        """Make a jail."""
        return self.call(JailSet(1, JAIL_CREATE, (("name", name), ("persist", True), *more)))

    def fork(self) -> int:
        """Make a process on the host."""
        self.pid += 1
        return self.call(Fork(1, self.pid))

    def mix(self) -> int:
        """Run a round of everything, leaving the kernels unchanged; return the number of ops."""
        before = self.ops
        self.turn += 1
        ten = self.turn * 7 % (self.jails // 10)
        outer, nested = 10 * ten + 1, 10 * ten + 2
        self.look(outer, f"t{ten}.c")
        self.create_and_remove()
        self.visit(outer, nested)
        changed = ("host.hostname", f"h{self.turn}")
        self.call(JailSet(1, JAIL_UPDATE, (("jid", nested), changed)))
        self.call(JailSet(1, JAIL_UPDATE, (("name", f"t{ten}-0"), changed)))
        self.renumber()
        return self.ops - before

    def look(self, jid: int, name: str) -> None:
        """Read a jail by jid, by name and by walking from one jail to the next."""
        self.call(JailGet(1, 0, (("jid", jid),)))
        self.call(JailGet(1, JAIL_DYING, (("name", name),)))
        self.call(JailGet(1, 0, (("lastjid", jid),)))

    def create_and_remove(self) -> None:
        """Create a jail with an automatic jid and remove it."""
        jid = self.make("fresh", ("allow.mount", True))
        self.call(JailRemove(1, jid))

    def visit(self, outer: int, nested: int) -> None:
        """Let a process enter, read what is there, and leave a resource behind."""
        pid, res = self.fork(), f"r{self.turn}"
        self.call(JailAttach(pid, outer))
        self.call(JailGet(pid, 0, (("jid", nested),)))
        self.call(JailGet(pid, 0, (("lastjid", 0),)))
        self.call(Hold(pid, res))
        self.call(Exit(pid))
        self.call(Drop(res))

    def renumber(self) -> None:
        """Ask for a dying jail's jid: the new kernel renumbers that jail, the old one refuses."""
        pid, res = self.fork(), f"z{self.turn}"
        asked: tuple[tuple[str, Value], ...] = (("jid", self.jails + 100), ("name", "z"))
        self.call(JailSet(pid, JAIL_CREATE | JAIL_ATTACH, asked))
        self.call(Hold(pid, res))
        self.call(Exit(pid))
        self.call(JailSet(1, JAIL_CREATE, (*asked, ("persist", True))))
        self.call(Drop(res))
        self.call(JailRemove(1, self.jails + 100))


def in_jail(comparison: Comparison) -> Crowd:
    """Few jails, with a thousand processes in the one visited."""
    crowd = Crowd(JAILS[0], comparison)
    for _ in range(PROCESSES):
        crowd.call(JailAttach(crowd.fork(), 1))
    return crowd


def with_holders(comparison: Comparison) -> Crowd:
    """Few jails, with two hundred holders of the one visited."""
    crowd = Crowd(JAILS[0], comparison)
    pid = crowd.fork()
    crowd.call(JailAttach(pid, 1))
    for number in range(HOLDERS):
        crowd.call(Hold(pid, f"kept{number}"))
    return crowd


class Garbled(Crowd):
    """Many jails, and one whose name does not extend its parent's since that was renamed; a broken
    invariant, so that all would have to be looked at after each op.
    """

    def __init__(self, jails: int, comparison: Comparison) -> None:
        super().__init__(jails, comparison, every_op=False)
        outer = self.make("g", ("children.max", 5))
        inner = self.make("g.b", ("children.max", 2))
        self.make("g.b.c")
        pid = self.fork()
        self.call(JailAttach(pid, outer))
        self.call(JailSet(pid, JAIL_UPDATE, (("jid", inner), ("name", "q"))))


class Deep(Crowd):
    """Few jails and a chain of nested ones, with more ops of the mix at the end of the chain."""

    def __init__(self, comparison: Comparison) -> None:
        super().__init__(JAILS[0], comparison)
        for depth in range(1, DEPTH + 1):
            self.innermost = ".".join(["n"] * depth)
            self.last = self.make(self.innermost, ("children.max", 2 * DEPTH - depth))

    def mix(self) -> int:
        """Run the round, and another one at the end of the chain."""
        before = self.ops
        self.call(JailGet(1, 0, (("name", self.innermost),)))
        self.call(JailSet(1, JAIL_UPDATE, (("jid", self.last), ("host.hostname", "deep"))))
        self.call(JailRemove(1, self.make(f"{self.innermost}.n")))
        super().mix()
        return self.ops - before


CROWDS: dict[str, Callable[[Comparison], Crowd]] = {
    **{f"{jails} jails": partial(Crowd, jails) for jails in JAILS},
    f"{PROCESSES} processes in a jail": in_jail,
    f"{HOLDERS} holders of a jail": with_holders,
    f"{DEPTH} deep": Deep,
    **{f"{jails} jails, a garbled name": partial(Garbled, jails) for jails in JAILS[1:]},
}


def restart(pid: int) -> tuple[Call, ...]:
    """Restart a service: its jail is made again while the old one is dying."""
    www = (("jid", 5), ("name", "www"))
    return (
        Fork(1, pid),
        JailSet(pid, JAIL_CREATE | JAIL_ATTACH, www),
        Hold(pid, f"r{pid}"),
        Exit(pid),
        JailSet(1, JAIL_CREATE, (*www, ("persist", True))),
        JailGet(1, 0, (("name", "www"),)),
        Drop(f"r{pid}"),
        JailRemove(1, 5),
    )


def microseconds(restarts: int, comparison: Comparison) -> float:
    """The time to judge an op of a program with this many restarts."""
    calls = tuple(call for pid in range(2, 2 + restarts) for call in restart(pid))
    started = time.process_time()
    diff(Program("restarts", calls), comparison)
    return (time.process_time() - started) / len(calls) * 1e6
