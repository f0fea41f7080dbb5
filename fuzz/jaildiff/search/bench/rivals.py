"""Compare the differ with Hypothesis and Atheris, on the same kernels with the same observations.

Hypothesis makes its own programs, so the hunt is also measured on these.  Atheris gets the programs
of the seed as its corpus, and runs each once.
"""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterable
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

from jaildiff.differ.comparison import Comparison
from jaildiff.findings.baseline import load
from jaildiff.programs.op_language import render, script_of
from jaildiff.programs.program import Program
from jaildiff.search.bench.engines import KeepingMachine
from jaildiff.search.bench.phases import Phases
from jaildiff.search.hunt.hunt import Hunt
from jaildiff.search.property_testing.machine import search

OPS_OF_A_RIVAL = 600  # a rival gets the ops of a phase divided by this, in programs
TARGET = Path(__file__).parents[1] / "libfuzzer" / "fuzz_differential.py"


class CountingMachine(KeepingMachine):
    """A machine that keeps its programs and asserts nothing.

    Like the hunt in most programs, it checks invariants and left-overs at the end of a program
    only.
    """

    every_op = False
    programs: ClassVar[list[Program]] = []
    ops: ClassVar[int] = 0

    def nothing_new_is_broken(self) -> None:
        """Switch off this invariant of the machine."""

    def teardown(self) -> None:
        """The end of a program."""
        super().teardown()
        CountingMachine.programs.append(Program("hypothesis", tuple(self.calls)))
        CountingMachine.ops += self.walk.lockstep.index + 1


def hypothesis(programs: int, number: int, compared: Comparison) -> tuple[float, list[Program]]:
    """Let Hypothesis run programs of its own; return ops per second and the programs."""

    class Machine(CountingMachine):
        comparison = compared

    CountingMachine.programs, CountingMachine.ops = [], 0
    started = time.process_time()
    search(Machine, programs, number)
    return CountingMachine.ops / (time.process_time() - started), CountingMachine.programs


def hunted(programs: Iterable[Program], comparison: Comparison) -> float:
    """Ops per second of the hunt on given programs, once nothing in them is new."""
    hunt, programs = Hunt(load(None, comparison), comparison), list(programs)
    for program in programs:
        hunt.try_program(program)
    before, started = hunt.ops, time.process_time()
    for program in programs:
        hunt.try_program(program)
    return (hunt.ops - before) / (time.process_time() - started)


def atheris(programs: int, comparison: Comparison) -> float | None:
    """Ops per second of Atheris on programs of the seed; None if it is not installed.

    The time is the processor time of its process, minus that of a process without programs.
    """
    if find_spec("atheris") is None:
        return None
    found = list(islice(Phases(0, comparison).programs(), programs))
    with TemporaryDirectory() as empty, TemporaryDirectory() as corpus:
        for number, program in enumerate(found):
            text = render(script_of(program))
            Path(corpus, str(number)).write_bytes(text.encode("utf-8", "surrogateescape"))
        start_up = spent(Path(empty), comparison)
        seconds = spent(Path(corpus), comparison) - start_up
    return sum(len(program.calls) for program in found) / max(seconds, 1e-3)


def spent(corpus: Path, comparison: Comparison) -> float:
    """The processor time of a run of the target on a corpus."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(  # noqa: S603  # our own target
        [sys.executable, str(TARGET), "-runs=0", str(corpus)],
        check=True,
        capture_output=True,
        env={**os.environ, "JAILDIFF_KERNELS": comparison.name},
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
