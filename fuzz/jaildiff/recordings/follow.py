"""A model beside a recording, op by op and at the end: where the two part.

There are three ways to compare: to the letter, by what both the recording and the model know, and
by the answers in a script.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from jail_kernel.call import Result
from jail_kernel.kernel import Kernel
from jaildiff.kernels.cleanup import cleanup
from jaildiff.kernels.registry import Model
from jaildiff.kernels.snapshot import (
    answer_line,
    answer_rows,
    fds_json,
    final_json,
    last_json,
    procs_json,
    result_json,
    states_json,
)
from jaildiff.programs.commands.host_state import boot
from jaildiff.programs.op_language import call_text
from jaildiff.programs.program import Program
from jaildiff.recordings.validate import LISTS, NO_DEADID, Answers

Part = tuple[str, object, object]  # what differs, as recorded, as modelled

PAGE_FAULT = "page fault"


class Recording(Protocol):
    """What was recorded of one program, and how a model is held to it."""

    @property
    def panic_op(self) -> int | None:
        """The op at which the recorded kernel stopped."""

    def answers(self, index: int) -> bool:
        """Whether anything was recorded of an op."""

    def at(self, index: int, model: Model, k: Kernel, result: Result) -> Part | None:
        """What differs after an op: a panic, the answer, states, processes or counters."""

    def at_end(self, model: Model, k: Kernel) -> Part | None:
        """What differs once all ops are over; consumes the kernel."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """The first place at which a model and a recording part."""

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


def follow(model: Model, program: Program, recording: Recording) -> Iterator[Disagreement | None]:
    """For each recorded op: the disagreement at it, or None.

    A disagreement at the end is yielded only if there was none before it.  No op is run ahead,
    because a faulty kernel may break down after the first disagreement.
    """
    k = boot(program)
    agrees = True
    for index, call in enumerate(program.calls):
        result = model.step(k, call)
        if recording.answers(index):
            part = recording.at(index, model, k, result)
            agrees = agrees and part is None
            yield part and disagreement(program, index, *part)
        if result.panicked or recording.panic_op == index:
            return
    part = recording.at_end(model, k) if agrees else None
    if part is not None:
        yield disagreement(program, len(program.calls), *part)


def first_parting(model: Model, program: Program, recording: Recording) -> Disagreement | None:
    """Where the two part first."""
    return next(filter(None, follow(model, program, recording)), None)


@dataclass(frozen=True, slots=True)
class Recorded:
    """All that the recorder wrote down, to the letter."""

    recorded: Answers

    @property
    def panic_op(self) -> int | None:
        """The op at which the recorded kernel stopped."""
        return self.recorded.get("panic_op")

    def answers(self, _index: int) -> bool:
        """A recorder records every op."""
        return True

    def at(self, index: int, model: Model, k: Kernel, result: Result) -> Part | None:
        """What differs after an op."""
        recorded = self.recorded
        if result.panicked or self.panic_op == index:
            return compare_panic(recorded, index, answer_line(result) if result.panicked else None)
        answer = result_json(result, model.allow)
        now = (answer, states_json(k), procs_json(k), last_json(model, k), fds_json(k))
        for what, modelled in zip(LISTS, now, strict=True):
            if what in recorded and recorded[what][index] != modelled:
                return what, recorded[what][index], modelled
        return None

    def at_end(self, model: Model, k: Kernel) -> Part | None:
        """What differs once all ops are over."""
        recorded = self.recorded
        last = final_json(k, model.allow)
        for what, modelled in (("final", last), ("cleanup", cleanup(model, k))):
            if what in recorded and recorded[what] != modelled:
                return what, recorded[what], modelled
        return None


@dataclass(frozen=True, slots=True)
class KnownToBoth(Recorded):
    """Only what both the recorder and the model know.  A counter that only one of them has is not
    compared.
    """

    def at(self, index: int, model: Model, k: Kernel, result: Result) -> Part | None:
        """What differs after an op."""
        recorded = self.recorded
        lasts = recorded.get("last", ())
        model = replace(model, has_deadid=any(last[1] != NO_DEADID for last in lasts))
        modelled = result_json(result, model.allow)
        if "values" in modelled and index < len(recorded["results"]):
            answer = filled(recorded["results"][index], modelled)
            recorded = {**recorded, "results": {index: answer}}
        return Recorded(recorded).at(index, model, k, result)

    def at_end(self, model: Model, k: Kernel) -> Part | None:
        """What differs once all ops are over."""
        recorded = self.recorded
        if "final" in recorded:
            due = final_json(k, model.allow)
            recorded = {**recorded, "final": filled_final(recorded["final"], due)}
        return Recorded(recorded).at_end(model, k)


@dataclass(frozen=True, slots=True)
class Written:
    """The answers beside the lines of a script; None where there is none."""

    lines: Sequence[str | None]
    panic_op: None = None

    def answers(self, index: int) -> bool:
        """Whether the line has an answer."""
        return self.lines[index] is not None

    def at(self, index: int, _model: Model, _k: Kernel, result: Result) -> Part | None:
        """Whether the answer is the one that is written down."""
        expected, found = self.lines[index], answer_rows(result)
        return None if expected == found else ("results", expected, found)

    def at_end(self, _model: Model, _k: Kernel) -> Part | None:
        """A script says nothing of the end."""
        return None


def compare_panic(recorded: Answers, index: int, panic: str | None) -> Part | None:
    """None if both panic at this op with the same text, addresses aside, or if neither does."""
    at = recorded.get("panic_op")
    text = f"panic: {recorded.get('panic')}" if at == index else None
    if panic == text or (panic and text and PAGE_FAULT in panic and PAGE_FAULT in text):
        return None
    return "panic", text, panic


def disagreement(
    program: Program, step: int, what: str, recorded: object, modelled: object
) -> Disagreement:
    """A disagreement with the program up to it."""
    calls = tuple(map(call_text, program.calls[: step + 1]))
    return Disagreement(program.id, step, what, recorded, modelled, calls)


def filled(answer: Mapping[str, Any], modelled: Mapping[str, Any]) -> Mapping[str, Any]:
    """A recorded answer with just the parameters that a model answers. A recorder may know fewer or
    more of them, as other releases do.
    """
    due = modelled.get("values")
    if due is None or answer["ret"] != modelled["ret"]:
        return answer
    return {**answer, "values": common(answer.get("values", {}), due)}


def filled_final(
    final: Sequence[Mapping[str, Any]], modelled: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """The same of the last parameters."""
    due = {values["jid"]: values for values in modelled}
    return [common(values, due.get(values["jid"], values)) for values in final]


def common(values: Mapping[str, Any], due: Mapping[str, Any]) -> Mapping[str, Any]:
    """The parameters that are due, with the recorded values where there are any."""
    return {name: values.get(name, value) for name, value in due.items()}
