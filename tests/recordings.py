"""Recordings of models, as the recorder would make them of a kernel."""

from typing import Any

from jaildiff.kernels.cleanup import cleanup
from jaildiff.kernels.registry import Model
from jaildiff.kernels.snapshot import (
    final_json,
    last_json,
    procs_json,
    result_json,
    states_json,
)
from jaildiff.programs.commands.command import Command
from jaildiff.programs.commands.host_state import boot
from jaildiff.programs.loading import Entry
from jaildiff.programs.program import Program

BARE = ("results", "cleanup", "panic", "panic_op")  # what can be recorded without looking inside


def record(model: Model, program: Program) -> dict[str, Any]:
    """Everything that recording-format.md asks of a recording."""
    k = boot(program)
    found: dict[str, Any] = {"results": [], "states": [], "procs": [], "last": []}
    for index, call in enumerate(program.calls):
        result = model.step(k, call)
        if result.panicked:
            return found | {"panic": result.errmsg, "panic_op": index}
        found["results"].append(result_json(result))
        found["states"].append(states_json(k))
        found["procs"].append(procs_json(k))
        found["last"].append(last_json(model, k))
    found["final"] = final_json(k)
    return found | {"cleanup": cleanup(model, k)}


def recordable(program: Program) -> bool:
    """Whether a recorder of system calls can run a program: there are no commands in it."""
    return not any(isinstance(call, Command) for call in program.calls)


def bare(recorded: dict[str, Any]) -> dict[str, Any]:
    """A recording without what only a kernel debugger sees."""
    return {name: value for name, value in recorded.items() if name in BARE}


def entry(program: Program, recorded: dict[str, Any], key: str = "new") -> Entry:
    """A program with its recording."""
    return Entry(program, None, {key: recorded}, f"{program.id}.jsonl:1")
