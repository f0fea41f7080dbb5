"""Guided fuzzing: half of the programs are fresh, the others are changes of interesting ones.

A program is interesting, and kept, if it shows a feature for the first time: a pair of answers, an
abstract state of both kernels, or a rule.  The choice depends only on the seed and on the features
learned so far, so a run can be repeated.  Each program draws its own random numbers, by its number.
"""

from collections import Counter
from collections.abc import Iterable
from random import Random

from jaildiff.differ.steps.lockstep import Lockstep
from jaildiff.programs.commands.command import Op
from jaildiff.programs.program import Program
from jaildiff.search.generator.generate import generate
from jaildiff.search.generator.mutate import cross, mutate

FRESH = 0.5  # share of programs that are generated afresh
CROSSED = 0.2  # share of the others that are crossed from two programs
POOL_MAX = 2000  # programs kept; the oldest are dropped first

Feature = tuple[object, ...]  # its kind, then its value


class Guide:
    """The programs of one seed."""

    def __init__(self, seed: int, *, descriptors: bool = False) -> None:
        self.seed = seed
        self.descriptors = descriptors
        self.number = 0
        self.pool: list[Program] = []
        self.known: set[Feature] = set()
        self.kept: Counter[object] = Counter()  # programs by kind of new feature

    def program(self) -> Program:
        """The next program."""
        number = self.number
        self.number += 1
        rng = Random(f"{self.seed}/guide/{number}")
        if not self.pool or rng.random() < FRESH:
            return generate(self.seed, number, wishes=True, descriptors=self.descriptors)
        one = self.recent(rng)
        if rng.random() < CROSSED:
            one = cross(one, self.recent(rng), rng)
        changed = mutate(one, rng)
        name = f"seed-{self.seed}-{number}"
        return Program(name, changed.calls, changed.jail_max, setup=changed.setup)

    def recent(self, rng: Random) -> Program:
        """A kept program; later ones are more likely."""
        return self.pool[int(len(self.pool) * rng.random() ** 0.5)]

    def learn(self, program: Program, features: Iterable[Feature]) -> None:
        """Keep a program if it shows something new."""
        new = set(features) - self.known
        if new:
            self.known |= new
            self.kept.update({feature[0] for feature in new})
            self.pool.append(program)
            del self.pool[:-POOL_MAX]


def step_features(call: Op, lockstep: Lockstep) -> tuple[Feature, Feature]:
    """The features of one op: the pair of answers, and an abstraction of both kernels' states."""
    old, new = lockstep.answers
    kind = type(call).__name__
    answers = ("answers", kind, old.kind, new.kind)
    return answers, ("states", kind, *abstract(lockstep))


def abstract(lockstep: Lockstep) -> tuple[int, ...]:
    """The kind of state that the kernels are in, as a few small numbers."""
    old, new = lockstep.old, lockstep.new
    return (
        min(len(old.allprison), 5),
        min(len(new.allprison), 5),
        min(len(old.procs), 4),
        min(len(old.resources), 3),
        len(lockstep.differences.now).bit_length(),
        bool(old.garbled) + 2 * bool(new.garbled),
        min(new.lastdeadid, 1) if new.lastdeadid < new.jail_max - 2 else 2,
    )
