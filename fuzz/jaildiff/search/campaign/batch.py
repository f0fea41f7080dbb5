"""Work in batches for any executor: each is a pure function of plain data.

A batch counts the classes that its programs show and notes where each was shown first.  Attributing
an echo is slow, so a batch does it only for the first echo of each kind.  Every batch also starts
with the kinds of echo that the first batch of the seed met; each process works these out once.  So
the result of a batch depends only on the seed and its number, not on which process ran what before.
"""

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from hashlib import blake2b
from traceback import extract_tb

from jaildiff.differ.classes import Classifier, Kind, UnderWay
from jaildiff.differ.comparison import Comparison, Named, comparison
from jaildiff.differ.diff import diff
from jaildiff.differ.steps.lockstep import Step
from jaildiff.differ.walk import Walk
from jaildiff.findings.baseline import Baseline
from jaildiff.findings.finding import findings_of
from jaildiff.programs.content_address import addressed
from jaildiff.programs.op_language import parse
from jaildiff.programs.program import Program
from jaildiff.search.campaign.journal import NO_NUMBER
from jaildiff.search.generator.generate import generate
from jaildiff.search.hunt.hunt import EVERY_OP, shortened

SIZE = 256  # programs: a fraction of a second of work
SAMPLE = 8  # programs whose digest identifies a generator


@dataclass(frozen=True, slots=True)
class Batch:
    """A run of the programs of a seed, for kernels given by name."""

    kernels: Named
    seed: int
    number: int
    size: int = SIZE

    @property
    def first(self) -> int:
        """The number of its first program."""
        return self.number * self.size


@dataclass(frozen=True, slots=True)
class Sighting:
    """Where a class is shown: a program, and the number of its calls up to that."""

    number: int
    calls: int
    text: str = ""  # the program, if it was not generated

    def program(self, seed: int, compared: Comparison) -> Program:
        """The program up to the call that shows it."""
        if self.text:
            whole = parse(self.text, "").program
        else:
            whole = generate(seed, self.number, descriptors=compared.has_descriptors)
        return replace(whole, calls=whole.calls[: self.calls])


@dataclass(slots=True)
class Tally:
    """The outcome of some programs."""

    programs: int = 0
    ops: int = 0
    seconds: float = 0.0  # of processor time
    counts: Counter[str] = field(default_factory=Counter)  # by fingerprint
    first: dict[str, Sighting] = field(default_factory=dict)
    crashes: dict[str, Sighting] = field(default_factory=dict)  # our own errors, by place


@dataclass(frozen=True, slots=True)
class Shorter:
    """The shortened program for a class; None if the given one does not show the class."""

    fingerprint: str
    text: str | None


class Scout:
    """Runs programs and counts classes; `echoes` maps known kinds of echo to fingerprints."""

    def __init__(self, comparison: Comparison, echoes: dict[Kind, str]) -> None:
        self.classes = Classifier(comparison, echoes)
        self.tally = Tally()

    def look_at(self, programs: Iterable[tuple[int, Program]], text: str = "") -> Tally:
        """Run numbered programs; an error in a model ends that program only."""
        started = time.process_time()
        for number, program in programs:
            self.tally.programs += 1
            try:
                self.look(number, program, text)
            except Exception as error:  # noqa: BLE001  # a model may break in any way
                place = crash_place(error)
                self.tally.crashes.setdefault(place, Sighting(number, len(program.calls), text))
        self.tally.seconds = time.process_time() - started
        return self.tally

    def look(self, number: int, program: Program, text: str) -> None:
        """Run one program."""
        every_op = number % EVERY_OP == 0
        walk = Walk(program.jail_max, self.classes.comparison, program.setup, every_op=every_op)
        under_way = UnderWay(program, self.classes.comparison)
        try:
            for event in walk.run(program):
                if isinstance(event, Step):
                    fingerprint = self.classes.of_step(under_way, event)
                else:
                    fingerprint = event.fingerprint
                self.see(fingerprint, Sighting(number, walk.lockstep.index + 1, text))
        finally:
            self.tally.ops += walk.lockstep.index + 1

    def see(self, fingerprint: str, sighting: Sighting) -> None:
        """Count a class, and keep its first sighting."""
        self.tally.counts[fingerprint] += 1
        self.tally.first.setdefault(fingerprint, sighting)


def run_batch(batch: Batch) -> Tally:
    """Run the programs of a batch."""
    if batch.number == 0:
        return prologue(batch.kernels, batch.seed, batch.size).tally
    before = prologue(batch.kernels, batch.seed, batch.size)
    tally = run(batch, dict(before.classes.echoes)).tally
    # The first batch shows these, too, and earlier.
    for fingerprint in before.tally.first.keys() & tally.first.keys():
        del tally.first[fingerprint]
    return tally


@lru_cache(maxsize=2)
def prologue(kernels: Named, seed: int, size: int) -> Scout:
    """The first batch of a seed, run once in each process."""
    return run(Batch(kernels, seed, 0, size), {})


def run(batch: Batch, echoes: dict[Kind, str]) -> Scout:
    """A scout that has run a batch."""
    compared = comparison(batch.kernels)
    scout = Scout(compared, echoes)
    numbers = range(batch.first, batch.first + batch.size)
    make = partial(generate, batch.seed, descriptors=compared.has_descriptors)
    scout.look_at((number, make(number)) for number in numbers)
    return scout


def replay(kernels: Named, text: str) -> Tally:
    """Run a program given as text."""
    scout = Scout(comparison(kernels), {})
    return scout.look_at([(NO_NUMBER, parse(text, "").program)], text)


def shorten(kernels: Named, seed: int, fingerprint: str, sighting: Sighting) -> Shorter:
    """Shorten the program that shows a class until nothing can be removed."""
    compared = comparison(kernels)
    program = sighting.program(seed, compared)
    report = diff(program, compared)
    for finding in findings_of(program, Baseline([]), report):
        if finding.fingerprint == fingerprint:
            return Shorter(fingerprint, addressed(shortened(program, finding, report))[1])
    return Shorter(fingerprint, None)


def generator_digest(seed: int) -> str:
    """A hash of some programs of a seed in 16 hex digits: it is equal for equal generators."""
    digest = blake2b(digest_size=8)
    for number in range(SAMPLE):
        digest.update(addressed(generate(seed, number))[1].encode())
    return digest.hexdigest()


def crash_place(error: Exception) -> str:
    """Where an error of ours was raised, and its message."""
    frame = extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {frame.name}, line {frame.lineno}: {error}"[:500]
