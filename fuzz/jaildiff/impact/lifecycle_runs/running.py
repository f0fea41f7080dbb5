"""Running lifecycles: on a pair of userland and kernel, noting what can be seen after each step."""

import re
from dataclasses import dataclass, field

from jail_kernel.call import Exit, kernel_bytes, user_text
from jail_kernel.jail_get import View
from jail_userland.deltas import Release
from jail_userland.host import SHELL_PID
from jail_userland.program import Outcome
from jaildiff.impact.acts import BAD, Act
from jaildiff.impact.lifecycle import (
    FileEdit,
    LetGo,
    Lifecycle,
    Linger,
    Lingering,
    Step,
    TypedCommand,
)
from jaildiff.impact.lifecycle_runs.installation import Installation
from jaildiff.impact.lifecycle_runs.tool import CommandSeen, Tool
from jaildiff.kernels.registry import Model
from jaildiff.programs.commands.machine import Machine, PanicError, Take

PANIC = "panic"
COMPLAINT = "jail: "  # The prefix of jail(8)'s messages in the output of `service jail`.
WARNING = re.compile(r"jail: the 'allow.dying' parameter and '-d' flag ?are deprecated.*\n")
NOTHING = Outcome("", "", 0)


@dataclass(frozen=True, slots=True)
class Column:
    """A userland on a kernel."""

    release: Release
    model: Model


@dataclass(frozen=True, slots=True)
class StepResult:
    """What can be seen after a step: how a command ended, and what jls -d shows then."""

    exit: int | str  # of a tool's act: its outcome
    stdout: str
    stderr: str
    jails: tuple[View, ...]
    ok: bool  # whether it did what it should
    commands: tuple[CommandSeen, ...] = ()  # of a tool's act


@dataclass(slots=True)
class LifecycleRun:
    """A machine on which steps are taken one after the other, and the tool that works on it."""

    machine: Machine
    installation: Installation
    tool: Tool = field(init=False)

    def __post_init__(self) -> None:
        self.tool = Tool(self.machine, self.installation.files)
        for call in self.installation.start:
            self.machine.host.syscall(call)
        for command in self.installation.given:
            self.tool.take(command)

    def take(self, step: Step) -> StepResult:
        """Take a step; no step may follow a panic."""
        try:
            return self.act(step) if isinstance(step, Act) else self.seen(step, self.outcome(step))
        except PanicError as panic:
            seen = tuple(self.tool.seen) if isinstance(step, Act) else ()
            jails = self.machine.jails()
            return StepResult(PANIC, "", f"panic: {panic}", jails, ok=False, commands=seen)

    def act(self, act: Act) -> StepResult:
        """What is seen of a tool's act."""
        outcome = self.tool.act(act)
        seen = tuple(self.tool.seen)
        return StepResult(outcome, "", "", self.machine.jails(), outcome not in BAD, seen)

    def seen(self, step: Step, outcome: Outcome) -> StepResult:
        """What is seen of anything else."""
        stdout, stderr = user_text(outcome.stdout), user_text(outcome.stderr)
        ok = outcome.exit == 0 and not (is_service(step) and COMPLAINT in WARNING.sub("", stdout))
        return StepResult(outcome.exit, stdout, stderr, self.machine.jails(), ok)

    def outcome(self, step: TypedCommand | Linger | LetGo | FileEdit) -> Outcome:
        """Do it."""
        match step:
            case TypedCommand():
                return self.run(step)
            case Linger():
                self.linger(step)
            case LetGo():
                self.machine.let_go()
            case FileEdit():
                self.edit(step)
        return NOTHING

    def run(self, step: TypedCommand) -> Outcome:
        """A command, typed on the host or in a jail."""
        shell = SHELL_PID
        if step.inside:
            entered = self.machine.enter(kernel_bytes(step.inside))
            if entered is None:
                return Outcome("", f'jexec: jail "{step.inside}" not found\n', 1)
            shell = entered
        if step.argv[0] == "sleep":
            self.machine.sleep(1)
            return NOTHING
        try:
            return self.machine.run(self.argv(step), shell=shell)
        finally:
            if step.inside:
                self.machine.host.syscall(Exit(shell))

    def argv(self, step: TypedCommand) -> tuple[str, ...]:
        """The words of a command, with the option that names the jail.conf for jail(8)."""
        conf = self.installation.conf
        if step.argv[0] != "jail" or not conf or step.inside or "-f" in step.argv:
            return step.argv
        return ("jail", "-f", user_text(conf), *step.argv[1:])

    def linger(self, step: Linger) -> None:
        """Let something of a jail, or of each jail, outlive it."""
        named = [kernel_bytes(name) for name in (step.jail, *step.others)]
        for name in named if step.jail else [pr.name for pr in self.machine.living()]:
            self.machine.linger(name, stuck=step.what is Lingering.PROCESS)

    def edit(self, step: FileEdit) -> None:
        """Add a statement to a file."""
        texts, at = self.machine.host.files.files, step.position
        text = texts[step.path]
        texts[step.path] = f"{text[:at]} {kernel_bytes(step.line)} {text[at:]}"


def is_service(step: Step) -> bool:
    """Whether it is `service jail`, which always exits 0."""
    return isinstance(step, TypedCommand) and step.argv[0] == "service"


def start(
    installation: Installation, lifecycle: Lifecycle, column: Column, take: Take | None = None
) -> LifecycleRun:
    """A system that has just come up; `take` answers the calls instead of its kernel."""
    machine = Machine(
        column.release, take or column.model.step, installation.files_with(lifecycle.files)
    )
    installation.equip(machine)
    return LifecycleRun(machine, installation)


def run_lifecycle(
    installation: Installation, lifecycle: Lifecycle, column: Column
) -> list[StepResult]:
    """What can be seen after each step; it ends with a panic."""
    run = start(installation, lifecycle, column)
    found = []
    for step in lifecycle.steps:
        found.append(run.take(step))
        if found[-1].exit == PANIC:
            break
    return found
