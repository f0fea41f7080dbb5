"""The built-in engine's choice of programs: fresh ones, and changes of those that were new.

A program is kept if it shows a feature that none before it did: a pair of answers, an abstract
state of both kernels, or a rule.  The choice is a pure function of the seed and of what was
learned, so a run can be repeated; each program has its number and its own random numbers.
"""

from collections import Counter
from collections.abc import Iterable
from random import Random

from fuzz.differ.steps.lockstep import Lockstep
from fuzz.programs.commands.command import Op
from fuzz.programs.program import Program
from fuzz.search.generator.generate import generate
from fuzz.search.generator.mutate import cross, mutate

FRESH = 0.5  # share of programs that are generated anew
CROSSED = 0.2  # share of the changed ones that two programs give
POOL_MAX = 2000  # kept programs; the oldest goes first

Feature = tuple[object, ...]  # its kind, then what it is


class Guide:
    """The programs of one seed."""

    def __init__(self, seed: int, *, descriptors: bool = False) -> None:
        self.seed = seed
        self.descriptors = descriptors
        self.number = 0
        self.pool: list[Program] = []
        self.known: set[Feature] = set()
        self.kept: Counter[object] = Counter()  # programs, by the kind of feature they brought

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
        """A kept program; the later ones are likelier."""
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
    """What one op shows: the pair of answers, and the states of both kernels, coarsely."""
    old, new = lockstep.answers
    kind = type(call).__name__
    answers = ("answers", kind, old.kind, new.kind)
    return answers, ("states", kind, *abstract(lockstep))


def abstract(lockstep: Lockstep) -> tuple[int, ...]:
    """Small numbers that say in what kind of state the kernels are."""
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
