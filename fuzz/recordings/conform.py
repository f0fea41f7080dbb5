"""Does a model answer as the recorded kernel did?  Every op, and what is left at the end."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from fuzz.differ.annotate import text_of
from fuzz.kernels.registry import KERNELS, Model
from fuzz.kernels.snapshot import (
    cleanup,
    final_json,
    is_panic,
    last_json,
    procs_json,
    result_json,
    states_json,
)
from fuzz.programs.loading import Entry
from fuzz.programs.op_language import Script, call_text
from fuzz.programs.program import Program
from fuzz.support.errors import InputError
from prison.call import Result
from prison.kernel import Kernel

Answers = Mapping[str, Any]  # JSON

PAGE_FAULT = "page fault"
LISTS = ("results", "states", "procs", "last")


@dataclass(frozen=True, slots=True)
class Disagreement:
    """The first place where a model and a recording part."""

    program: str
    step: int  # the number of ops: at the end of the program
    what: str  # results, states, procs, last, panic, final, cleanup
    recorded: object
    modelled: object
    calls: tuple[str, ...]  # the program up to there, a line an op

    @property
    def kind(self) -> tuple[str, str]:
        """Disagreements of one kind are shown once."""
        return self.what, self.calls[-1].partition("(")[0].rpartition(" ")[2] if self.calls else ""


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
        agreed, found = replay_script(model, entry.program, answers)
        ops = sum(answer is not None for answer in answers)
    else:
        recorded = column(entry, tally.key)
        if recorded is None:
            return
        agreed, found = replay(model, entry.program, recorded)
        ops = len(recorded["results"]) + ("panic" in recorded)
    if not ops:
        return
    tally.ops += ops
    tally.ops_agreed += agreed
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


def what_is_wrong(recorded: object, calls: int) -> str | None:
    """What a recording of that many calls must be and is not; None if all is well."""
    if not isinstance(recorded, Mapping) or "results" not in recorded:
        return 'be an object with "results"'
    if ("panic" in recorded) != ("panic_op" in recorded):
        return 'have both "panic" and "panic_op", or neither'
    panic_op = recorded.get("panic_op", calls)
    if "panic" in recorded and (type(panic_op) is not int or not 0 <= panic_op < calls):
        return 'have as "panic_op" the number of an op'
    for what in LISTS:
        answers = recorded.get(what)
        if what in recorded and (not isinstance(answers, list) or len(answers) != panic_op):
            return f'have in "{what}" a list of {panic_op}, one for each op that was answered'
    return None


def replay(model: Model, program: Program, recorded: Answers) -> tuple[int, Disagreement | None]:
    """How many ops agree, and the first disagreement."""
    k = Kernel(program.jail_max)
    agreed = 0
    found = None
    for index, call in enumerate(program.calls):
        result = model.step(k, call)
        part = compare(model, k, recorded, index, result)
        if part is None:
            agreed += 1
        else:
            found = found or disagreement(program, index, *part)
        if is_panic(result) or recorded.get("panic_op") == index:
            return agreed, found
    return agreed, found or compare_end(model, k, program, recorded)


def parting(model: Model, program: Program, recorded: Answers) -> Disagreement | None:
    """The first disagreement.  Nothing is run behind it: a faulty kernel may break down there."""
    k = Kernel(program.jail_max)
    for index, call in enumerate(program.calls):
        result = model.step(k, call)
        part = compare(model, k, recorded, index, result)
        if part is not None:
            return disagreement(program, index, *part)
        if is_panic(result):
            return None
    return compare_end(model, k, program, recorded)


def compare(
    model: Model, k: Kernel, recorded: Answers, index: int, result: Result
) -> tuple[str, object, object] | None:
    """What differs after one op: a panic, the answer, states, processes or counters."""
    if is_panic(result) or recorded.get("panic_op") == index:
        return compare_panic(recorded, index, text_of(result) if is_panic(result) else None)
    now = (result_json(result), states_json(k), procs_json(k), last_json(model, k))
    return compare_op(recorded, index, now)


def compare_end(
    model: Model, k: Kernel, program: Program, recorded: Answers
) -> Disagreement | None:
    """What differs once all ops are over; consumes the kernel."""
    for what, modelled in (("final", final_json(k)), ("cleanup", cleanup(model, k))):
        if what in recorded and recorded[what] != modelled:
            return disagreement(program, len(program.calls), what, recorded[what], modelled)
    return None


def compare_panic(
    recorded: Answers, index: int, panic: str | None
) -> tuple[str, object, object] | None:
    """Both panic at this op, with the same text but for addresses, or neither does."""
    at = recorded.get("panic_op")
    text = f"panic: {recorded.get('panic')}" if at == index else None
    if panic == text or (panic and text and PAGE_FAULT in panic and PAGE_FAULT in text):
        return None
    return "panic", text, panic


def compare_op(
    recorded: Answers, index: int, now: tuple[object, ...]
) -> tuple[str, object, object] | None:
    """What differs after one op: the answer, states, processes or counters."""
    for what, modelled in zip(LISTS, now, strict=True):
        if what in recorded and recorded[what][index] != modelled:
            return what, recorded[what][index], modelled
    return None


def disagreement(
    program: Program, step: int, what: str, recorded: object, modelled: object
) -> Disagreement:
    """A disagreement with the program up to it."""
    calls = tuple(map(call_text, program.calls[: step + 1]))
    return Disagreement(program.id, step, what, recorded, modelled, calls)


def script_answers(script: Script, key: str) -> list[str | None]:
    """The answers that stand in a script of the kernel that recordings call `key`."""
    keys = [KERNELS[name].key if name in KERNELS else name for name in script.kernels]
    if key not in keys:
        return [None] * len(script.lines)
    side = ("old", "new")[keys.index(key)]
    return [getattr(line, side) for line in script.lines]


def replay_script(
    model: Model, program: Program, answers: list[str | None]
) -> tuple[int, Disagreement | None]:
    """How many written-down answers come true, and the first that does not."""
    k = Kernel(program.jail_max)
    agreed = 0
    found = None
    for index, (call, expected) in enumerate(zip(program.calls, answers, strict=True)):
        result = model.step(k, call)
        if expected == text_of(result):
            agreed += 1
        elif expected is not None:
            found = found or disagreement(program, index, "results", expected, text_of(result))
        if is_panic(result):
            break
    return agreed, found


def shorten(entry: Entry, key: str, found: Disagreement) -> Disagreement:
    """A disagreement without the ops that only looked, or failed and changed nothing.

    Only these can go: what the real kernel would have answered without the others is not known.
    """
    recorded = column(entry, key)
    if recorded is None or any(what not in recorded for what in LISTS[1:]):
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
    return looked and all(recorded[what][index] == recorded[what][index - 1] for what in LISTS[1:])
