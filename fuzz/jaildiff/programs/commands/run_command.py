"""Run a command on a kernel with a simulated host around it, as one op that can be rolled back."""

from collections.abc import Iterable
from copy import deepcopy

from jail_kernel.call import Call, Result, kernel_bytes, user_text
from jail_kernel.kernel import Kernel
from jail_userland.deltas import Release
from jail_userland.host import Commands
from jail_userland.program import Outcome
from jaildiff.programs.commands.command import Behaviour, Command
from jaildiff.programs.commands.command_result import CommandResult
from jaildiff.programs.commands.host_state import HostState, state_of
from jaildiff.programs.commands.machine import Machine, PanicError, Take

PIDS = 1000  # pids reserved for the program's ops, and again for each command


class WholeJournal:
    """The journal of a command so far: make one before its first call, `hand_over` at its end."""

    def __init__(self, k: Kernel) -> None:
        k.begin()
        self.k = k
        self.before, self.undo, self.counters = k.before, k.undo, k.counters
        k.begin()

    def absorb(self) -> None:
        """Add the journal of the last call."""
        for obj, image in self.k.before.items():
            self.before.setdefault(obj, image)
        self.undo += self.k.undo
        self.k.begin()

    def hand_over(self) -> None:
        """Give the kernel the joined journal as that of its last op."""
        self.k.before, self.k.undo, self.k.counters = self.before, self.undo, self.counters


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

    machine = machine_in(state, k, release, noted)
    host = machine.host
    try:
        outcome = run_on(machine, command, state)
    except PanicError as panic:
        return CommandResult.panic(str(panic), tuple(host.events))
    finally:
        journal.hand_over()
        k.set_host(
            HostState(
                state.setup, host.files, state.commands + 1, host.clock, host.lastpid, host.tasks
            )
        )
    stdout, stderr = user_text(outcome.stdout), user_text(outcome.stderr)
    return CommandResult.of(outcome.exit, stdout, stderr, tuple(host.events))


def machine_in(state: HostState, k: Kernel, release: Release, take: Take) -> Machine:
    """A machine whose host is in that state."""
    machine = Machine(release, take, deepcopy(state.files), k)
    host = machine.host
    host.clock = state.clock
    host.lastpid = max(state.lastpid, PIDS * (state.commands + 1))
    host.tasks = {pid: deepcopy(task) for pid, task in state.tasks.items()}
    return machine


def run_on(machine: Machine, command: Command, state: HostState) -> Outcome:
    """Run a command on a machine."""
    if command.argv[0] == "sleep":
        machine.sleep(command.secs)
        return Outcome("", "", 0)
    return machine.run(
        command.argv,
        commands=commands((*state.setup.behaviours, *command.behaviours)),
        stdin=command.stdin,
        stays=command.stays,
    )


def commands(behaviours: Iterable[Behaviour]) -> Commands:
    """What commands do; later behaviours override earlier ones."""
    said = [(kernel_bytes(one.text), one) for one in behaviours]
    return Commands(
        exits={text: one.exits for text, one in said if one.exits},
        secs={text: one.secs for text, one in said if one.secs is not None},
        leaves={text: one.leaves for text, one in said if one.leaves},
        term={text: one.term for text, one in said if one.term is not None},
        kill={text: one.kill for text, one in said if one.kill is not None},
        noexec=tuple(text for text, one in said if one.noexec),
    )
