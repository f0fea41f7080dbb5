"""A C library for the recorder whose four calls are answered by a model.

It tells of forks, ends and holders as a kernel would know of them: processes are real, and have
their real numbers.
"""

import errno
import json
import os
import signal
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Thread
from typing import Any

from jail_kernel.call import (
    Call,
    Close,
    Drop,
    Exit,
    Fork,
    Hold,
    JailAttach,
    JailAttachJd,
    JailGet,
    JailRemove,
    JailRemoveJd,
    JailSet,
    Result,
    Value,
    kernel_bytes,
    user_text,
)
from jail_kernel.kernel import Kernel
from jail_kernel.state import ProcState
from jaildiff.kernels.registry import Model
from jaildiff.recordings.recorder.packing import (
    ADDRESS_SIZE,
    FAMILY,
    HOSTID,
    JAILSYS,
    JAILSYS_NAMES,
    TEXT_SIZES,
    buffer_for,
    cut,
)
from jaildiff.recordings.recorder.system import Answered, System

KEYS = ("jid", "lastjid", "name")
CALLS: dict[str, Callable[[int, int], Call]] = {  # that take a number
    "attach": JailAttach,
    "attach_jd": JailAttachJd,
    "remove": JailRemove,
    "remove_jd": JailRemoveJd,
    "close": Close,
}


class StandIn(System):
    """The client: it asks the kernel at a socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("fd")
        self.path = path
        self.recorder = 0  # the process to which descriptors are passed

    def become_reaper(self) -> None:
        """The last one who does it is the recorder."""
        super().become_reaper()
        self.recorder = os.getpid()

    def refusal(self) -> str | None:
        """Everybody may record here."""
        return None

    def ask(self, *words: object) -> Any:
        """Ask the kernel, as the process that we are."""
        with socket.socket(socket.AF_UNIX) as link:
            link.connect(str(self.path))
            link.sendall(json.dumps([os.getpid(), *words]).encode() + b"\n")
            with link.makefile("rb") as file:
                return json.loads(file.readline())

    def jail(self, name: str, pairs: Sequence[tuple[bytes, bytes | None]], flags: int) -> Answered:
        """jail_set(2) or jail_get(2)."""
        shown = [
            (n.decode("latin-1"), None if v is None else v.decode("latin-1")) for n, v in pairs
        ]
        ret, number, buffers = self.ask(name, shown, flags)
        return Answered(ret, number, tuple(text.encode("latin-1") for text in buffers))

    def attach(self, jid: int) -> Answered:
        """jail_attach(2)."""
        return Answered(*self.ask("attach", jid))

    def remove(self, jid: int) -> Answered:
        """jail_remove(2)."""
        return Answered(*self.ask("remove", jid))

    def attach_jd(self, fd: int) -> Answered:
        """jail_attach_jd(2)."""
        return Answered(*self.ask("attach_jd", fd))

    def remove_jd(self, fd: int) -> Answered:
        """jail_remove_jd(2)."""
        return Answered(*self.ask("remove_jd", fd))

    def close(self, fd: int) -> Answered:
        """close(2)."""
        return Answered(*self.ask("close", fd))

    def fork(self) -> int:
        """fork(2)."""
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            self.ask("forked", parent)
        return pid

    def reap(self, pid: int) -> None:
        """waitpid(2)."""
        ended, _ = os.waitpid(pid, 0)
        self.ask("reaped", ended)

    def hold(self, res: str) -> int:
        """Something keeps our credential; the descriptor is only there to be passed."""
        self.ask("hold", res, self.recorder)
        return os.open(os.devnull, os.O_RDONLY)

    def release(self, res: str, held: int) -> None:
        """It lets go."""
        os.close(held)
        self.ask("drop", res)


class ModelKernel:
    """The server: a model that answers; `before` is told the number of each call."""

    def __init__(self, model: Model, path: Path) -> None:
        self.model = model
        self.kernel = Kernel()
        self.calls = 0
        self.before: Callable[[int], None] = lambda _number: None
        self.holders: dict[str, int] = {}  # the process that has what holds, by name
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen(64)
        self.thread = Thread(target=self.serve, daemon=True)
        self.thread.start()

    def close(self) -> None:
        """Answer nobody any more."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()

    def serve(self) -> None:
        """Answer one after the other."""
        while True:
            try:
                link, _ = self.listener.accept()
            except OSError:
                return
            with link, link.makefile("rb") as file:
                row = file.readline()
                if row:
                    pid, what, *words = json.loads(row)
                    self.calls += 1
                    self.before(self.calls)
                    answer = json.dumps(self.answer(pid, what, words)).encode() + b"\n"
                    try:
                        link.sendall(answer)
                    except (BrokenPipeError, ConnectionResetError):
                        continue  # It was killed meanwhile.

    def step(self, call: Call) -> Result:
        """Let the model answer."""
        result = self.model.step(self.kernel, call)
        assert not result.panicked, result.errmsg
        return result

    def answer(self, pid: int, what: str, words: list[Any]) -> Any:
        """What a process is answered."""
        self.bury()
        if pid not in self.kernel.procs and what != "forked":
            self.step(Fork(1, pid))
        match what, words:
            case "jail_set", [pairs, flags]:
                return jail_set(self, pid, pairs, flags)
            case "jail_get", [pairs, flags]:
                return jail_get(self, pid, pairs, flags)
            case "attach" | "attach_jd" | "remove" | "remove_jd" | "close", [number]:
                result = self.step(CALLS[what](pid, number))
                self.kill_whom_it_killed()
                return told(result)
            case "forked", [parent]:
                if parent not in self.kernel.procs:
                    self.step(Fork(1, parent))
                self.step(Fork(parent, pid))
            case "reaped", [child]:
                self.step(Exit(child))
                self.kill_whom_it_killed()
            case "hold", [res, recorder]:
                self.holders[res] = recorder
                self.step(Hold(pid, res))
            case "drop", [res]:
                del self.holders[res]
                self.step(Drop(res))
        return None

    def kill_whom_it_killed(self) -> None:
        """Whom the kernel has killed is."""
        for proc in self.kernel.procs.values():
            if proc.state is ProcState.KILLED:
                os.kill(proc.pid, signal.SIGKILL)

    def bury(self) -> None:
        """What a process that has ended has held is let go."""
        for res, pid in list(self.holders.items()):
            if not is_running(pid):
                del self.holders[res]
                self.step(Drop(res))


