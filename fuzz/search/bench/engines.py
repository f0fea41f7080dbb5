"""Engines side by side: how fast each is, and how many classes it finds, by ops and by time.

All run the same two models under the same hunt.  `random` throws bytes at the total decoder,
`swarm` is the built-in generator, `guided` changes what was new, `hypothesis` is the state machine.
"""

import time
from collections.abc import Iterator
from itertools import count
from random import Random
from typing import ClassVar

from fuzz.differ.comparison import Comparison
from fuzz.findings.baseline import load
from fuzz.programs.program import Program
from fuzz.search.bench.phases import SEED
from fuzz.search.generator.generate import generate
from fuzz.search.hunt.guide import Feature, Guide
from fuzz.search.hunt.hunt import Hunt
from fuzz.search.libfuzzer.decode import decode
from fuzz.search.property_testing.machine import LockstepMachine, search
from prison.call import Call

BYTES_MAX = 400  # of a random input
POINTS = 10  # of each curve
EXAMPLES = 5  # programs of Hypothesis

Engine = Iterator[Program]


def compare(seconds: float, comparison: Comparison) -> dict[str, object]:
    """For each engine `ops_per_s`, and `curve`: [ops, seconds, classes] as it went on.

    Seconds are processor time on one core, a quarter of those given for each engine.
    """
    return {
        "random": curve(at_random(), seconds / 4, comparison),
        "swarm": curve((generate(SEED, number) for number in count()), seconds / 4, comparison),
        "guided": curve_of_guide(seconds / 4, comparison),
        "hypothesis": curve(by_hypothesis(comparison), seconds / 4, comparison),
    }


def curve(engine: Engine, seconds: float, comparison: Comparison) -> dict[str, object]:
    """How an engine does in so many seconds."""
    hunt = Hunt(load(None, comparison), comparison)
    clock = Clock(hunt, seconds)
    while clock.running():
        hunt.try_program(next(engine))
    return clock.result()


def curve_of_guide(seconds: float, comparison: Comparison) -> dict[str, object]:
    """How the guided engine does, which learns from what each program shows."""
    hunt, guide = Hunt(load(None, comparison), comparison), Guide(SEED)
    clock = Clock(hunt, seconds)
    while clock.running():
        program = guide.program()
        features: set[Feature] = set()
        hunt.try_program(program, features)
        guide.learn(program, features)
    return clock.result()


class Clock:
    """Processor time, and the points of a curve at even times."""

    def __init__(self, hunt: Hunt, seconds: float) -> None:
        self.hunt = hunt
        self.seconds = seconds
        self.started = time.process_time()
        self.points: list[tuple[int, float, int]] = []

    def running(self) -> bool:
        """True while there is time left; notes a point when one is due."""
        spent = time.process_time() - self.started
        if spent >= self.seconds * (len(self.points) + 1) / POINTS:
            self.points.append((self.hunt.ops, round(spent, 2), len(self.hunt.findings)))
        return spent < self.seconds

    def result(self) -> dict[str, object]:
        """The rate and the curve."""
        spent = time.process_time() - self.started
        return {"ops_per_s": round(self.hunt.ops / spent, 1), "curve": self.points}


def at_random() -> Engine:
    """Whatever random bytes mean."""
    rng = Random(SEED)
    while True:
        yield decode(rng.randbytes(rng.randint(1, BYTES_MAX)))


class KeepingMachine(LockstepMachine):
    """The state machine, keeping the calls that it made."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Call] = []

    def call(self, call: Call) -> None:
        """One op."""
        self.calls.append(call)
        super().call(call)


class Recorder(KeepingMachine):
    """It keeps the programs that it ran."""

    programs: ClassVar[list[Program]] = []

    def teardown(self) -> None:
        """The end of a program."""
        Recorder.programs.append(Program("hypothesis", tuple(self.calls)))


def by_hypothesis(compared: Comparison) -> Engine:
    """What the state machine runs.  The hunt runs it again, which is little beside it."""

    class Machine(Recorder):
        comparison = compared

    for number in count():
        Recorder.programs.clear()
        search(Machine, EXAMPLES, number)
        yield from list(Recorder.programs)
