"""Replay of a session: our userland on one of our kernels, against what the real one did."""

from dataclasses import dataclass, field
from typing import Any

from jaildiff.kernels.registry import KERNELS
from jaildiff.kernels.snapshot import states_json
from jaildiff.programs.commands.machine import PanicError
from jaildiff.recordings.sessions.machine import SessionMachine
from jaildiff.recordings.sessions.session import Json, Session


@dataclass(frozen=True, slots=True)
class Parted:
    """Where our userland and a recording part first."""

    session: Session
    step: int
    what: str
    recorded: object
    ours: object


@dataclass(slots=True)
class SessionTally:
    """How much agreed."""

    commands: int = 0
    commands_agreed: int = 0
    sessions: int = 0
    sessions_agreed: int = 0
    parted: list[Parted] = field(default_factory=list)

    @property
    def line(self) -> str:
        """The last line of the command."""
        return (
            f"AGREE {self.commands_agreed}/{self.commands} commands, "
            f"{self.sessions_agreed}/{self.sessions} sessions"
        )

    @property
    def complete(self) -> bool:
        """Whether everything agreed."""
        return self.sessions_agreed == self.sessions


def conform_session(session: Session, tally: SessionTally) -> None:
    """Replay a session and count what agrees."""
    if session.answers is None:
        return
    machine = SessionMachine.boot(
        session.userland, KERNELS[session.kernel], session.files, session.dirs, session.tables
    )
    found: Parted | None = None
    for index, (step, recorded) in enumerate(zip(session.steps, session.answers, strict=True)):
        try:
            seen = machine.step(step)
        except PanicError as panic:
            seen = {"panic": str(panic)}
        except Exception as error:  # noqa: BLE001  # One broken session must not hide the others.
            seen = {"internal error": repr(error)}
        part = difference(step, recorded, seen)
        if "run" in step:
            tally.commands += 1
            tally.commands_agreed += part is None
        if part is not None and found is None:
            found = Parted(session, index, *part)
        if "states" not in seen:
            break
    if found is None and session.state is not None:
        ours = states_json(machine.kernel)
        if ours != session.state:
            found = Parted(session, len(session.steps), "state", session.state, ours)
    tally.sessions += 1
    tally.sessions_agreed += found is None
    if found is not None:
        tally.parted.append(found)


def difference(step: Json, recorded: Json, seen: Json) -> tuple[str, object, object] | None:
    """The first difference, with both sides of it."""
    recorded, seen = normal(step, recorded), normal(step, seen)
    for what in [*seen, *(what for what in recorded if what not in seen)]:
        old, new = recorded.get(what), seen.get(what)
        if what == "events" and old != new:
            return first_event(old, new)
        if old != new:
            return what, old, new
        if what == "events" and order_of_params(old) != order_of_params(new):
            return "order of parameters", order_of_params(old), order_of_params(new)
    return None


def normal(step: Json, answer: Json) -> dict[str, object]:
    """An answer without its optional parts."""
    found = dict(answer)
    if "op" in step and found.get("op") == step["op"]:
        del found["op"]
    if not found.get("events"):
        found["events"] = []
    return found


def first_event(recorded: Any, ours: Any) -> tuple[str, object, object]:
    """The first event that differs."""
    for index in range(max(len(recorded), len(ours))):
        old = recorded[index] if index < len(recorded) else None
        new = ours[index] if index < len(ours) else None
        if old != new:
            return f"event {index}", old, new
    return "events", recorded, ours


def order_of_params(events: Any) -> list[list[str]]:
    """The parameters of each jail_set, in order: objects with another order compare equal."""
    return [list(event["params"]) for event in events or () if "params" in event]
