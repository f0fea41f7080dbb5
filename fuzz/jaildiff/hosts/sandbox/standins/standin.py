"""What stand-ins share."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from jail_kernel.state import Prison
from jail_userland.files import SystemFailure
from jail_userland.libc import OptionError, getopt, strerror
from jail_userland.libjail import JailError, jail_getid
from jail_userland.process import Process
from jaildiff.hosts.sandbox.host import RealHost
from jaildiff.hosts.sandbox.linux.processes import Status, running

StandIn = Callable[[RealHost, Process, list[str]], int]


@dataclass(frozen=True, slots=True)
class Seen:
    """A process of the sandbox that a program can see."""

    pid: int  # as scripts see it
    outer: int
    status: Status
    prison: Prison


def options(
    proc: Process, argv: list[str], known: str, usage: str
) -> tuple[list[tuple[str, str]], list[str]]:
    """The options of a command with their arguments, and its operands.

    :raises ProgramExit: at an unknown option.
    """
    try:
        *found, (_, index) = getopt(argv[1:], known)
    except OptionError as error:
        proc.warnx(str(error))
        proc.usage(usage)
    return found, argv[1 + int(index) :]


def seen_by(host: RealHost, proc: Process) -> list[Seen]:
    """The processes in the jail of the program, and in those below it; the oldest first."""
    world = host.site.world
    own = host.prison_of(proc.pid)
    with world.lock:
        world.sync()
        found = []
        for outer, status in running(world.top).items():
            real = world.reals.get(outer)
            if real is None:
                continue
            known = world.kernel.procs.get(real.inner)
            prison = world.kernel.prison0 if known is None else known.cred.prison
            if own in lineage(prison):
                found.append(Seen(real.inner, outer, status, prison))
        return found


def lineage(prison: Prison) -> Iterator[Prison]:
    """A jail and those above it."""
    while True:
        yield prison
        if prison.jid == 0:
            return
        prison = prison.parent


def jid_named(proc: Process, name: str) -> int:
    """The jid of the jail with this number or name.

    :raises ProgramExit: if there is none.
    """
    try:
        return jail_getid(proc, name)
    except JailError as error:
        proc.errx(error.errmsg)


def pass_on(host: RealHost, proc: Process, argv: list[str]) -> int:  # noqa: RET503  # errx ends
    """Become the system's own program of that name.

    :raises ProgramExit: if there is none.
    """
    for place in host.site.programs:
        path = f"{place}/{argv[0]}"
        if os.access(path.encode("latin-1"), os.X_OK):
            try:
                host.exec(proc.pid, [path, *argv[1:]])
            except SystemFailure as failure:
                proc.errx(f"{path}: {strerror(failure.errno)}")
            proc.became_command = True
            return 0
    proc.errx("this system has no such program", 127)
