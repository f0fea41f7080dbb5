"""Run a command on a kernel with a simulated host around it, as one op that can be rolled back.

The kernel carries the host in `Kernel.host` and never looks inside.  So the two are cloned, rolled
back and compared together, as one machine.
"""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field

from fuzz.programs.commands.command import NO_SETUP, Behaviour, Command, Setup
from fuzz.programs.commands.command_result import CommandResult
from fuzz.programs.commands.equipment import PanicError, Take, equipped
from fuzz.programs.commands.journal import WholeJournal
from fuzz.programs.program import Program
from jail_kernel.call import Call, Result, kernel_bytes, user_text
from jail_kernel.kernel import Kernel
from jail_userland import Commands, Host, Outcome, Release, run
from jail_userland.files import Files
from jail_userland.host import Task, milliseconds
from jail_userland.service import ServiceError

PIDS = 1000  # pids reserved for the program's ops, and again for each command


@dataclass(frozen=True, slots=True)
class HostState:
    """A host between two commands; immutable."""

    setup: Setup
    files: Files
    commands: int = 0  # run so far
    clock: int = 0
    lastpid: int = 0
    tasks: Mapping[int, Task] = field(default_factory=dict)

    @classmethod
    def of(cls, setup: Setup) -> "HostState":
        """The host when a program starts."""
        files = {kernel_bytes(name): kernel_bytes(text) for name, text in setup.files}
        return cls(setup, Files.of(files, tuple(map(kernel_bytes, setup.dirs))))

    def on(self, k: Kernel, take: Take) -> Host:
        """A running host in this state, on kernel `k`."""
        host = equipped(k, take, deepcopy(self.files))
        host.clock = self.clock
        host.lastpid = max(self.lastpid, PIDS * (self.commands + 1))
        host.tasks = {pid: deepcopy(task) for pid, task in self.tasks.items()}
        return host

    def after(self, host: Host) -> "HostState":
        """The state after a command ran on `host`."""
        return HostState(
            self.setup, host.files, self.commands + 1, host.clock, host.lastpid, host.tasks
        )


def boot(program: Program) -> Kernel:
    """The machine on which a program starts."""
    return boot_with(program.jail_max, program.setup)


def boot_with(jail_max: int, setup: Setup) -> Kernel:
    """A kernel with that JAIL_MAX, with a host around it if the setup is not empty."""
    k = Kernel(jail_max)
    if setup != NO_SETUP:
        k.host = HostState.of(setup)
    return k


def state_of(k: Kernel) -> HostState:
    """The host around a kernel, or an empty one if it has none yet."""
    return k.host if isinstance(k.host, HostState) else HostState.of(NO_SETUP)


def release_on(k: Kernel, own: Release) -> Release:
    """The release of the userland: the program's choice, or else the kernel's own."""
    asked = state_of(k).setup.userland
    return own if asked is None else Release(asked)


def run_command(k: Kernel, release: Release, command: Command, take: Take) -> CommandResult:
    """Run a command whose system calls are made by `take`.

    Their journals are joined, so that one rollback takes the whole command back.
    """
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
    """Run a command on a host."""
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
    """The tables that `jail_userland.run` takes; later behaviours override earlier ones."""
    said = [(kernel_bytes(one.text), one) for one in behaviours]
    return Commands(
        exits={text: one.exits for text, one in said if one.exits},
        secs={text: one.secs for text, one in said if one.secs is not None},
        leaves={text: one.leaves for text, one in said if one.leaves},
        term={text: one.term for text, one in said if one.term is not None},
        kill={text: one.kill for text, one in said if one.kill is not None},
        noexec=tuple(text for text, one in said if one.noexec),
    )
