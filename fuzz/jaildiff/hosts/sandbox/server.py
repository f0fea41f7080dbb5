"""The server: each client is a command of the script, and one of our programs answers for it."""

import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Thread

from jail_kernel.call import user_text
from jail_userland.deltas import Release
from jail_userland.host import Hang
from jail_userland.libc import OptionError, getopt
from jail_userland.process import Process, ProgramExit
from jail_userland.program import PROGRAMS
from jail_userland.service import ServiceError, run_service
from jaildiff.hosts.sandbox.hands import STDERR, STDOUT, Hands, Nursery
from jaildiff.hosts.sandbox.host import RealHost, Site, host_for
from jaildiff.hosts.sandbox.standins import STANDINS
from jaildiff.hosts.sandbox.wire import Connection, GoneError
from jaildiff.programs.commands.machine import PanicError


class Stream(list[str]):
    """An output that is written as it grows."""

    def __init__(self, hands: Hands, descriptor: int) -> None:
        super().__init__()
        self.hands = hands
        self.descriptor = descriptor

    def append(self, text: str) -> None:
        """Write one more piece."""
        self.hands.write(self.descriptor, text)


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that was answered."""

    argv: tuple[str, ...]  # user text, as is what it printed
    pid: int  # of its process; calls name it
    jail: str  # the name of the jail in which it ran; "0" is the host
    out: str
    err: str
    exit: int | str | None  # None if it became the command of a jail


@dataclass(slots=True)
class Server:
    """Answers clients, each in a thread of its own."""

    site: Site
    release: Release
    listener: socket.socket
    ran: list[Ran] = field(default_factory=list)
    nursery: Nursery = field(default_factory=Nursery)
    panic: str | None = None
    broken: str | None = None  # what went wrong in here
    stop: Callable[[], object] = lambda: None

    def serve(self) -> None:
        """Take connections until the listener is closed."""
        while True:
            try:
                link, _ = self.listener.accept()
            except OSError:
                return
            Thread(target=self.meet, args=(Connection(link),), daemon=True).start()

    def meet(self, connection: Connection) -> None:
        """A client: a command, or a child of one."""
        try:
            kind, *words = connection.receive()
            if kind == b"child":
                self.nursery.report(words[0], connection)
            else:
                self.run(connection, words)
        except (GoneError, ProcessLookupError):  # The client was killed.
            connection.close()
        except Exception as error:  # noqa: BLE001  # It must not end unseen with its thread.
            self.broken = f"{type(error).__name__}: {error}"
            self.stop()

    def run(self, connection: Connection, words: list[bytes]) -> None:
        """Answer a command."""
        texts = [word.decode("latin-1") for word in words]
        cwd, count, *rest = texts
        argv, rows = rest[: int(count)], rest[int(count) :]
        environment = {key: value for key, _, value in (row.partition("=") for row in rows)}
        hands = Hands(connection, self.nursery)
        try:
            pid = self.site.world.enter(connection.peer())
            host = host_for(self.site, pid, hands, environment, cwd)
            jail = host.prison_of(pid).name
            proc = Process(
                host,
                pid,
                argv[0],
                self.release,
                out=Stream(hands, STDOUT),
                err=Stream(hands, STDERR),
            )
            if reads_stdin(argv):
                proc.stdin = hands.read_stdin()
            status = self.answer(host, proc, argv)
            became = proc.became_command
            self.note(argv, pid, jail, hands, None if became else status)
            if not became:
                self.site.world.leave(pid)
                hands.end(status)
        except PanicError as panic:
            self.panic = str(panic)
            hands.write(STDERR, f"panic: {panic}\n")
            hands.flush()
            self.stop()

    def answer(self, host: RealHost, proc: Process, argv: list[str]) -> int | str:
        """Run one of our programs; returns how it ended."""
        name = argv[0]
        try:
            if name in PROGRAMS:
                return PROGRAMS[name](proc, argv)
            if name == "service":
                return self.service(host, proc, argv)
            return STANDINS[name](host, proc, argv)
        except ProgramExit as done:
            return done.status
        except Hang:
            proc.warnx("it would wait for ever; ended")
            return "signal 9"

    def service(self, host: RealHost, proc: Process, argv: list[str]) -> int | str:
        """`service jail`; there is no other one."""
        try:
            outcome = run_service(host, self.release, [user_text(word) for word in argv])
        except KeyError:
            proc.errx(f"{' '.join(argv[1:2])}: the sandbox has no service but jail")
        except ServiceError as error:
            proc.errx(str(error))
        proc.out.append(outcome.stdout)
        proc.err.append(outcome.stderr)
        return outcome.exit

    def note(
        self, argv: list[str], pid: int, jail: str, hands: Hands, status: int | str | None
    ) -> None:
        """Remember what was done."""
        out, err = (
            b"".join(data for descriptor, data in hands.said if descriptor == which).decode(
                "utf-8", "surrogateescape"
            )
            for which in (STDOUT, STDERR)
        )
        self.ran.append(Ran(tuple(map(user_text, argv)), pid, user_text(jail), out, err, status))


def reads_stdin(argv: list[str]) -> bool:
    """Whether jail(8) takes its file from standard input."""
    if argv[0] != "jail":
        return False
    try:
        options = list(getopt(argv[1:], "cde:f:hiJ:lmn:p:qrRs:u:U:v"))
    except OptionError:
        return False
    return ("f", "-") in options


def listen(folder: str) -> socket.socket:
    """The socket of a sandbox, in its folder, which only its owner can enter."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(f"{folder}/socket")
    listener.listen(128)
    return listener
