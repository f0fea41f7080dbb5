"""Work cut into pieces for any executor: each a pure function of plain data.

A batch counts the classes that its programs show, and says where each was shown first.  It judges
in full only an echo of a kind that it has not met; all else has its fingerprint without that.
What kinds of echo the first batch of a seed met is known to all others, however they are spread:
the result of a batch depends on the seed and its number alone.
"""

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import blake2b
from traceback import extract_tb

from fuzz.differ.diff import diff, left_behind, new_violations
from fuzz.differ.lockstep import Lockstep, Step
from fuzz.differ.verdict.divergence import judge_root, surfaces
from fuzz.findings.baseline import Baseline
from fuzz.findings.finding import findings_of, violation_fingerprint
from fuzz.kernels.registry import PRISTINE, Pair
from fuzz.programs.content_address import addressed
from fuzz.programs.op_language import parse
from fuzz.programs.program import Program
from fuzz.search.generator.generate import generate
from fuzz.search.hunt.hunt import EVERY_OP, shows
from fuzz.search.shrink.shrink import reduce

SIZE = 256  # programs: a fraction of a second of work
NO_NUMBER = -1  # of a program that was not generated
SAMPLE = 8  # programs that stand for all that a generator makes

Kind = tuple[str, frozenset[str | None]]  # of an echo: where it is seen, the rules before it


@dataclass(frozen=True, slots=True)
class Batch:
    """The programs of a seed from number `first` on."""

    seed: int
    number: int
    size: int = SIZE

    @property
    def first(self) -> int:
        """The number of its first program."""
        return self.number * self.size


@dataclass(frozen=True, slots=True)
class Sighting:
    """Where a class is shown: the calls of a program up to that."""

    number: int
    calls: int
    text: str = ""  # of a program that was not generated

    def program(self, seed: int) -> Program:
        """The program up to the call that shows it."""
        whole = parse(self.text, "").program if self.text else generate(seed, self.number)
        return replace(whole, calls=whole.calls[: self.calls])


@dataclass(slots=True)
class Tally:
    """What came of some programs."""

    programs: int = 0
    ops: int = 0
    seconds: float = 0.0  # of processor time
    counts: Counter[str] = field(default_factory=Counter)  # by fingerprint
    first: dict[str, Sighting] = field(default_factory=dict)
    crashes: dict[str, Sighting] = field(default_factory=dict)  # our own mistakes, by place


@dataclass(frozen=True, slots=True)
class Shorter:
    """The shortest program for a class; none if the one given does not show it."""

    fingerprint: str
    text: str | None


class Scout:
    """Looks through programs; `echoes` are the fingerprints of the kinds of echo known so far."""

    def __init__(self, echoes: dict[Kind, str], pair: Pair = PRISTINE) -> None:
        self.echoes = echoes
        self.pair = pair
        self.tally = Tally()

    def look_at(self, programs: Iterable[tuple[int, Program]], text: str = "") -> Tally:
        """Run numbered programs; a mistake in the models ends one of them, not all."""
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
        lockstep = Lockstep(program.jail_max, *self.pair)
        every_op = number % EVERY_OP == 0
        rules: set[str | None] = set()
        known: set[tuple[str, int, str]] = set()
        for call in program.calls:
            self.tally.ops += 1
            here = Sighting(number, lockstep.index + 2, text)
            step = lockstep.step(call)
            if step is not None:
                self.see(self.class_of(program, step, rules), here)
            if lockstep.panicked:
                return
            for violation in new_violations(lockstep, known) if every_op else ():
                self.see(violation_fingerprint(violation), here)
        here = Sighting(number, len(program.calls), text)
        violations = new_violations(lockstep, known)
        for violation in (*violations, *left_behind(lockstep, len(program.calls))):
            self.see(violation_fingerprint(violation), here)

    def see(self, fingerprint: str, sighting: Sighting) -> None:
        """Count a class."""
        self.tally.counts[fingerprint] += 1
        self.tally.first.setdefault(fingerprint, sighting)

    def class_of(self, program: Program, step: Step, rules: set[str | None]) -> str:
        """The fingerprint of a divergence; `rules` are those of the roots before it."""
        if step.cases:
            root = judge_root(step)
            rules.add(root.rule)
            return root.fingerprint
        kind = (surfaces(step)[0], frozenset(rules))
        if kind not in self.echoes:
            so_far = replace(program, calls=program.calls[: step.index + 1])
            self.echoes[kind] = diff(so_far, self.pair).divergences[-1].fingerprint
        return self.echoes[kind]


def run_batch(batch: Batch) -> Tally:
    """Run the programs of a batch."""
    if batch.number == 0:
        return prologue(batch.seed, batch.size).tally
    before = prologue(batch.seed, batch.size)
    tally = run(batch, dict(before.echoes)).tally
    # The first batch shows these for certain, and earlier.
    for fingerprint in before.tally.first.keys() & tally.first.keys():
        del tally.first[fingerprint]
    return tally


@lru_cache(maxsize=2)
def prologue(seed: int, size: int) -> Scout:
    """The first batch of a seed, once in each process."""
    return run(Batch(seed, 0, size), {})


def run(batch: Batch, echoes: dict[Kind, str]) -> Scout:
    """A scout that has looked through a batch."""
    scout = Scout(echoes)
    numbers = range(batch.first, batch.first + batch.size)
    scout.look_at((number, generate(batch.seed, number)) for number in numbers)
    return scout


def replay(text: str) -> Tally:
    """Run a program that was given."""
    return Scout({}).look_at([(NO_NUMBER, parse(text, "").program)], text)


def shorten(seed: int, fingerprint: str, sighting: Sighting) -> Shorter:
    """Shorten the program that shows a class, until nothing can be taken away."""
    program = sighting.program(seed)
    found = findings_of(program, Baseline([]), diff(program))
    for finding in found:
        if finding.fingerprint == fingerprint:
            return Shorter(fingerprint, addressed(reduce(program, shows(finding)))[1])
    return Shorter(fingerprint, None)


def generator_digest(seed: int) -> str:
    """16 hex digits over some programs of a seed: whoever makes the same ones makes all alike."""
    digest = blake2b(digest_size=8)
    for number in range(SAMPLE):
        digest.update(addressed(generate(seed, number))[1].encode())
    return digest.hexdigest()


def crash_place(error: Exception) -> str:
    """Where a mistake of ours shows, and what it says."""
    frame = extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {frame.name}, line {frame.lineno}: {error}"[:500]
