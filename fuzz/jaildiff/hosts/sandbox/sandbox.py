"""A sandbox from its making to its end."""

import json
import os
import re
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from threading import Thread
from typing import Any, NoReturn

from jail_kernel.call import Call
from jail_userland.deltas import Release
from jail_userland.program import PROGRAMS
from jaildiff.hosts.sandbox.host import Site
from jaildiff.hosts.sandbox.linux import namespaces
from jaildiff.hosts.sandbox.linux.launch import Launch, launch
from jaildiff.hosts.sandbox.linux.processes import await_end, kill_all, running
from jaildiff.hosts.sandbox.server import Ran, Server, listen
from jaildiff.hosts.sandbox.standins import STANDINS
from jaildiff.hosts.sandbox.world import World
from jaildiff.kernels.registry import Model
from jaildiff.kernels.snapshot import states_json
from jaildiff.programs.json_form import call_from_json, call_to_json

NAMES = (*PROGRAMS, "service", *STANDINS)
ABSOLUTE = re.compile(
    rb"(?<![\w./-])(?:/usr)?/s?bin/(%s)(?![\w.-])" % "|".join(map(re.escape, NAMES)).encode()
)
SCRIPT_MAX = 1 << 20  # bytes of a file that may be a script
TIMED_OUT = 124  # as timeout(1) says it


