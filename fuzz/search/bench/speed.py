"""How fast the differ is, compared in one run: with Hypothesis, and with more and more jails.

All rates are ops per second of processor time on one core, each op being taken by both kernels;
the median of several short runs that take turns.
"""

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import count
from statistics import median
from typing import ClassVar

from fuzz.differ.comparison import Comparison
from fuzz.differ.steps.lockstep import Lockstep
from fuzz.differ.verdict.divergence import judge_root
from fuzz.findings.baseline import load
from fuzz.programs.program import Program
from fuzz.search.generator.generate import generate
from fuzz.search.hunt.hunt import Hunt
from fuzz.search.property_testing.machine import LockstepMachine, search
from prison.call import (
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
from prison.state import JAIL_MAX

SEED = 20231130
TURNS = 5
JAILS = (10, 100, 1_000, 10_000)
AT_ONCE = 100  # generated programs per measured portion
SEARCHED = 10  # programs of Hypothesis per measured portion

Portions = Iterator[tuple[int, float]]  # ops done, seconds that they took


def bench(seconds: float, comparison: Comparison) -> dict[str, object]:
    """All rates; the runs take about so many seconds, what is prepared for them comes on top."""
    contenders = {"differential": differential(comparison), "hypothesis": hypothesis(comparison)}
    contenders |= {str(jails): crowded(Crowd(jails, comparison)) for jails in JAILS}
    for portions in contenders.values():
        next(portions)  # Warm up: the first findings, the first imports.
    gc.collect()
    gc.freeze()  # No contender walks through what is there for another.
    rates: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(TURNS):
        for name, portions in contenders.items():
            rates[name].append(rate(portions, seconds / TURNS / len(contenders)))
    gc.unfreeze()
    found = {name: round(median(measured), 1) for name, measured in rates.items()}
    ours, theirs = found["differential"], found["hypothesis"]
    return {
        "differential_ops_per_s": ours,
        "hypothesis_ops_per_s": theirs,
        "ratio": round(ours / theirs, 2),
        "ops_per_s_by_jails": {str(jails): found[str(jails)] for jails in JAILS},
    }


def rate(portions: Portions, seconds: float) -> float:
    """Ops per second over as many portions as fit, at least one."""
    ops, spent = 0, 0.0
    while spent < seconds or not ops:
        done, took = next(portions)
        ops += done
        spent += took
    return ops / spent


def timed(work: Callable[[], int]) -> tuple[int, float]:
    """How many ops the work was, and how long it took the processor."""
    started = time.process_time()
    return work(), time.process_time() - started


def differential(comparison: Comparison) -> Portions:
    """The main job on generated programs, each made beforehand and run once."""
    hunt = Hunt(load(None, comparison), comparison)
    for number in count(0, AT_ONCE):
        programs = [generate(SEED, number + i) for i in range(AT_ONCE)]
        yield timed(partial(hunted, hunt, programs))


def hunted(hunt: Hunt, programs: Sequence[Program]) -> int:
    """Run the programs; how many ops that was."""
    before = hunt.ops
    for program in programs:
        hunt.try_program(program)
    return hunt.ops - before


class CountingMachine(LockstepMachine):
    """Ops are counted, and nothing is asserted; invariants and what is left behind are looked at
    where the main job mostly does it: at the end of a program.
    """

    every_op = False
    ops: ClassVar[int] = 0

    def nothing_new_is_broken(self) -> None:
        """No invariant of the machine any more."""

    def teardown(self) -> None:
        """The end of a program."""
        super().teardown()
        CountingMachine.ops += self.walk.lockstep.index + 1


def hypothesis(compared: Comparison) -> Portions:
    """The same two kernels, observed in the same way, driven by a state machine."""

    class Machine(CountingMachine):
        comparison = compared

    for number in count():
        yield timed(partial(searched, Machine, number))


def searched(machine: type[CountingMachine], number: int) -> int:
    """Let Hypothesis run some programs; how many ops that was."""
    before = CountingMachine.ops
    search(machine, SEARCHED, number)
    return CountingMachine.ops - before


def crowded(crowd: "Crowd") -> Portions:
    """The same mix of ops among so many jails, again and again."""
    while True:
        yield timed(crowd.mix)


class Crowd:
    """Two kernels with many live jails, of each ten three nested and two with a process."""

    def __init__(self, jails: int, comparison: Comparison) -> None:
        self.lockstep = Lockstep(JAIL_MAX, comparison)
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
        """Call both kernels and judge what differs; the jid or pid that the new one answers."""
        step = self.lockstep.step(call)
        if step is not None and step.cases:
            judge_root(step, self.lockstep.comparison.rulebook)
        self.ops += 1
        return self.lockstep.answers[1].ret or 0

    def make(self, name: str, *more: tuple[str, Value]) -> int:
        """A new jail."""
        return self.call(JailSet(1, JAIL_CREATE, (("name", name), ("persist", True), *more)))

    def fork(self) -> int:
        """A new process outside."""
        self.pid += 1
        return self.call(Fork(1, self.pid))

    def mix(self) -> int:
        """One round of everything, which leaves the kernels as they were; the number of ops."""
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
        """jail_get by jid, by name and from one jail to the next."""
        self.call(JailGet(1, 0, (("jid", jid),)))
        self.call(JailGet(1, JAIL_DYING, (("name", name),)))
        self.call(JailGet(1, 0, (("lastjid", jid),)))

    def create_and_remove(self) -> None:
        """A jail with an automatic jid."""
        jid = self.make("fresh", ("allow.mount", True))
        self.call(JailRemove(1, jid))

    def visit(self, outer: int, nested: int) -> None:
        """A process enters, looks around, leaves something behind."""
        pid, res = self.fork(), f"r{self.turn}"
        self.call(JailAttach(pid, outer))
        self.call(JailGet(pid, 0, (("jid", nested),)))
        self.call(JailGet(pid, 0, (("lastjid", 0),)))
        self.call(Hold(pid, res))
        self.call(Exit(pid))
        self.call(Drop(res))

    def renumber(self) -> None:
        """The jid of a dying jail is wanted: the new kernel renumbers it, the old one refuses."""
        pid, res = self.fork(), f"z{self.turn}"
        asked: tuple[tuple[str, Value], ...] = (("jid", self.jails + 100), ("name", "z"))
        self.call(JailSet(pid, JAIL_CREATE | JAIL_ATTACH, asked))
        self.call(Hold(pid, res))
        self.call(Exit(pid))
        self.call(JailSet(1, JAIL_CREATE, (*asked, ("persist", True))))
        self.call(Drop(res))
        self.call(JailRemove(1, self.jails + 100))
