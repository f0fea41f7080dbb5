"""A tool at work on a machine."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from jail_kernel.call import kernel_bytes, user_text
from jaildiff.impact.acts import (
    AT_ONCE,
    FAILS,
    NEVER,
    NOT_THERE,
    THERE,
    WITH_THE_LAST,
    WORKS,
    Act,
    ActKind,
    FailsOn,
    ToolCommand,
)
from jaildiff.kernels.snapshot import answer_line
from jaildiff.programs.commands.command import Command
from jaildiff.programs.commands.machine import Machine
from jaildiff.programs.op_language import parse

NOTED = "{jid}"


class CommandSeen(NamedTuple):
    """What a command showed the tool."""

    text: str
    ok: bool
    status: str  # "exit 0", "signal 11"; of a call: what it answered
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """The first line that tells what is wrong; of a call, its answer."""
        return next(iter(self.err.splitlines()), "") or self.status


@dataclass(slots=True)
class Tool:
    """A tool, and the jid that it has noted.  `files` are those that it feeds to commands."""

    machine: Machine
    files: Mapping[str, str]  # byte strings
    jid: int = 0
    seen: list[CommandSeen] = field(default_factory=list)  # in this act

    def act(self, act: Act) -> str:
        """Perform an act; returns its outcome."""
        self.seen = []
        match act.kind:
            case ActKind.DO:
                return WORKS if all(self.take(command).ok for command in act.commands) else FAILS
            case ActKind.CHECK:
                return THERE if self.is_there(act) else NOT_THERE
            case ActKind.WAIT:
                return self.wait(act)

    def wait(self, act: Act) -> str:
        """Wait for the jail to be gone; in the end nothing lingers any more."""
        if not self.is_there(act):
            return AT_ONCE
        self.machine.let_go()
        return NEVER if self.is_there(act) else WITH_THE_LAST

    def is_there(self, act: Act) -> bool:
        """Whether a command finds the jail; all of them run."""
        found = False
        for command in act.commands:
            seen = self.take(command)
            shown = seen.status if command.is_call else seen.out
            pattern = command.there_if
            found |= bool(re.search(pattern, shown, re.MULTILINE)) if pattern else seen.ok
        return found

    def take(self, command: ToolCommand) -> CommandSeen:
        """Run one command, or make one call."""
        text = command.text.replace(NOTED, str(self.jid))
        self.seen.append((self.call if command.is_call else self.run)(command, text))
        return self.seen[-1]

    def run(self, command: ToolCommand, text: str) -> CommandSeen:
        """A command."""
        stdin = user_text(self.files.get(kernel_bytes(command.stdin), ""))
        outcome = self.machine.run(shlex.split(text), stdin=stdin)
        out, err = user_text(outcome.stdout), user_text(outcome.stderr)
        status = f"exit {outcome.exit}" if isinstance(outcome.exit, int) else outcome.exit
        failed = {
            FailsOn.STATUS: outcome.exit != 0,
            FailsOn.STDERR: err != "",
            FailsOn.NEVER: False,
        }[command.fails_on]
        if command.keeps_jid and out.strip().isdecimal():
            self.jid = int(out)
        if command.unseen:
            status, out, err = "", "", ""
        return CommandSeen(text, not failed, status, out, err)

    def call(self, command: ToolCommand, text: str) -> CommandSeen:
        """A system call."""
        (line,) = parse(f"jaildiff 1\n{text}\n", "").lines
        assert not isinstance(line.call, Command)  # Those are steps of their own.
        result = self.machine.host.call(line.call)
        ok = result.errno is None or command.fails_on is FailsOn.NEVER
        if command.keeps_jid and result.errno is None and result.ret is not None:
            self.jid = result.ret
        return CommandSeen(text, ok, answer_line(result), "", "")
