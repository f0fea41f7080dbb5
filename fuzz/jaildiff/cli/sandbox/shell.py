"""Both kernels side by side, line by line: commands, calls, `undo`, `why`.

Only the models run here: what a jail.conf would start is only noted.
"""

import shlex
from dataclasses import dataclass, field
from pathlib import Path

from jail_kernel.call import Call, Drop, Exit, Fork, Hold, JailAttach, Result
from jail_userland.deltas import Release
from jaildiff.cli.sandbox.compare import Told, reasons
from jaildiff.differ.comparison import Comparison
from jaildiff.kernels.registry import LEGACY
from jaildiff.kernels.snapshot import answer_line
from jaildiff.programs.commands.command import Command
from jaildiff.programs.commands.machine import PanicError
from jaildiff.programs.json_form import FORMAT
from jaildiff.programs.op_language import parse
from jaildiff.recordings.sessions.machine import SessionMachine
from jaildiff.support.errors import InputError

MODELLED = ("jail", "jls", "jexec", "service")
FIRST_PID = 1000  # pids of commands; calls use smaller ones
HELP = """\
jail -c name=web persist      a command: jail, jls, jexec, service; an existing file may be named
hold web                      keep the jail dying once it is removed; drop web: let it go
p1: jail_remove(3)            a call of the op language; p1 is root on the host
undo                          take the last line back
why                           why the kernels parted
quit"""


@dataclass(slots=True)
class Side:
    """One kernel with its userland, and all calls so far."""

    machine: SessionMachine
    calls: list[Call] = field(default_factory=list)

    def __post_init__(self) -> None:
        host = self.machine.host
        kernel_answers = host.syscall

        def syscall(call: Call) -> Result:
            self.calls.append(call)
            return kernel_answers(call)

        host.syscall = syscall
        host.lastpid = FIRST_PID - 1


@dataclass(slots=True)
class Shell:
    """A session: the lines so far, and their results."""

    comparison: Comparison
    done: list[str] = field(default_factory=list)
    sides: list[Side] = field(init=False)

    def __post_init__(self) -> None:
        self.boot()

    def boot(self) -> None:
        """Two fresh machines."""
        self.sides = []
        for model in self.comparison.models:
            release = Release.R14 if model.shipped_as == LEGACY.name else Release.R15
            self.sides.append(Side(SessionMachine.boot(release, model, {}, (), {})))

    def do(self, line: str) -> list[str]:
        """Do a line: one text if both kernels do the same, else one for each.

        :raises InputError: if it is neither a command nor a call; then nothing has happened.
        """
        answers = [self.on_side(side, line) for side in self.sides]
        self.done.append(line)
        return answers[:1] if answers[0] == answers[1] else answers

    def undo(self) -> str:
        """Undo the last line; returns it, or None if there was none."""
        if not self.done:
            return ""
        *kept, last = self.done
        self.done = []
        self.boot()
        for line in kept:
            self.do(line)
        return last

    def why(self) -> list[Told]:
        """Why the kernels parted."""
        told = {
            one.fingerprint: one
            for side in reversed(self.sides)
            for one in reasons(side.calls, {}, self.comparison)
        }
        return list(told.values())

    def on_side(self, side: Side, line: str) -> str:
        """Do a line on one kernel."""
        try:
            words = words_of_line(line)
            if words[:1] in ([name] for name in MODELLED):
                return command(side.machine, words)
            if words[:1] == ["hold"] and 2 <= len(words) <= 3:
                return hold(side.machine, words[1], words[-1])
            if words[:1] == ["drop"] and len(words) == 2:
                return answer_line(side.machine.host.syscall(Drop(words[1])))
            return answer_line(side.machine.host.syscall(call_of(line)))
        except PanicError as panic:
            return f"panic: {panic}"


def words_of_line(line: str) -> list[str]:
    """The words of a command; empty if it is not written like one."""
    try:
        return shlex.split(line)
    except ValueError:
        return []


def call_of(line: str) -> Call:
    """The call in a line of the op language.

    :raises InputError: if it is not a call.
    """
    try:
        script = parse(f"jaildiff {FORMAT}\n{line}\n", "")
    except InputError as error:
        raise InputError("", 0, 0, f"{error.args[-1]}; try: help") from None
    if len(script.lines) != 1:
        raise InputError("", 0, 0, f"expected a command or a call, found {line!r}; try: help")
    call = script.lines[0].call
    if isinstance(call, Command):
        raise InputError("", 0, 0, f"expected {line[1:].strip()!r} without $")
    return call


def command(machine: SessionMachine, words: list[str]) -> str:
    """Run a command; what it prints, and its exit code unless that is 0."""
    for word in words[1:]:
        if Path(word).is_file():
            text = Path(word).read_text("utf-8", "surrogateescape")
            files = machine.host.files
            files.files[files.absolute(word)] = text
    seen = machine.step({"run": words})
    rows = [row for row in (seen["stdout"] + seen["stderr"]).splitlines() if row]
    if seen["exit"] != 0:
        rows.append(f"exit code {seen['exit']}")
    return "\n".join(rows)


def hold(machine: SessionMachine, jail: str, name: str) -> str:
    """Let something hold a credential of a jail."""
    host, jid = machine.host, machine.resolve("jid", {"jail": jail})
    assert isinstance(jid, int)
    pid = host.new_pid()
    host.syscall(Fork(1, pid))
    answer = host.syscall(JailAttach(pid, int(jail) if jail.isdigit() else jid))
    if answer.ok:
        answer = host.syscall(Hold(pid, name))
    host.syscall(Exit(pid))
    return "" if answer.ok else answer_line(answer)
