"""Calls of the C library."""

import ctypes

from fuzz.recordings.recorder.system import Iovec, System, Vector


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
    assert System("fd").refusal() == "this is no FreeBSD: there are no jails to record"
