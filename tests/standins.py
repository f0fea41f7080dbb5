"""Stand-ins for jail(8), jls(8), jexec(8), uname(1) and jailcall, answered by a kernel model.

Each is a program on PATH that asks a server in the test's own process, by a socket in a folder that
is nobody else's.  What stays in a jail, or holds one, is a real process: its end is noticed.
"""

import os
import selectors
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fuzz.findings.reproduce.calls import JAILSYS, JAILSYS_NAMES
from fuzz.kernels.registry import NEW, Model
from fuzz.programs.commands.equipment import PanicError
from fuzz.programs.program import FLAGS
from fuzz.recordings.sessions.machine import Machine
from prison.call import (
    JAIL_ATTACH,
    Drop,
    Exit,
    Fork,
    Hold,
    JailAttach,
    JailGet,
    JailRemove,
    JailSet,
    Result,
    Value,
)
from userland import Release
from userland.host import SHELL_PID

PROGRAMS = ("jail", "jls", "jexec", "jailcall", "uname")
VERSION_14, VERSION_15 = 1400097, 1500000  # as whichever has not the mistakes of the patch
FIRST_PID = 5_000_000  # of jailcall's processes
END = b"\0\0"
CLIENT = f"""#!{sys.executable} -IS
import os, socket, sys
server = socket.socket(socket.AF_UNIX)
server.connect({{address!r}})
words = [os.path.basename(sys.argv[0]), *sys.argv[1:]]
server.sendall(b"\\0".join(map(os.fsencode, words)) + {END!r})
answer = b""
while answer.count(b"\\0") < 3:
    piece = server.recv(65536)
    if not piece:
        os._exit(4)
    answer += piece
status, out, err, _ = answer.split(b"\\0", 3)
os.write(1, out)
os.write(2, err)
if status == b"stay":
    server.recv(1)
    os.kill(os.getpid(), 9)
os._exit(int(status))
"""

Answer = tuple[str, str, str]  # status, standard output, standard error


@dataclass(slots=True)
class Server:
    """A machine with one kernel, and what stays on it, by connection."""

    model: Model
    machine: Machine
    kept: dict[socket.socket, int | str] = field(default_factory=dict)
    pids: int = FIRST_PID
    panicked: bool = False

    def answer(self, words: list[str], client: socket.socket) -> Answer:
        """What a program says, and how it ends."""
        if self.panicked:
            return "4", "", "the kernel has stopped\n"
        try:
            if words[0] == "uname":
                return "0", f"{VERSION_15 if self.model is NEW else VERSION_14}\n", ""
            if words[0] == "jailcall":
                return self.jailcall(words[1:], client)
            return self.command(words)
        except PanicError as panic:
            self.panicked = True
            return "4", "", f"panic: {panic}\n"
        except Exception as error:  # noqa: BLE001  # a mistake of the stand-in: the test must hear
            return "99", "", f"{error!r}\n"
        finally:
            self.bury()

    def command(self, words: list[str]) -> Answer:
        """jail, jls or jexec."""
        for word in words:
            if word.startswith("path=") and Path(word[5:]).is_dir():
                self.machine.host.files.make_dir(word[5:])
        seen = self.machine.step({"run": words})
        return str(seen["exit"]), seen["stdout"], seen["stderr"]

    def jailcall(self, words: list[str], client: socket.socket) -> Answer:
        """A call, by a process of its own."""
        returns, jid = False, 0
        while words[0].startswith("-"):
            returns = returns or words[0] == "-n"
            jid = int(words[1]) if words[0] == "-j" else jid
            words = words[1 if words[0] == "-n" else 2 :]
        self.pids += 1
        pid = self.pids
        self.machine.host.syscall(Fork(SHELL_PID, pid))
        try:
            result = self.machine.host.syscall(JailAttach(pid, jid)) if jid else Result(None, 0)
            if result.ok:
                result = self.call(pid, words)
            if not result.ok:
                return "1", "", f"{result.errno}{f': {result.errmsg}' if result.errmsg else ''}\n"
            if words[0] == "hold":
                self.kept[client] = f"r{pid}"
                return "stay", "held\n", ""
            stays = words[0] == "attach" or (words[0] == "set" and flags_of(words[1]) & JAIL_ATTACH)
            if stays and not returns:
                self.kept[client] = pid
            printed = {"attach": "in\n", "remove": ""}.get(words[0], f"{result.ret}\n")
            return ("stay" if stays and not returns else "0"), printed, ""
        finally:
            if self.kept.get(client) != pid:
                self.machine.host.syscall(Exit(pid))

    def call(self, pid: int, words: list[str]) -> Result:
        """The system call."""
        match words:
            case ["hold"]:
                return self.machine.host.syscall(Hold(pid, f"r{pid}"))
            case ["attach", jid]:
                return self.machine.host.syscall(JailAttach(pid, int(jid)))
            case ["remove", jid]:
                return self.machine.host.syscall(JailRemove(pid, int(jid)))
            case ["set", flags, *params]:
                return self.machine.host.syscall(
                    JailSet(pid, flags_of(flags), tuple(map(param_of, params)))
                )
            case ["get", flags, *params]:
                by = tuple((name, value) for name, value in map(param_of, params))
                return self.machine.host.syscall(JailGet(pid, flags_of(flags), by))  # type: ignore[arg-type]  # keys have values
        raise ValueError(words)

    def bury(self) -> None:
        """Whoever was killed with a jail is gone at once."""
        self.machine.host.reap()
        for client, what in list(self.kept.items()):
            if isinstance(what, int) and what not in self.machine.kernel.procs:
                del self.kept[client]
                client.close()

    def gone(self, client: socket.socket) -> None:
        """A process that stayed has ended."""
        what = self.kept.pop(client)
        if not self.panicked:
            self.machine.host.syscall(Drop(what) if isinstance(what, str) else Exit(what))


