"""Ops without a fault in which nothing may be found, as many as one likes, run after run.

A file keeps how far they are.  They count as long as the code is the same: what another state of
it has done says nothing of this one.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from importlib import import_module
from pathlib import Path

from fuzz.search.generator.generate import generate
from fuzz.search.hunt.hunt import EVERY_OP
from fuzz.selftest.ground import Ground
from fuzz.selftest.trial import Trial, first_news
from fuzz.support.checks import is_count
from fuzz.support.errors import InputError, mismatch
from fuzz.support.files import write_atomic
from fuzz.support.inputs import opened
from fuzz.support.json_lines import LINE_MAX, value_of

SEED = 1
PIECE = 1_000  # programs between two times that the file is written
PACKAGES = ("prison", "legacy_model", "new_model", "descriptor_model", "proposals", "userland")
TEXTS = (".py", ".toml")  # files on which it depends what is found


@dataclass(slots=True)
class CleanRun:
    """What came of the first programs of a seed on one ground; whatever was found is wrong."""

    programs: int = 0
    ops: int = 0
    alarms: dict[str, str] = field(default_factory=dict)  # what was found, by number of program

    def go_on(self, ground: Ground) -> None:
        """Run one piece more."""
        sound = ground.comparison
        for number in range(self.programs, self.programs + PIECE):
            program, trial = generate(SEED, number, descriptors=sound.has_descriptors), Trial("", 0)
            every_op = number % EVERY_OP == 0
            news = first_news(program, sound, ground.baseline, trial, every_op=every_op)
            self.ops += trial.ops
            if news is not None:
                self.alarms[str(number)] = news.what
        self.programs += PIECE


@dataclass(slots=True)
class CleanRecord:
    """How far the ops without a fault are, on each ground, in one state of the code."""

    code: str
    runs: dict[str, CleanRun]  # by the name of the comparison

    @property
    def ops(self) -> int:
        """On all grounds."""
        return sum(run.ops for run in self.runs.values())

    @property
    def alarms(self) -> int:
        """How many programs without a fault were said to have one."""
        return sum(len(run.alarms) for run in self.runs.values())

    def go_on(
        self, grounds: Sequence[Ground], ops: int, path: Path, advance: Callable[[int], None]
    ) -> None:
        """Go on until there are so many ops, shared alike by the grounds; the file is written
        after each piece, and `advance` is told how many ops there are.
        """
        for ground in grounds:
            run = self.runs.setdefault(ground.comparison.name, CleanRun())
            while run.ops < ops / len(grounds):
                run.go_on(ground)
                write_atomic(path, json.dumps(asdict(self)) + "\n")
                advance(self.ops)


def read_record(path: Path) -> CleanRecord:
    """What a file keeps; a new record if there is none.  Raises InputError if it is no record, or
    that of another state of the code.
    """
    code = state_of_code()
    if not path.exists():
        return CleanRecord(code, {})
    with opened(path) as stream:
        value = value_of(stream.read(LINE_MAX))
    if not isinstance(value, dict) or not isinstance(value.get("runs"), dict):
        raise InputError(str(path), 1, 0, mismatch("a record of ops without a fault", value))
    if value.get("code") != code:
        message = "this record is of another state of the code; begin a new one in another file"
        raise InputError(str(path), 1, 0, message)
    return CleanRecord(code, {name: run_of(run, path) for name, run in value["runs"].items()})


def run_of(value: object, path: Path) -> CleanRun:
    """What the file says of one ground.  Raises InputError."""
    if isinstance(value, dict):
        programs, ops, alarms = (value.get(name) for name in ("programs", "ops", "alarms"))
        if is_count(programs) and is_count(ops) and isinstance(alarms, dict):
            return CleanRun(programs, ops, alarms)
    raise InputError(str(path), 1, 0, mismatch("programs, ops and alarms", value))


def state_of_code() -> str:
    """16 hex digits over all texts on which it depends what is found."""
    digest = blake2b(digest_size=8)
    for package in (*PACKAGES, "fuzz"):
        (folder,) = import_module(package).__path__
        for path in sorted(Path(folder).rglob("*")):
            if path.suffix in TEXTS:
                digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
                digest.update(path.read_bytes())
    return digest.hexdigest()
