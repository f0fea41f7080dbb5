"""Run a command as somebody types it: the only entry point."""

from collections.abc import Sequence

from jail_userland.deltas import Release
from jail_userland.host import SECOND, SHELL_PID, Commands, Host
from jail_userland.program import Outcome, run_program
from jail_userland.service import run_service


def run(
    host: Host,
    release: Release,
    argv: Sequence[str],
    *,
    commands: Commands,
    stdin: str = "",
    stays: bool = False,
    shell: int = SHELL_PID,
) -> Outcome:
    """Run jail, jls, jexec or `service jail` of a release as root on a host; a second passes.

    `argv` is user text.  `commands` says what the commands do that run meanwhile; their runs are
    counted from zero.  The process `shell` runs the program, unless it is a service.

    :raises KeyError: if there is no such program.
    """
    host.commands = commands
    host.runs.clear()
    if argv[0] == "service":
        outcome = run_service(host, release, argv)
    else:
        outcome = run_program(host, release, argv, stdin=stdin, stays=stays, shell=shell)
    host.clock += SECOND
    return outcome
