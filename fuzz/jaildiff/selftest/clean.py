"""Run any number of ops without a fault, over several runs; nothing may be found.

A file keeps the progress.  It counts only for the same state of the code, because ops run with
other code say nothing about this one.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from importlib import import_module
from pathlib import Path

from jaildiff.search.generator.generate import generate
from jaildiff.search.hunt.hunt import EVERY_OP
from jaildiff.selftest.ground import Ground
from jaildiff.selftest.trial import Trial, first_news
from jaildiff.support.checks import is_count
from jaildiff.support.errors import InputError, mismatch
from jaildiff.support.files import write_atomic
from jaildiff.support.inputs import opened
from jaildiff.support.json_lines import LINE_MAX, value_of

SEED = 1
PIECE = 1_000  # programs between two writes of the file
PACKAGES = (
    "jail_kernel",
    "legacy_model",
    "new_model",
    "descriptor_model",
    "proposed_models",
    "jail_source",
    "jail_userland",
)
TEXTS = (".py", ".toml")  # files that can change what is found


@dataclass(slots=True)
class CleanRun:
    """The outcome of a seed's first programs on one ground; anything found is a false alarm."""

    programs: int = 0
    ops: int = 0
    alarms: dict[str, str] = field(default_factory=dict)  # what was found, by number of the program

    def go_on(self, ground: Ground) -> None:
        """Run another piece."""
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
    """The progress of the ops without a fault on each ground, for one state of the code."""

    code: str
    runs: dict[str, CleanRun]  # by the name of the comparison

    @property
    def ops(self) -> int:
        """The ops on all grounds."""
        return sum(run.ops for run in self.runs.values())

    @property
    def alarms(self) -> int:
        """The number of false alarms."""
        return sum(len(run.alarms) for run in self.runs.values())

    def go_on(
        self, grounds: Sequence[Ground], ops: int, path: Path, advance: Callable[[int], None]
    ) -> None:
        """Go on until there are `ops` ops, shared equally by the grounds.

        After each piece the file is written, and `advance` gets the number of ops.
        """
        for ground in grounds:
            run = self.runs.setdefault(ground.comparison.name, CleanRun())
            while run.ops < ops / len(grounds):
                run.go_on(ground)
                write_atomic(path, json.dumps(asdict(self)) + "\n")
                advance(self.ops)


def read_record(path: Path) -> CleanRecord:
    """The record in a file, or a new one if the file does not exist.

    Raises InputError if it is not a record or belongs to another state of the code.
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
    """The record of one ground.  Raises InputError."""
    if isinstance(value, dict):
        programs, ops, alarms = (value.get(name) for name in ("programs", "ops", "alarms"))
        if is_count(programs) and is_count(ops) and isinstance(alarms, dict):
            return CleanRun(programs, ops, alarms)
    raise InputError(str(path), 1, 0, mismatch("programs, ops and alarms", value))


def state_of_code() -> str:
    """A hash, in 16 hex digits, of all files that can change what is found."""
    digest = blake2b(digest_size=8)
    for package in (*PACKAGES, "jaildiff"):
        (folder,) = import_module(package).__path__
        for path in sorted(Path(folder).rglob("*")):
            if path.suffix in TEXTS:
                digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
                digest.update(path.read_bytes())
    return digest.hexdigest()