class SandboxError(Exception):
    """The machine prevents it; the text says what and where."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What is to run, and how."""

    model: Model
    release: Release
    command: tuple[str, ...]
    chroot: bool = False  # a jail's path is the root of its commands
    private: bool = False  # changes to files are gone with the sandbox
    captured: bool = False  # what it prints is kept instead of shown
    timeout: float | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of the run; texts are user text."""

    status: int
    out: str
    err: str
    ran: tuple[Ran, ...]  # the commands that were answered, in the order in which they ended
    calls: tuple[Call, ...]  # all calls that the kernel answered
    jails: tuple[Any, ...]  # at the end, before leftovers are killed; as in recordings
    whole: bool  # it ran in namespaces
    rewritten: tuple[str, ...] = ()  # scripts that were replaced by a copy with other names
    panic: str | None = None
    timed_out: bool = False


def run_sandbox(setting: Setting) -> Outcome:
    """Run a command in a sandbox, and leave nothing behind.

    :raises SandboxError: if the machine or somebody keeps it from working.
    """
    with temporary_folder() as folder, no_orphans():
        reader, writer = os.pipe()
        server = os.fork()
        if not server:
            os.close(reader)
            be_server(setting, folder, writer)
        os.close(writer)
        with os.fdopen(reader, "rb") as pipe:
            told = pipe.read()
        status = os.waitpid(server, 0)[1]
        if not told:
            ended = os.waitstatus_to_exitcode(status)
            raise SandboxError(
                f"{folder}/socket: the server of the sandbox was ended by signal {-ended}; "
                "all that ran in it is gone"
            )
        return outcome_of(json.loads(told), folder)


@contextmanager
def temporary_folder() -> Iterator[str]:
    """A folder that only we can enter."""
    try:
        folder = tempfile.mkdtemp(prefix="jaildiff-")
    except OSError as error:
        raise SandboxError(f"{tempfile.gettempdir()}: {error.strerror}") from None
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def no_orphans() -> Iterator[None]:
    """End all processes that are started inside."""
    namespaces.adopt_orphans()
    before = set(running(os.getpid()))
    try:
        yield
    finally:
        while left := set(running(os.getpid())) - before:
            for pid in left:
                kill_all(pid)
            with suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass


def outcome_of(told: dict[str, Any], folder: str) -> Outcome:
    """The server's report.

    :raises SandboxError: if the server had trouble.
    """
    if "trouble" in told:
        raise SandboxError(str(told["trouble"]))
    out, err = (
        path.read_bytes().decode("utf-8", "surrogateescape") if path.exists() else ""
        for path in (Path(folder, "out"), Path(folder, "err"))
    )
    return Outcome(
        status=told["status"],
        out=out,
        err=err,
        ran=tuple(Ran(**one | {"argv": tuple(one["argv"])}) for one in told["ran"]),
        calls=tuple(map(call_from_json, told["calls"])),
        jails=tuple(told["jails"]),
        whole=told["whole"],
        rewritten=tuple(told["rewritten"]),
        panic=told["panic"],
        timed_out=told["timed_out"],
    )


# THE SERVER


def be_server(setting: Setting, folder: str, writer: int) -> NoReturn:
    """The child: serve until the command has ended, then report."""
    try:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        namespaces.die_with_parent()
        try:
            told = serve(setting, folder, writer)
        except OSError as error:
            told = {"trouble": f"{error.filename or folder}: {error.strerror}"}
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(json.dumps(told).encode())
    finally:
        os._exit(0)


def serve(setting: Setting, folder: str, writer: int) -> dict[str, Any]:
    """Make the sandbox and run the command in it; returns the report."""
    make_commands(folder)
    whole = namespaces.possible(folder)
    programs = tuple(os.environ.get("PATH", os.defpath).split(":"))
    command, rewritten = setting.command, list[str]()
    if whole:
        namespaces.own_mounts()
        if setting.private:
            namespaces.copy_files(folder)
        programs = namespaces.bind_programs(folder)
    else:
        command, rewritten = rewrite(command, folder)
    output = None
    if setting.captured:
        out, err = (
            os.open(f"{folder}/{name}", os.O_WRONLY | os.O_CREAT) for name in ("out", "err")
        )
        output = out, err
    listener = listen(folder)
    top = launch(Launch(command, folder, whole, output), writer, listener.fileno())
    world = World(setting.model, top=top)
    site = Site(world, os.fsencode(folder).decode("latin-1"), latin(programs), setting.chroot)
    server = Server(site, setting.release, listener, stop=lambda: kill_all(top))
    Thread(target=server.serve, daemon=True).start()
    timed_out = await_end([top], setting.timeout) is None
    jails = states_json(world.kernel) if server.panic is None else []
    kill_all(top)
    status = os.waitstatus_to_exitcode(os.waitpid(top, 0)[1])
    if server.broken:
        return {"trouble": f"internal error in the sandbox: {server.broken}"}
    return {
        "status": TIMED_OUT if timed_out else abs(status),
        "ran": [asdict(one) for one in server.ran],
        "calls": [call_to_json(call) for call in world.history],
        "jails": jails,
        "whole": whole,
        "rewritten": rewritten,
        "panic": server.panic,
        "timed_out": timed_out,
    }


def rewrite(command: Sequence[str], folder: str) -> tuple[tuple[str, ...], list[str]]:
    """The command with copies of its scripts, in which /usr/sbin/jail and the like are replaced by
    our paths; and the scripts that were copied.
    """
    words, copied = list(command), []
    for number, word in enumerate(command):
        path = Path(word)
        if not path.is_file() or path.stat().st_size > SCRIPT_MAX:
            continue
        text = path.read_bytes()
        changed = ABSOLUTE.sub(os.fsencode(f"{folder}/bin/") + rb"\1", text)
        if b"\0" in text or changed == text:
            continue
        copy = Path(folder, f"script{number}")
        copy.write_bytes(changed)
        copy.chmod(path.stat().st_mode)
        words[number] = str(copy)
        copied.append(word)
    return tuple(words), copied


def latin(paths: tuple[str, ...]) -> tuple[str, ...]:
    """Paths as byte strings."""
    return tuple(os.fsencode(path).decode("latin-1") for path in paths)


def make_commands(folder: str) -> None:
    """Install the commands, each a copy of the client."""
    source = files("jaildiff.hosts.sandbox").joinpath("client.py").read_text(encoding="utf-8")
    python = os.path.realpath(sys.executable)
    text = source.replace('"@SOCKET@"', repr(f"{folder}/socket"))
    bin_folder = Path(folder, "bin")
    bin_folder.mkdir()
    client = Path(folder, "client")
    client.write_text(f"#!{python} -ISB\n{text}", encoding="utf-8")
    client.chmod(0o755)
    for name in NAMES:
        os.link(client, bin_folder / name)
    libexec = Path(folder, "libexec")
    libexec.mkdir()
    shell = shutil.which("atf-sh")
    if shell is not None:
        (libexec / "atf-sh").symlink_to(shell)
