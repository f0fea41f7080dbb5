"""What the recorder asks of the operating system."""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fuzz.recordings.recorder.packing import Pair

PROC_REAP_ACQUIRE = 2
PR_SET_CHILD_SUBREAPER = 36
MOUNT, UMOUNT = "/sbin/mount", "/sbin/umount"
FREEBSD = os.uname().sysname == "FreeBSD"
HOLDERS = ("fd", "tcp", "mount")


class Answered(NamedTuple):
    """What a call returned, its errno or 0, and what its buffers hold."""

    ret: int
    errno: int
    buffers: tuple[bytes, ...] = ()


class Iovec(ctypes.Structure):
    """struct iovec."""

    _fields_ = (("iov_base", ctypes.c_void_p), ("iov_len", ctypes.c_size_t))


class Vector:
    """An array of struct iovec for names and values; a name goes with its NUL."""

    def __init__(self, pairs: Sequence[Pair]) -> None:
        self.array = (Iovec * (2 * len(pairs)))()
        self.kept: list[Any] = []  # what the array points to
        self.values: list[Any] = []
        for number, (name, value) in enumerate(pairs):
            text = ctypes.create_string_buffer(name)
            self.kept.append(text)
            self.array[2 * number] = Iovec(ctypes.addressof(text), len(name) + 1)
            buffer = None if value is None else ctypes.create_string_buffer(value, len(value) or 1)
            self.values.append(buffer)
            if buffer is not None and value is not None:
                self.array[2 * number + 1] = Iovec(ctypes.addressof(buffer), len(value))

    def read(self) -> tuple[bytes, ...]:
        """What is in the buffers now, as long as the array says."""
        return tuple(
            b"" if buffer is None else buffer.raw[: self.array[2 * number + 1].iov_len]
            for number, buffer in enumerate(self.values)
        )


class System:
    """The calls; `holder` is what keeps a credential."""

    def __init__(self, holder: str) -> None:
        self.holder = holder
        self.libc = ctypes.CDLL(None, use_errno=True)

    def refusal(self) -> str | None:
        """The reason why nothing can be recorded here; empty if it can."""
        if not FREEBSD:
            return "this is no FreeBSD: there are no jails to record"
        return None if os.geteuid() == 0 else "only root can make jails"

    def answered(self, ret: int, buffers: tuple[bytes, ...] = ()) -> Answered:
        """The answer of a call of the C library."""
        return Answered(ret, ctypes.get_errno() if ret == -1 else 0, buffers)

    def jail(self, name: str, pairs: Sequence[Pair], flags: int) -> Answered:
        """jail_set(2) or jail_get(2)."""
        vector = Vector(pairs)
        ret = getattr(self.libc, name)(vector.array, len(vector.array), flags)
        return self.answered(ret)._replace(buffers=vector.read())

    def attach(self, jid: int) -> Answered:
        """jail_attach(2)."""
        return self.answered(self.libc.jail_attach(jid))

    def remove(self, jid: int) -> Answered:
        """jail_remove(2)."""
        return self.answered(self.libc.jail_remove(jid))

    def fork(self) -> int:
        """fork(2)."""
        return os.fork()

    def reap(self, pid: int) -> None:
        """waitpid(2).  Raises ChildProcessError if that is no child of ours."""
        os.waitpid(pid, 0)

    def become_reaper(self) -> None:
        """Orphans below us become our children.  procctl(2), or prctl(2) on Linux."""
        if FREEBSD:
            self.libc.procctl(0, ctypes.c_int64(0), PROC_REAP_ACQUIRE, None)
        else:
            self.libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    def hold(self, _res: str) -> int:
        """In a program's process: make a descriptor for the recorder that keeps the credential."""
        if self.holder == "tcp":
            return lingering_connection()
        if self.holder == "mount":
            return mounted_folder()
        kept, other = socket.socketpair()
        other.close()
        return kept.detach()

    def release(self, _res: str, held: int) -> None:
        """In the recorder: let go."""
        if self.holder == "tcp":
            # The silent peer resets the connection, so nothing of it lingers.
            peer = socket.socket(fileno=os.dup(held))
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            peer.close()
        elif self.holder == "mount":
            folder = os.fsdecode(os.read(held, 1024))
            subprocess.run([UMOUNT, "-f", folder], check=True)  # noqa: S603  # a name of ours
            Path(folder).rmdir()
        os.close(held)


def lingering_connection() -> int:
    """Open a TCP connection, close this end, and return the peer, which stays silent."""
    listener = socket.create_server(("127.0.0.1", 0))
    ours = socket.create_connection(listener.getsockname())
    peer, _ = listener.accept()
    listener.close()
    ours.close()
    return peer.detach()


def mounted_folder() -> int:
    """Mount a file system, and return a pipe that holds the name of its folder."""
    folder = tempfile.mkdtemp(prefix="jaildiff-hold-")
    subprocess.run([MOUNT, "-t", "tmpfs", "tmpfs", folder], check=True)  # noqa: S603  # a name of ours
    reader, writer = os.pipe()
    os.write(writer, os.fsencode(folder))
    os.close(writer)
    return reader
