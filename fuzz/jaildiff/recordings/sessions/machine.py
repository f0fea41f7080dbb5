"""A machine that takes the steps of sessions, and shows what recordings have of each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from jail_kernel.call import kernel_bytes, user_text
from jail_kernel.reference import ALIVE
from jail_userland.deltas import Release
from jail_userland.events import Called, Event
from jail_userland.files import CWD
from jail_userland.host import Commands
from jaildiff.kernels.registry import Model
from jaildiff.kernels.snapshot import last_json, procs_json, result_json, states_json
from jaildiff.programs.commands.host_state import files_of
from jaildiff.programs.commands.machine import Machine
from jaildiff.programs.json_form import call_from_json
from jaildiff.recordings.sessions.event_words import event_json
from jaildiff.recordings.sessions.session import TABLES, Json

WRITTEN_BELOW = (f"{CWD}/", "/var/")


@dataclass(slots=True, kw_only=True)
class SessionMachine(Machine):
    """A machine on one of our kernels that takes the steps of a session."""

    model: Model

    @classmethod
    def boot(
        cls,
        release: Release,
        model: Model,
        files: Mapping[str, str],
        dirs: tuple[str, ...],
        tables: Json,
    ) -> "SessionMachine":
        """A machine with these files and directories; `tables` say what commands do."""
        return cls(
            release,
            model.step,
            files_of(files, dirs),
            commands=commands_of(Commands(), tables),
            model=model,
        )

    def step(self, step: Json) -> dict[str, Any]:
        """Do one step; what was seen, in the words of the recordings.

        :raises PanicError: if the kernel stops.
        """
        self.host.events.clear()
        before = dict(self.host.files.files)
        if "run" in step:
            seen = self.command(step)
        elif "op" in step:
            seen = self.act(step["op"])
        else:
            self.sleep(step["sleep"])
            seen = {"events": []}
        written = {
            user_text(name.removeprefix(f"{CWD}/")): user_text(text)
            for name, text in self.host.files.files.items()
            if before.get(name) != text and name.startswith(WRITTEN_BELOW)
        }
        if written:
            seen["written"] = written
        return seen | self.state()

    def state(self) -> dict[str, Any]:
        """Jails, processes and counters."""
        return {
            "states": states_json(self.kernel),
            "procs": procs_json(self.kernel),
            "last": last_json(self.model, self.kernel),
        }

    def command(self, step: Json) -> dict[str, Any]:
        """A command."""
        outcome = self.run(
            step["run"],
            commands=commands_of(self.commands, step),
            stdin=step.get("stdin", ""),
            stays=step.get("stays", False),
        )
        seen: dict[str, Any] = {
            "events": events_json(self.host.events),
            "stdout": user_text(outcome.stdout),
            "stderr": user_text(outcome.stderr),
            "exit": outcome.exit,
        }
        if outcome.hang:
            seen["hang"] = True
        return seen

    def act(self, op: Json) -> dict[str, Any]:
        """Do what another actor does."""
        resolved = {key: self.resolve(key, value) for key, value in op.items()}
        seen = result_json(self.host.call(call_from_json(resolved)))
        seen["op"] = resolved
        seen["events"] = events_json(
            event for event in self.host.events if not isinstance(event, Called)
        )
        return seen

    def resolve(self, key: str, value: object) -> object:
        """The process or jail that a jail's full name stands for; -1 if there is none."""
        if not isinstance(value, Mapping) or key not in ("pid", "jid"):
            return value
        name = kernel_bytes(str(value.get("jail")))
        named = [pr for pr in self.kernel.allprison if pr.name == name]
        pr = min(named, key=lambda pr: pr.state is not ALIVE, default=None)
        if pr is None:
            return -1
        if key == "jid":
            return pr.jid
        pids = [proc.pid for proc in self.kernel.procs.values() if proc.cred.prison is pr]
        return min(pids, default=-1)


def events_json(events: Iterable[Event]) -> list[dict[str, Any]]:
    """Events in the words of the recordings."""
    return [event_json(event) for event in events]


def commands_of(known: Commands, tables: Json) -> Commands:
    """What commands do: what the tables say comes before what is known."""
    said = {name: {**getattr(known, name), **by_bytes(tables.get(name, {}))} for name in TABLES}
    return Commands(**said, noexec=(*known.noexec, *map(kernel_bytes, tables.get("noexec", ()))))


def by_bytes(table: Mapping[str, Any]) -> dict[str, Any]:
    """A table by the bytes of its texts."""
    return {kernel_bytes(text): value for text, value in table.items()}
