"""Calls of the C library."""

import ctypes
import errno
import os
import resource
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest

from jaildiff.recordings.recorder import system
from jaildiff.recordings.recorder.system import (
    FILES_MAX,
    Answered,
    Iovec,
    System,
    Vector,
    few_files,
    lingering_connection,
    unmount,
)


def test_an_array_of_iovecs_byte_for_byte() -> None:
    """Two for each parameter: the name with its NUL, the value; nothing is a null pointer."""
    vector = Vector([(b"name", b"web\0"), (b"persist", None), (b"ip4.addr", b"")])
    assert len(vector.array) == 6
    assert ctypes.sizeof(vector.array) == 6 * ctypes.sizeof(Iovec) == 6 * 16
    found = [
        (ctypes.string_at(one.iov_base, one.iov_len) if one.iov_base else None, one.iov_len)
        for one in vector.array
    ]
    assert found == [
        (b"name\0", 5),
        (b"web\0", 4),
        (b"persist\0", 8),
        (None, 0),
        (b"ip4.addr\0", 9),
        (b"", 0),
    ]


def test_what_the_kernel_writes_is_read() -> None:
    """A buffer is read as far as its length says, which the kernel changes."""
    vector = Vector([(b"ip4.addr", bytes(8)), (b"persist", None)])
    ctypes.memmove(vector.array[1].iov_base, b"\x0a\0\0\x01", 4)
    vector.array[1].iov_len = 4
    assert vector.read() == (b"\x0a\0\0\x01", b"")


def test_this_is_no_freebsd() -> None:
    """On another system the recorder says so."""
    assert System("fd").refusal() == "not FreeBSD: see jaildiff record --kit"


def test_calls_that_a_system_does_not_have() -> None:
    """Descriptors of jails came with 15; before that, there is no such call."""
    here = System("fd")
    assert here.attach_jd(3) == here.remove_jd(3) == Answered(-1, errno.ENOSYS)


def test_close() -> None:
    """close(2), with its errno."""
    assert System("fd").close(os.open(os.devnull, os.O_RDONLY)) == Answered(0, 0)
    assert System("fd").close(-1) == Answered(-1, errno.EBADF)


def test_there_are_no_more_files_than_recorded_kernels_had() -> None:
    """As long as a descriptor is made."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    with few_files():
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (FILES_MAX, before[1])
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == before


def test_a_closing_connection() -> None:
    """It waits for its silent peer, and is gone when that is closed, by whatever."""
    with socket.socket(fileno=lingering_connection()) as peer:
        ours = peer.getpeername()
        assert states_of(ours[1]) in (["FIN_WAIT1"], ["FIN_WAIT2"])
    assert states_of(ours[1]) == []


def states_of(port: int) -> list[str]:
    """Return the states of the connections from a port."""
    names = {4: "FIN_WAIT1", 5: "FIN_WAIT2"}
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return [names.get(int(row[3], 16), row[3]) for row in rows if row[1].endswith(f":{port:04X}")]


def test_mounts_are_taken_away_by_the_name_that_the_host_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A jail with a root of its own knows them by a shorter one; others are left alone."""
    folder = tmp_path / "root" / "tmp" / "jaildiff-hold-x"
    folder.mkdir(parents=True)
    shown, taken = tmp_path / "shown", tmp_path / "taken"
    shown.write_text(f"tmpfs / ufs rw 1 1\ntmpfs {folder} tmpfs rw 0 0\n")
    program(tmp_path / "mount", f"cat {shown}")
    program(tmp_path / "umount", f'echo "$@" >{taken}')
    monkeypatch.setattr(system, "MOUNT", str(tmp_path / "mount"))
    monkeypatch.setattr(system, "UMOUNT", str(tmp_path / "umount"))
    unmount("jaildiff-hold-y")
    assert not taken.exists()
    System("mount").release_all()
    assert taken.read_text() == f"-f {folder}\n"
    assert not folder.exists()


def program(path: Path, text: str) -> None:
    """Write a shell script."""
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o700)


def test_a_mount_that_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No folder is left of it."""
    program(tmp_path / "mount", "exit 1")
    monkeypatch.setattr(system, "MOUNT", str(tmp_path / "mount"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(subprocess.CalledProcessError):
        System("mount").hold("r")
    assert [path.name for path in tmp_path.iterdir()] == ["mount"]
