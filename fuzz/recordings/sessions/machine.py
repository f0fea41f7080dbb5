"""A machine for sessions: one of our kernels with our userland on it, driven step by step."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fuzz.kernels.registry import Model
from fuzz.kernels.snapshot import last_json, procs_json, result_json, states_json
from fuzz.programs.commands.machine import equipped
from fuzz.programs.json_form import call_from_json
from fuzz.recordings.sessions.event_words import event_json
from fuzz.recordings.sessions.session import TABLES, Json
from jail_kernel.call import kernel_bytes, user_text
from jail_kernel.kernel import Kernel
from jail_kernel.reference import ALIVE
from jail_userland.deltas import Release
from jail_userland.events import Called
from jail_userland.files import CWD, Files
from jail_userland.host import Commands, Host, milliseconds
from jail_userland.shell import run

WRITTEN_BELOW = (f"{CWD}/", "/var/")


@dataclass(slots=True)
class Machine:
    """A kernel with a userland on it; files and directories by name, as user text."""

    release: Release
    model: Model
    files: Mapping[str, str]
    dirs: tuple[str, ...]
    tables: Json = field(default_factory=dict)  # what commands do, in every step
    kernel: Kernel = field(default_factory=Kernel)
    host: Host = field(init=False)

    def __post_init__(self) -> None:
        files = {kernel_bytes(name): kernel_bytes(text) for name, text in self.files.items()}
        dirs = tuple(map(kernel_bytes, self.dirs))
        self.host = equipped(self.kernel, self.model.step, Files.of(files, dirs))

    def step(self, step: Json) -> dict[str, Any]:
        """Do one step; what was seen, in the words of the recordings.

        :raises PanicError: if the kernel stops.
        """
        self.host.events.clear()
        before = dict(self.host.files.files)
        if "run" in step:
            seen = self.run(step)
        elif "op" in step:
            seen = self.act(step["op"])
        else:
            self.host.clock += milliseconds(step["sleep"])
            seen = {"events": []}
        written = {
            self.shown(name): user_text(text)
            for name, text in self.host.files.files.items()
            if before.get(name) != text and name.startswith(WRITTEN_BELOW)
        }
        if written:
            seen["written"] = written
        return seen | self.state()

    def shown(self, path: str) -> str:
        """The name of a file as the recordings have it."""
        return user_text(path.removeprefix(f"{CWD}/"))

    def state(self) -> dict[str, Any]:
        """Jails, processes and counters."""
        return {
            "states": states_json(self.kernel),
            "procs": procs_json(self.kernel),
            "last": last_json(self.model, self.kernel),
        }

    def commands(self, step: Json) -> Commands:
        """What commands do: the step's tables come before the session's."""
        tables = {
            name: by_bytes({**self.tables.get(name, {}), **step.get(name, {})}) for name in TABLES
        }
        noexec = [*self.tables.get("noexec", ()), *step.get("noexec", ())]
        return Commands(**tables, noexec=tuple(map(kernel_bytes, noexec)))

    def run(self, step: Json) -> dict[str, Any]:
        """A command."""
        outcome = run(
            self.host,
            self.release,
            step["run"],
            commands=self.commands(step),
            stdin=step.get("stdin", ""),
            stays=step.get("stays", False),
        )
        seen: dict[str, Any] = {
            "events": [event_json(event) for event in self.host.events],
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
        call = call_from_json(resolved)
        result = self.host.call(call)
        seen = result_json(result)
        seen["op"] = resolved
        seen["events"] = [
            event_json(event) for event in self.host.events if not isinstance(event, Called)
        ]
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


def by_bytes(table: Mapping[str, Any]) -> dict[str, Any]:
    """A table by the bytes of its texts."""
    return {kernel_bytes(text): value for text, value in table.items()}
