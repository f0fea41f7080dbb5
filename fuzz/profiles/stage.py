"""A stage: a userland on a kernel, on which a tool does what it does."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from fuzz.impact.trying.running import Column, Take
from fuzz.kernels.snapshot import answer_line, values_json
from fuzz.profiles.loading import NOTED
from fuzz.profiles.profile import PROBES, FailsOn, Profile, Step
from fuzz.programs.commands.command import Command
from fuzz.programs.commands.machine import PanicError, equipped
from fuzz.programs.op_language import parse
from jail_kernel.call import (
    Call,
    Drop,
    Exit,
    Fork,
    Hold,
    JailAttach,
    JailGet,
    kernel_bytes,
    user_text,
)
from jail_kernel.kernel import Kernel
from jail_kernel.reference import ALIVE
from jail_kernel.state import Prison
from jail_userland.files import Files
from jail_userland.host import Commands, Host
from jail_userland.shell import run

SHELL = 1  # the tool's process
ACTORS = 1000  # pids of other processes start here


WORKS, FAILS, PANICS = "works", "fails", "the system panics"
THERE, NOT_THERE = "says that the jail is there", "says that the jail is not there"
AT_ONCE = "ends at once"
WITH_THE_LAST = "ends when nothing lingers any more"
NEVER = "never ends"
BAD = frozenset({FAILS, PANICS, NEVER})
OUTCOMES = (WORKS, *sorted(BAD), THERE, NOT_THERE, AT_ONCE, WITH_THE_LAST)

Jails = tuple[tuple[str, Mapping[str, object]], ...]  # by name, what can be read of each


@dataclass(frozen=True, slots=True)
class StepSeen:
    """What a step showed the tool."""

    text: str
    ok: bool
    status: str  # "exit 0", "signal 11"; of a call: what it answered
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """The first line that tells what is wrong; of a call, its answer."""
        return next(iter(self.err.splitlines()), "") or self.status


@dataclass(frozen=True, slots=True)
class Seen:
    """The result of an act of the tool; `jails` are the live ones afterwards, by name."""

    act: str
    outcome: str
    steps: tuple[StepSeen, ...]
    jails: Jails


@dataclass(slots=True)
class Stage:
    """A machine, and what the tool working on it has noted."""

    profile: Profile
    column: Column
    answer: Take  # makes the system calls
    k: Kernel = field(default_factory=Kernel)
    host: Host = field(init=False)
    jid: int = 0  # noted
    actors: int = ACTORS
    held: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        texts = {kernel_bytes(n): kernel_bytes(text) for n, text in self.profile.files.items()}
        dirs = tuple(map(kernel_bytes, self.profile.directories))
        self.host = equipped(self.k, self.answer, Files.of(texts, dirs))
        for step in self.profile.given:
            self.take(step)

    def act(self, name: str) -> Seen:
        """Let the tool perform an act that it has an idiom for."""
        steps: list[StepSeen] = []
        try:
            outcome = self.wait(steps) if name == "wait" else self.idiom(name, steps)
        except PanicError:
            outcome = PANICS
        return Seen(name, outcome, tuple(steps), self.jails())

    def idiom(self, name: str, steps: list[StepSeen]) -> str:
        """Take its steps, up to the first that fails."""
        if name in PROBES:
            return THERE if self.is_there(name, steps) else NOT_THERE
        for step in self.profile.idiom(name):
            steps.append(self.take(step))
            if not steps[-1].ok:
                return FAILS
        return WORKS

    def wait(self, steps: list[StepSeen]) -> str:
        """Wait for the jail to be gone; in the end nothing lingers any more."""
        if not self.is_there("wait", steps):
            return AT_ONCE
        self.let_go()
        return NEVER if self.is_there("wait", steps) else WITH_THE_LAST

    def is_there(self, name: str, steps: list[StepSeen]) -> bool:
        """Whether a probe finds the jail."""
        found = False
        for step in self.profile.idiom(name):
            seen = self.take(step)
            shown = seen.status if step.is_call else seen.out
            matched = re.search(step.there_if, shown, re.MULTILINE) if step.there_if else seen.ok
            found = found or bool(matched)
            steps.append(seen)
        return found

    def take(self, step: Step) -> StepSeen:
        """One step."""
        text = step.text.replace(NOTED, str(self.jid))
        return self.call(step, text) if step.is_call else self.run(step, text)

    def run(self, step: Step, text: str) -> StepSeen:
        """A command."""
        outcome = run(
            self.host,
            self.column.release,
            shlex.split(text),
            commands=Commands(leaves=self.profile.leaves),
            stdin=self.profile.files.get(step.stdin, ""),
        )
        out, err = user_text(outcome.stdout), user_text(outcome.stderr)
        status = f"exit {outcome.exit}" if isinstance(outcome.exit, int) else outcome.exit
        failed = {
            FailsOn.STATUS: outcome.exit != 0,
            FailsOn.STDERR: err != "",
            FailsOn.NEVER: False,
        }[step.fails_on]
        if step.keeps_jid and out.strip().isdecimal():
            self.jid = int(out)
        if step.unseen:
            status, out, err = "", "", ""
        return StepSeen(text, not failed, status, out, err)

    def call(self, step: Step, text: str) -> StepSeen:
        """A system call."""
        (line,) = parse(f"jaildiff 1\n{text}\n", self.profile.name).lines
        assert not isinstance(line.call, Command)  # Those are steps of their own.
        result = self.host.call(line.call)
        ok = result.errno is None or step.fails_on is FailsOn.NEVER
        if step.keeps_jid and result.errno is None and result.ret is not None:
            self.jid = result.ret
        return StepSeen(text, ok, answer_line(result), "", "")

    def linger(self) -> None:
        """In each jail a process opens something that outlives it, and ends."""
        for name in self.profile.jails:
            jid = next((pr.jid for pr in self.living() if user_text(pr.name) == name), None)
            if jid is not None:
                self.actors += 1
                self.held.append(f"holder{self.actors}")
                pid, holder = self.actors, self.held[-1]
                for call in (Fork(SHELL, pid), JailAttach(pid, jid), Hold(pid, holder), Exit(pid)):
                    self.ask(call)

    def let_go(self) -> None:
        """Close what has outlived its process."""
        while self.held:
            self.ask(Drop(self.held.pop(0)))

    def ask(self, call: Call) -> None:
        """Make a call on behalf of somebody else, which must work."""
        result = self.column.model.step(self.k, call)
        assert result.errno is None, f"{call}: {result.errno}"

    def jails(self) -> Jails:
        """The live jails, each with everything that can be read of it."""
        found = []
        for pr in self.living():
            result = self.column.model.step(self.k, JailGet(SHELL, 0, (("jid", pr.jid),)))
            assert result.values is not None, f"jail {pr.jid}: {result.errno}"
            found.append((user_text(pr.name), values_json(result.values)))
        return tuple(found)

    def living(self) -> list[Prison]:
        """The jails that are not dying."""
        return [pr for pr in self.k.allprison if pr.state is ALIVE]
