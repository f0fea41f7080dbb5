"""What the recorder asks of the operating system."""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import socket
import struct
import subprocess
import tempfile
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jaildiff.recordings.recorder.packing import Pair

PROC_REAP_ACQUIRE = 2
PR_SET_CHILD_SUBREAPER = 36
MOUNT, UMOUNT = "/sbin/mount", "/sbin/umount"
FREEBSD = os.uname().sysname == "FreeBSD"
HOLDERS = ("fd", "tcp", "mount")
HOLDER = "jaildiff-hold-"  # prefix of the folders that something is mounted on
LINK = 1000  # the descriptor of the link that drives a process of a program
FILES_MAX = 64  # open files of such a process, as in existing recordings
NEW_DESCRIPTOR = 0xC0  # JAIL_GET_DESC | JAIL_OWN_DESC


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
            return "not FreeBSD: see jaildiff record --kit"
        return None if os.geteuid() == 0 else "only root can make jails"

    def answered(self, ret: int, buffers: tuple[bytes, ...] = ()) -> Answered:
        """The answer of a call of the C library."""
        return Answered(ret, ctypes.get_errno() if ret == -1 else 0, buffers)

    def jail(self, name: str, pairs: Sequence[Pair], flags: int) -> Answered:
        """jail_set(2) or jail_get(2)."""
        vector = Vector(pairs)
        with few_files() if flags & NEW_DESCRIPTOR else nullcontext():
            ret = getattr(self.libc, name)(vector.array, len(vector.array), flags)
        return self.answered(ret)._replace(buffers=vector.read())

    def attach(self, jid: int) -> Answered:
        """jail_attach(2)."""
        return self.answered(self.libc.jail_attach(jid))

    def remove(self, jid: int) -> Answered:
        """jail_remove(2)."""
        return self.answered(self.libc.jail_remove(jid))

    def attach_jd(self, fd: int) -> Answered:
        """jail_attach_jd(2)."""
        return self.by_descriptor("jail_attach_jd", fd)

    def remove_jd(self, fd: int) -> Answered:
        """jail_remove_jd(2)."""
        return self.by_descriptor("jail_remove_jd", fd)

    def by_descriptor(self, name: str, fd: int) -> Answered:
        """A call that only 15 has."""
        call = getattr(self.libc, name, None)
        return Answered(-1, errno.ENOSYS) if call is None else self.answered(call(fd))

    def close(self, fd: int) -> Answered:
        """close(2)."""
        return self.answered(self.libc.close(fd))

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
        """In the recorder: let go of the holder."""
        folder = os.read(held, 1024) if self.holder == "mount" else b""
        os.close(held)
        if folder:
            unmount(Path(os.fsdecode(folder)).name)

    def release_all(self) -> None:
        """Let go of what stays even after its holders are killed."""
        if self.holder == "mount":
            unmount(HOLDER)


@contextmanager
def few_files() -> Iterator[None]:
    """Limit open files, so that EMFILE comes where it came in existing recordings."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES_MAX, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def lingering_connection() -> int:
    """Open a TCP connection, close this end, and return the peer, which stays silent.

    When the peer is closed, for whatever reason, it resets the connection, so nothing of it
    lingers.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    ours = socket.create_connection(listener.getsockname())
    peer, _ = listener.accept()
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    listener.close()
    ours.close()
    return peer.detach()


def mounted_folder() -> int:
    """Mount a file system, and return a pipe that holds the name of its folder."""
    folder = tempfile.mkdtemp(prefix=HOLDER)
    try:
        subprocess.run([MOUNT, "-t", "tmpfs", "tmpfs", folder], check=True)  # noqa: S603  # a name of ours
    except (OSError, subprocess.SubprocessError):
        Path(folder).rmdir()
        raise
    reader, writer = os.pipe()
    os.write(writer, os.fsencode(folder))
    os.close(writer)
    return reader


def unmount(prefix: str) -> None:
    """Unmount what is mounted on folders with this prefix.

    The host knows them by longer paths than a jail with a root of its own does.
    """
    shown = subprocess.run([MOUNT, "-p"], check=True, capture_output=True, text=True)  # noqa: S603  # a name of ours
    for row in shown.stdout.splitlines():
        folder = Path(row.split()[1])
        if folder.name.startswith(prefix):
            subprocess.run([UMOUNT, "-f", str(folder)], check=True)  # noqa: S603  # a name of ours
            folder.rmdir()
