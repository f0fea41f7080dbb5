"""Running lifecycles: on a pair of userland and kernel, noting what can be seen after each step."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from fuzz.impact.lifecycle import Edit, Lifecycle, Linger, Lingering, Run, Step
from fuzz.impact.trying.world import World
from fuzz.kernels.registry import Model
from fuzz.programs.commands.machine import PanicError, equipped
from jail_kernel.call import Call, Exit, Fork, Hold, JailAttach, Result, kernel_bytes, user_text
from jail_kernel.jail_get import View, host_view
from jail_kernel.kernel import Kernel
from jail_kernel.reference import ALIVE
from jail_userland.deltas import Release
from jail_userland.host import SECOND, SHELL_PID, Host, Task
from jail_userland.program import Outcome
from jail_userland.service import ServiceError
from jail_userland.shell import run

ACTOR = 100_000  # the pids of what happens between the commands
PANIC = "panic"
COMPLAINT = "jail: "  # The prefix of jail(8)'s messages in the output of `service jail`.
WARNING = re.compile(r"jail: the 'allow.dying' parameter and '-d' flag ?are deprecated.*\n")

Take = Callable[[Kernel, Call], Result]


@dataclass(frozen=True, slots=True)
class Column:
    """A userland on a kernel."""

    release: Release
    model: Model


@dataclass(frozen=True, slots=True)
class Seen:
    """What can be seen after a step: how a command ended, and what jls -d shows then."""

    exit: int | str
    stdout: str
    stderr: str
    jails: tuple[View, ...]
    ok: bool  # whether it did what it should


@dataclass(slots=True)
class Runner:
    """A system on which steps are taken one after the other."""

    world: World
    release: Release
    kernel: Kernel
    host: Host
    actors: int = ACTOR

    def take(self, step: Step) -> Seen:
        """Take a step; no step may follow a panic."""
        try:
            match step:
                case Run():
                    outcome = self.run(step)
                case Linger(name, what):
                    outcome = self.linger(kernel_bytes(name), what)
                case Edit():
                    outcome = self.edit(step)
        except PanicError as panic:
            return Seen(PANIC, "", f"panic: {panic}", self.jails(), ok=False)
        stdout, stderr = user_text(outcome.stdout), user_text(outcome.stderr)
        ok = outcome.exit == 0 and not (is_service(step) and COMPLAINT in WARNING.sub("", stdout))
        return Seen(outcome.exit, stdout, stderr, self.jails(), ok)

    def edit(self, step: Edit) -> Outcome:
        """Add a statement to a file."""
        texts, at = self.host.files.files, step.position
        text = texts[step.path]
        texts[step.path] = f"{text[:at]} {kernel_bytes(step.line)} {text[at:]}"
        return NOTHING

    def jails(self) -> tuple[View, ...]:
        """What jls -d shows."""
        return tuple(map(host_view, self.kernel.allprison))

    def run(self, step: Run) -> Outcome:
        """A command, typed on the host or in a jail."""
        shell = SHELL_PID
        if step.inside:
            entered = self.enter(kernel_bytes(step.inside))
            if entered is None:
                return Outcome("", f'jexec: jail "{step.inside}" not found\n', 1)
            shell = entered
        if step.argv[0] == "sleep":
            self.host.clock += SECOND
            return NOTHING
        try:
            return run(
                self.host,
                self.release,
                self.argv(step),
                commands=self.world.commands,
                shell=shell,
            )
        except ServiceError as error:
            return Outcome("", f"{error}\n", 1)
        finally:
            if step.inside:
                self.host.syscall(Exit(shell))

    def argv(self, step: Run) -> tuple[str, ...]:
        """The words of a command, with the option that names the jail.conf for jail(8)."""
        if step.argv[0] != "jail" or not self.world.conf or step.inside or "-f" in step.argv:
            return step.argv
        return ("jail", "-f", user_text(self.world.conf), *step.argv[1:])

    def linger(self, name: str, what: Lingering) -> Outcome:
        """Let something of a jail, or of each jail, outlive it."""
        names = [pr.name for pr in self.kernel.allprison if pr.state is ALIVE]
        for each in names if not name else [name]:
            pid = self.enter(each)
            if pid is None:
                continue
            if what is Lingering.PROCESS:
                self.host.tasks[pid] = Task(term="ignore", stays=True)
            else:
                self.host.syscall(Hold(pid, f"h{pid}"))
                self.host.syscall(Exit(pid))
        return NOTHING

    def enter(self, name: str) -> int | None:
        """A new process in a jail; None if there is no such jail."""
        alive = (pr for pr in self.kernel.allprison if pr.state is ALIVE and pr.name == name)
        pr = next(alive, None)
        if pr is None:
            return None
        self.actors += 1
        self.host.syscall(Fork(SHELL_PID, self.actors))
        self.host.syscall(JailAttach(self.actors, pr.jid))
        return self.actors


NOTHING = Outcome("", "", 0)


def is_service(step: Step) -> bool:
    """Whether it is `service jail`, which always exits 0."""
    return isinstance(step, Run) and step.argv[0] == "service"


def runner(world: World, lifecycle: Lifecycle, release: Release, take: Take) -> Runner:
    """A system that has just come up, in a world."""
    kernel = Kernel()
    host = equipped(kernel, take, world.files_with(lifecycle.files))
    world.equip(host)
    for call in world.start:
        host.syscall(call)
    return Runner(world, release, kernel, host)


def run_lifecycle(world: World, lifecycle: Lifecycle, column: Column) -> list[Seen]:
    """What can be seen after each step; it ends with a panic."""
    system = runner(world, lifecycle, column.release, column.model.step)
    found = []
    for step in lifecycle.steps:
        found.append(system.take(step))
        if found[-1].exit == PANIC:
            break
    return found