def flags_of(text: str) -> int:
    """The bits of named flags, or of a number."""
    return int(text) if text.isdigit() else sum(FLAGS[name] for name in text.split(","))


def param_of(word: str) -> tuple[str, Value]:
    """A parameter as the op language has it."""
    name, has_value, value = word.partition("=")
    if not has_value:
        return name, True
    kind, _, text = value.partition(":")
    match kind:
        case "4" | "6":
            return name, tuple(filter(None, text.split(",")))
        case "s":
            return name, text
    number = int(text)
    names = {bit: word for word, bit in JAILSYS.items()}
    return name, names[number] if name in JAILSYS_NAMES and number in names else number


def serve(server: Server, listener: socket.socket, stop: socket.socket) -> None:
    """Answer until told to stop; an end is noticed before a later question."""
    with selectors.DefaultSelector() as selector:
        selector.register(listener, selectors.EVENT_READ)
        selector.register(stop, selectors.EVENT_READ)
        while True:
            ready = [key.fileobj for key, _ in selector.select()]
            for known in [client for client in server.kept if client in ready]:
                selector.unregister(known)
                server.gone(known)
                known.close()
            if stop in ready:
                return
            if listener in ready:
                client = listener.accept()[0]
                question = b""
                while not question.endswith(END):
                    question += client.recv(65536)
                words = question.removesuffix(END).split(b"\0")
                before = set(server.kept)
                texts = server.answer([os.fsdecode(word) for word in words], client)
                for lost in before - set(server.kept):
                    selector.unregister(lost)
                client.sendall(b"\0".join(map(os.fsencode, texts)) + b"\0")
                if client in server.kept:
                    selector.register(client, selectors.EVENT_READ)
                else:
                    client.close()


@contextmanager
def standins(folder: Path, model: Model) -> Iterator[dict[str, str]]:
    """An environment whose PATH begins with the stand-ins, on a fresh kernel."""
    places = folder / "bin"
    places.mkdir(parents=True)
    address = str(folder / "socket")
    for name in PROGRAMS:
        (places / name).write_text(CLIENT.format(address=address))
        (places / name).chmod(0o755)
    ours, theirs = socket.socketpair()
    with socket.socket(socket.AF_UNIX) as listener, ours, theirs:
        listener.bind(address)
        listener.listen()
        server = Server(model, Machine(Release.R15, model, {}, ()))
        thread = threading.Thread(target=serve, args=(server, listener, theirs), daemon=True)
        thread.start()
        try:
            yield os.environ | {"PATH": f"{places}:{os.environ['PATH']}", "HOME": str(folder)}
        finally:
            ours.send(b".")
            thread.join(10)
            for client in server.kept:
                client.close()
