"""Whether a model answers as the recorded kernel did, at every op and at the end."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain

from jaildiff.kernels.registry import KERNELS, Model
from jaildiff.programs.json_form import kernel_called
from jaildiff.programs.loading import Entry
from jaildiff.programs.op_language import Script
from jaildiff.recordings.follow import (
    Disagreement,
    Recorded,
    Recording,
    Written,
    follow,
)
from jaildiff.recordings.validate import STATE, Answers, what_is_wrong
from jaildiff.support.errors import InputError


@dataclass(slots=True)
class Tally:
    """How much agreed with the answers that recordings call `key`."""

    key: str
    ops: int = 0
    ops_agreed: int = 0
    programs: int = 0
    programs_agreed: int = 0
    disagreements: list[Disagreement] = field(default_factory=list)

    @property
    def line(self) -> str:
        """The last line of `jaildiff conform`; no op of these models is undefined."""
        return (
            f"AGREE {self.ops_agreed}/{self.ops} ops, "
            f"{self.programs_agreed}/{self.programs} programs (0 undefined)"
        )

    @property
    def apart(self) -> str:
        """How many programs do not agree."""
        return f"{self.programs - self.programs_agreed} of {self.programs} programs do not agree"

    def json(self, kernel: str) -> dict[str, object]:
        """The same for machines."""
        return {
            "kernel": kernel,
            "ops": self.ops,
            "ops_agreed": self.ops_agreed,
            "programs": self.programs,
            "programs_agreed": self.programs_agreed,
            "undefined": 0,
            "disagreements": len(self.disagreements),
        }

    @property
    def complete(self) -> bool:
        """True if everything agreed."""
        return self.programs_agreed == self.programs and self.ops_agreed == self.ops


def conform(model: Model, entry: Entry, tally: Tally) -> None:
    """Replay one program and add to the tally; a program without recorded answers adds nothing."""
    if entry.script is not None:
        answers = script_answers(entry.script, tally.key)
        recording: Recording = Written(answers)
        ops = sum(answer is not None for answer in answers)
    else:
        recorded = column(entry, tally.key)
        if recorded is None:
            return
        recording = Recorded(recorded)
        ops = len(recorded["results"]) + ("panic" in recorded)
    if not ops:
        return
    steps = list(follow(model, entry.program, recording))
    found = next(filter(None, steps), None)
    tally.ops += ops
    tally.ops_agreed += steps.count(None)
    tally.programs += 1
    if found is None:
        tally.programs_agreed += 1
    else:
        tally.disagreements.append(found)


def column(entry: Entry, key: str) -> Answers | None:
    """The recording of this name that comes with a program, or None.  Raises InputError."""
    recorded = (entry.recorded or {}).get(key)
    if recorded is None:
        return None
    wrong = what_is_wrong(recorded, len(entry.program.calls))
    if wrong is not None:
        raise InputError(entry.where, 0, 0, f'expected "{key}" to {wrong}')
    assert isinstance(recorded, Mapping)
    return recorded


def with_key(entries: Iterator[Entry], key: str | None, usual: str) -> tuple[str, Iterator[Entry]]:
    """The name of the recordings to take, and all entries; without a key the first one decides."""
    key = key and kernel_called(key)
    first = next(entries, None)
    if first is None:
        return key or usual, entries
    return key or recording_in(first, usual), chain([first], entries)


def recording_in(entry: Entry, usual: str) -> str:
    """The name of the recording to take if none is asked for: the usual one if the program has it,
    else the only one that is not of a shipped kernel, else the usual one.
    """
    names = entry.recorded or {}
    others = names.keys() - {model.key for model in KERNELS.values()}
    return others.pop() if usual not in names and len(others) == 1 else usual


def script_answers(script: Script, key: str) -> list[str | None]:
    """The answers in a script, of the kernel that recordings call `key`."""
    keys = [KERNELS[name].key if name in KERNELS else name for name in script.kernels]
    if key not in keys:
        return [None] * len(script.lines)
    side = ("old", "new")[keys.index(key)]
    return [getattr(line, side) for line in script.lines]


def shorten(entry: Entry, key: str, found: Disagreement) -> Disagreement:
    """A disagreement without the ops that only looked, or failed and changed nothing.

    No other op can go, since we do not know what the real kernel would have answered without it.
    """
    recorded = column(entry, key)
    if recorded is None or any(what not in recorded for what in STATE):
        return found
    calls = tuple(
        call
        for index, call in enumerate(found.calls)
        if index >= found.step or not idle(recorded, index)
    )
    return replace(found, calls=calls)


def idle(recorded: Answers, index: int) -> bool:
    """True if a recorded op only looked, or failed, and left everything as it was."""
    answer = recorded["results"][index]
    if index == 0 or not isinstance(answer, Mapping):
        return False
    looked = answer.get("errno") is not None or "values" in answer
    return looked and all(recorded[what][index] == recorded[what][index - 1] for what in STATE)
