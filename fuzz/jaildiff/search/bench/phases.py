"""Measure a fresh hunt in three phases: cold, hunting, steady.

"Cold" is the first ops of a hunt, and "hunting" as many more.  "Steady" runs the first programs
again, in which nothing is new then.  All phases include the generator.
"""

import gc
import time
from collections.abc import Iterator
from itertools import count, islice

from jaildiff.differ.comparison import Comparison
from jaildiff.findings.baseline import load
from jaildiff.programs.program import Program
from jaildiff.search.generator.generate import generate
from jaildiff.search.hunt.hunt import Hunt

SEED = 20231130
PHASES = ("cold", "hunting", "steady")


class Phases:
    """One hunt through the phases, each of at least `ops` ops."""

    def __init__(self, ops: int, comparison: Comparison) -> None:
        self.ops = ops
        self.hunt = Hunt(load(None, comparison), comparison)
        self.descriptors = comparison.has_descriptors
        self.fresh = self.programs()

    def programs(self) -> Iterator[Program]:
        """The programs of the seed, from the first one on."""
        return (generate(SEED, number, descriptors=self.descriptors) for number in count())

    def run(self, phase: str) -> float:
        """Run a phase; return ops per second of processor time."""
        programs = self.programs() if phase == "steady" else self.fresh
        gc.collect()
        before, started = self.hunt.ops, time.process_time()
        while self.hunt.ops < before + self.ops:
            self.hunt.try_program(next(programs))
        return (self.hunt.ops - before) / (time.process_time() - started)

    def generator(self, programs: int = 500) -> float:
        """The microseconds that the generator takes per op."""
        started = time.process_time()
        ops = sum(len(program.calls) for program in islice(self.programs(), programs))
        return (time.process_time() - started) / ops * 1e6