def is_running(pid: int) -> bool:
    """Say whether a process has not ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def told(result: Result, buffers: Sequence[bytes] = ()) -> list[Any]:
    """An answer, as a C library gives it."""
    shown = [data.decode("latin-1") for data in buffers]
    if result.errno is not None:
        return [-1, getattr(errno, str(result.errno)), shown]
    return [result.ret, 0, shown]


def errmsg_of(result: Result) -> bytes:
    """What stands in the buffer of the message."""
    text = result.errmsg if result.errno is not None else None
    return kernel_bytes(text or "").encode("latin-1") + b"\0"


def jail_set(server: ModelKernel, pid: int, pairs: list[Any], flags: int) -> list[Any]:
    """jail_set(2)."""
    params = tuple(
        (user_text(name), decoded(name, data)) for name, data in pairs if name != "errmsg"
    )
    result = server.step(JailSet(pid, flags, params))
    return told(result, [returned(result, name, data or "") for name, data in pairs])


def returned(result: Result, name: str, data: str) -> bytes:
    """What stands in a buffer after the call; only some are written."""
    if name == "errmsg":
        return errmsg_of(result)
    return data.encode("latin-1") if name != "desc" or result.fd is None else cut(result.fd, 4)


def jail_get(server: ModelKernel, pid: int, pairs: list[Any], flags: int) -> list[Any]:
    """jail_get(2): what comes first, or is not zero, is a key."""
    by, want = [], []
    for number, (name, data) in enumerate(pairs):
        is_zero = data.encode("latin-1") == buffer_for(name)
        if name == "desc" or (name in KEYS and (number == 0 or not is_zero)):
            value = decoded(name, data)
            assert isinstance(value, int | str)
            by.append((name, value))
        elif name != "errmsg":
            want.append((name, len(data)))
    result = server.step(JailGet(pid, flags, tuple(by), tuple(want), plain=False))
    read = dict(result.wanted or ())
    return told(
        result,
        [
            encoded(name, read[name]) if name in read else returned(result, name, data)
            for name, data in pairs
        ],
    )


def decoded(name: str, data: str | None) -> Value:
    """The value that some bytes are."""
    if data is None:
        return None
    raw = data.encode("latin-1")
    if name in FAMILY and len(raw) % ADDRESS_SIZE[name] == 0:
        size = ADDRESS_SIZE[name]
        parts = [raw[at : at + size] for at in range(0, len(raw), size)]
        return tuple(socket.inet_ntop(FAMILY[name], part) for part in parts)
    if name not in TEXT_SIZES and len(raw) == (8 if name == HOSTID else 4):
        number = int.from_bytes(raw, "little", signed=name != HOSTID)
        is_word = name in JAILSYS_NAMES and 0 <= number < len(JAILSYS)
        return JAILSYS[number] if is_word else number
    return user_text(data.removesuffix("\0"))


def encoded(name: str, value: object) -> bytes:
    """The bytes of a value that was read."""
    if isinstance(value, tuple):
        return b"".join(value)
    if isinstance(value, str):
        if name in JAILSYS_NAMES:
            return cut(JAILSYS.index(value), 4)
        return value.encode("latin-1") + b"\0"
    assert isinstance(value, int)
    return cut(value, 8 if name == HOSTID else 4)
