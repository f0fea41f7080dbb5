"""Parameters as bytes."""

import sys

import pytest

from jail_kernel.jail_get import host_view
from jail_kernel.state import Prison
from jaildiff.kernels.snapshot import values_json
from jaildiff.recordings.recorder.packing import (
    BOOLEANS,
    FAMILY,
    JAILSYS_NAMES,
    READABLE,
    TEXT_SIZES,
    buffer_for,
    pack,
    unpack,
)

LITTLE = sys.byteorder == "little"


@pytest.mark.skipif(not LITTLE, reason="the bytes are written down for a little-endian machine")
@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("persist", None, (b"persist", None)),
        ("persist", True, (b"persist", None)),
        ("persist", False, (b"nopersist", None)),
        ("allow.mount.devfs", False, (b"allow.mount.nodevfs", None)),
        ("jid", 5, (b"jid", b"\x05\0\0\0")),
        ("jid", -1, (b"jid", b"\xff\xff\xff\xff")),
        ("children.max", 0x1_0000_0002, (b"children.max", b"\x02\0\0\0")),
        ("host.hostid", 1 << 40, (b"host.hostid", b"\0\0\0\0\0\x01\0\0")),
        ("host", "disable", (b"host", b"\0\0\0\0")),
        ("vnet", "new", (b"vnet", b"\x01\0\0\0")),
        ("ip4", "inherit", (b"ip4", b"\x02\0\0\0")),
        ("ip6", "other", (b"ip6", b"other\0")),
        ("name", "web", (b"name", b"web\0")),
        ("name", "", (b"name", b"\0")),
        ("name", "\u00e9\udcff", (b"name", b"\xc3\xa9\xff\0")),
        ("nonsense", "new", (b"nonsense", b"new\0")),
        ("ip4.addr", ["10.0.0.1", "10.0.0.2"], (b"ip4.addr", b"\x0a\0\0\x01\x0a\0\0\x02")),
        ("ip4.addr", ["no", "10.0.0.1", "::1"], (b"ip4.addr", b"\x0a\0\0\x01")),
        ("ip4.addr", [], (b"ip4.addr", b"")),
        ("ip6.addr", ["::1"], (b"ip6.addr", b"\0" * 15 + b"\x01")),
    ],
)
def test_a_parameter_byte_for_byte(
    name: str, value: object, expected: tuple[bytes, bytes | None]
) -> None:
    """Each kind of value becomes the bytes that the kernel expects of it."""
    assert pack(name, value) == expected


def test_all_that_can_be_read_is_asked_for() -> None:
    """The recorder reads what the recordings of jail_get hold, and nothing else."""
    assert set(READABLE) == set(values_json(host_view(Prison(0, None, 0))))


@pytest.mark.parametrize("name", READABLE)
def test_what_is_read_comes_back(name: str) -> None:
    """A value that was packed is unpacked as it was, and there is room for it."""
    if name in BOOLEANS:
        assert [unpack(name, bytes([n, 0, 0, 0])) for n in (0, 1)] == [False, True]
        return
    values: list[object] = [3]
    if name in TEXT_SIZES:
        values = ["", "web", "\u00e9"]
    elif name in FAMILY:
        values = [[], ["10.0.0.1" if name == "ip4.addr" else "2001:db8::1"]]
    elif name in JAILSYS_NAMES:
        values = ["disable", "new", "inherit"]
    for value in values:
        data = pack(name, value)[1]
        assert data is not None
        assert unpack(name, data) == value
        assert len(data) <= len(buffer_for(name))
