"""A command on a kernel with a host around it, as one op that can be taken back.

The kernel carries the host along without looking at it (`Kernel.host`): cloned, rolled back and
compared with it, as one machine.
"""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field

from fuzz.programs.commands.command import NO_SETUP, Behaviour, Command, CommandResult, Setup
from fuzz.programs.commands.equipment import PanicError, Take, equipped
from fuzz.programs.commands.journal import WholeJournal
from fuzz.programs.program import Program
from prison.call import Call, Result, kernel_bytes, user_text
from prison.kernel import Kernel
from userland import Commands, Host, Outcome, Release, run
from userland.files import Files
from userland.host import Task, milliseconds
from userland.service import ServiceError

PIDS = 1000  # so many numbers of processes for the ops of a program, then for each command


@dataclass(frozen=True, slots=True)
class HostState:
    """A host between two commands; it is never changed."""

    setup: Setup
    files: Files
    commands: int = 0  # that have been run
    clock: int = 0
    lastpid: int = 0
    tasks: Mapping[int, Task] = field(default_factory=dict)

    @classmethod
    def of(cls, setup: Setup) -> "HostState":
        """The host as a program finds it."""
        files = {kernel_bytes(name): kernel_bytes(text) for name, text in setup.files}
        return cls(setup, Files.of(files, tuple(map(kernel_bytes, setup.dirs))))

    def on(self, k: Kernel, take: Take) -> Host:
        """The host, running."""
        host = equipped(k, take, deepcopy(self.files))
        host.clock = self.clock
        host.lastpid = max(self.lastpid, PIDS * (self.commands + 1))
        host.tasks = {pid: deepcopy(task) for pid, task in self.tasks.items()}
        return host

    def after(self, host: Host) -> "HostState":
        """The host, at rest again."""
        return HostState(
            self.setup, host.files, self.commands + 1, host.clock, host.lastpid, host.tasks
        )


def boot(program: Program) -> Kernel:
    """The machine that a program starts on."""
    return boot_with(program.jail_max, program.setup)


def boot_with(jail_max: int, setup: Setup) -> Kernel:
    """A kernel with that JAIL_MAX, and a host around it if commands are to find anything there."""
    k = Kernel(jail_max)
    if setup != NO_SETUP:
        k.host = HostState.of(setup)
    return k


def state_of(k: Kernel) -> HostState:
    """The host around a kernel; a bare one if there was no need for it yet."""
    return k.host if isinstance(k.host, HostState) else HostState.of(NO_SETUP)


def release_on(k: Kernel, own: Release) -> Release:
    """Which userland is used: that of the program, else the kernel's own."""
    asked = state_of(k).setup.userland
    return own if asked is None else Release(asked)


def run_command(k: Kernel, release: Release, command: Command, take: Take) -> CommandResult:
    """Run a command; `take` makes each of its system calls."""
    state, journal = state_of(k), WholeJournal(k)

    def noted(k: Kernel, call: Call) -> Result:
        try:
            return take(k, call)
        finally:
            journal.absorb()

    host = state.on(k, noted)
    try:
        outcome = run_on(host, release, command, state.setup)
    except PanicError as panic:
        return CommandResult.panic(str(panic), tuple(host.events))
    finally:
        journal.hand_over()
        k.set_host(state.after(host))
    stdout, stderr = user_text(outcome.stdout), user_text(outcome.stderr)
    return CommandResult.of(outcome.exit, stdout, stderr, tuple(host.events))


def run_on(host: Host, release: Release, command: Command, setup: Setup) -> Outcome:
    """Let a host run a command."""
    if command.argv[0] == "sleep":
        host.clock += milliseconds(command.secs)
        return Outcome("", "", 0)
    try:
        return run(
            host,
            release,
            command.argv,
            commands=commands((*setup.behaviours, *command.behaviours)),
            stdin=command.stdin,
            stays=command.stays,
        )
    except ServiceError as error:
        return Outcome("", f"{command.argv[0]}: {error}\n", 1)


def commands(behaviours: Iterable[Behaviour]) -> Commands:
    """The tables that say what commands do; of two that say the same of a text the last counts."""
    said = [(kernel_bytes(one.text), one) for one in behaviours]
    return Commands(
        exits={text: one.exits for text, one in said if one.exits},
        secs={text: one.secs for text, one in said if one.secs is not None},
        leaves={text: one.leaves for text, one in said if one.leaves},
        term={text: one.term for text, one in said if one.term is not None},
        kill={text: one.kill for text, one in said if one.kill is not None},
        noexec=tuple(text for text, one in said if one.noexec),
    )
