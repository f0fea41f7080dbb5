"""Compare engines: their speed, and how many classes they find by ops and by time.

All run the same two models under the same hunt.  `random` feeds random bytes to the total decoder,
`swarm` is the built-in generator, `guided` changes interesting programs, and `hypothesis` is the
state machine.
"""

import time
from collections.abc import Iterator
from itertools import count
from random import Random
from typing import ClassVar

from jail_kernel.call import Call
from jaildiff.differ.comparison import Comparison
from jaildiff.findings.baseline import load
from jaildiff.programs.program import Program
from jaildiff.search.bench.phases import SEED
from jaildiff.search.generator.generate import generate
from jaildiff.search.hunt.guide import Feature, Guide
from jaildiff.search.hunt.hunt import Hunt
from jaildiff.search.libfuzzer.decode import decode
from jaildiff.search.property_testing.machine import LockstepMachine, search

BYTES_MAX = 400  # in a random input
POINTS = 10  # in each curve
EXAMPLES = 5  # programs from Hypothesis at a time

Engine = Iterator[Program]


def compare(seconds: float, comparison: Comparison) -> dict[str, object]:
    """For each engine, `ops_per_s` and `curve`, a list of [ops, seconds, classes] over time.

    Each engine gets a quarter of `seconds`, in processor time on one core.
    """
    return {
        "random": curve(at_random(), seconds / 4, comparison),
        "swarm": curve((generate(SEED, number) for number in count()), seconds / 4, comparison),
        "guided": curve_of_guide(seconds / 4, comparison),
        "hypothesis": curve(by_hypothesis(comparison), seconds / 4, comparison),
    }


def curve(engine: Engine, seconds: float, comparison: Comparison) -> dict[str, object]:
    """The rate and the curve of an engine."""
    hunt = Hunt(load(None, comparison), comparison)
    clock = Clock(hunt, seconds)
    while clock.running():
        hunt.try_program(next(engine))
    return clock.result()


def curve_of_guide(seconds: float, comparison: Comparison) -> dict[str, object]:
    """The rate and the curve of the guided engine, which learns from each program."""
    hunt, guide = Hunt(load(None, comparison), comparison), Guide(SEED)
    clock = Clock(hunt, seconds)
    while clock.running():
        program = guide.program()
        features: set[Feature] = set()
        hunt.try_program(program, features)
        guide.learn(program, features)
    return clock.result()


class Clock:
    """Measures processor time and notes the points of a curve at even intervals."""

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
    """Programs decoded from random bytes."""
    rng = Random(SEED)
    while True:
        yield decode(rng.randbytes(rng.randint(1, BYTES_MAX)))


class KeepingMachine(LockstepMachine):
    """The state machine, which also keeps the calls that it makes."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Call] = []

    def call(self, call: Call) -> None:
        """One op."""
        self.calls.append(call)
        super().call(call)


class Recorder(KeepingMachine):
    """A machine that keeps its programs."""

    programs: ClassVar[list[Program]] = []

    def teardown(self) -> None:
        """The end of a program."""
        Recorder.programs.append(Program("hypothesis", tuple(self.calls)))


def by_hypothesis(compared: Comparison) -> Engine:
    """The programs of the state machine.  The hunt runs them again; that takes little time."""

    class Machine(Recorder):
        comparison = compared

    for number in count():
        Recorder.programs.clear()
        search(Machine, EXAMPLES, number)
        yield from list(Recorder.programs)
