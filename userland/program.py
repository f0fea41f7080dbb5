"""Running a program: the one way in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from prison.call import Exit, kernel_bytes
from userland import jexec, jls
from userland.deltas import Release
from userland.host import SECOND, Commands, Hang, Host
from userland.jail import main as jail
from userland.process import Process, ProgramExit

PROGRAMS: dict[str, Callable[[Process, list[str]], int]] = {
    "jail": jail.main,
    "jls": jls.main,
    "jexec": jexec.main,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a program printed, and how it ended: an exit status, or "signal N"."""

    stdout: str
    stderr: str
    exit: int | str
    hang: bool = False  # it waited for ever, and was killed


def run_program(
    host: Host,
    release: Release,
    argv: Sequence[str],
    *,
    stdin: str = "",
    commands: Commands | None = None,
    stays: bool = False,
) -> Outcome:
    """Run jail, jls or jexec of a release as root on a host; one second passes.

    `argv` is user text.  `commands` says what the commands do that are run meanwhile.  A process
    that becomes a command, as jexec does, is still there afterwards if it `stays`.

    :raises KeyError: if there is no such program.
    """
    if commands is not None:
        host.commands = commands
    host.runs.clear()
    words = [kernel_bytes(word) for word in argv]
    main = PROGRAMS[words[0]]
    proc = Process(host, host.start(), words[0], release, kernel_bytes(stdin))
    hang = False
    try:
        status: int | str = main(proc, words)
    except ProgramExit as done:
        status = done.status
    except Hang:
        status, hang = "signal 9", True
    host.watched.clear()
    if stays and proc.became_command:
        host.tasks[proc.pid].end = None
    else:
        host.syscall(Exit(proc.pid))
    host.clock += SECOND
    return Outcome("".join(proc.out), "".join(proc.err), status, hang)
