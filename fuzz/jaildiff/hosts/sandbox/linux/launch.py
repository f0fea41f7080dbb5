"""The process above everything in a sandbox: it starts the command, and reaps processes."""

import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from jaildiff.hosts.sandbox.linux import namespaces

NOT_FOUND, NOT_RUN = 127, 126


@dataclass(frozen=True, slots=True)
class Launch:
    """What is to be started."""

    command: Sequence[str]
    folder: str
    whole: bool  # in namespaces
    output: tuple[int, int] | None  # descriptors for its two outputs; None: ours


def launch(what: Launch, *not_inherited: int) -> int:
    """Start it; returns the process that will be above all others."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        for descriptor in not_inherited:
            os.close(descriptor)
        namespaces.die_with_parent()
        namespaces.adopt_orphans()
        status = in_namespace(what) if what.whole else init(what)
    except OSError as error:
        os.write(2, f"jaildiff: {error.filename}: {error.strerror}\n".encode())
    finally:
        os._exit(status)


def in_namespace(what: Launch) -> int:
    """Start the init of a process namespace, and wait for it."""
    namespaces.own_processes()
    child = os.fork()
    if not child:
        status = 1
        try:
            namespaces.die_with_parent()
            namespaces.own_proc()
            status = init(what)
        finally:
            os._exit(status)
    return status_of_end(os.waitpid(child, 0)[1])


def init(what: Launch) -> int:
    """Start the command, and reap all processes until it ends; returns its exit status."""
    command = os.fork()
    if not command:
        run_command(what)
    while True:
        ended, status = os.wait()
        if ended == command:
            return status_of_end(status)


def run_command(what: Launch) -> NoReturn:
    """Become the command."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    environment = {**os.environ, "PATH": f"{what.folder}/bin:{os.environ.get('PATH', os.defpath)}"}
    for descriptor, target in zip(what.output or (), (1, 2), strict=False):
        os.dup2(descriptor, target)
    try:
        os.execvpe(what.command[0], list(what.command), environment)  # noqa: S606  # meant so
    except OSError as error:
        text = f"jaildiff: {what.command[0]}: {error.strerror}\n"
        os.write(2, text.encode(sys.getfilesystemencoding(), "surrogateescape"))
        os._exit(NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_RUN)


def status_of_end(status: int) -> int:
    """How a process ended, in a shell's numbers."""
    code = os.waitstatus_to_exitcode(status)
    return 128 - code if code < 0 else code
