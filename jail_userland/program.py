"""Running one program: jail, jls or jexec."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jail_kernel.call import Exit, kernel_bytes
from jail_userland import jexec, jls
from jail_userland.deltas import Release
from jail_userland.host import SHELL_PID, Hang, Host
from jail_userland.jail import main as jail
from jail_userland.process import Process, ProgramExit

PROGRAMS: dict[str, Callable[[Process, list[str]], int]] = {
    "jail": jail.main,
    "jls": jls.main,
    "jexec": jexec.main,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a program printed, as byte strings, and how it ended: a status, or "signal N"."""

    stdout: str
    stderr: str
    exit: int | str
    hang: bool = False  # it waited for ever and was killed


def run_program(
    host: Host,
    release: Release,
    argv: Sequence[str],
    *,
    stdin: str = "",
    stays: bool = False,
    shell: int = SHELL_PID,
) -> Outcome:
    """Run a program of a release as root on a host.

    `argv` and `stdin` are user text.  If `stays`, a process that becomes a command, as jexec does,
    is still there afterwards.  The program is a child of `shell`, and so in the same jail.

    :raises KeyError: if there is no such program.
    """
    words = [kernel_bytes(word) for word in argv]
    main = PROGRAMS[words[0]]
    proc = Process(host, host.start(shell), words[0], release, kernel_bytes(stdin))
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
    return Outcome("".join(proc.out), "".join(proc.err), status, hang)
