"""Parameters as jail_set(2) takes them and jail_get(2) gives them: bytes."""

from __future__ import annotations

import socket
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Pair = tuple[bytes, bytes | None]  # a name and its value; None is a null pointer

JAILSYS = ("disable", "new", "inherit")
JAILSYS_NAMES = ("host", "vnet", "ip4", "ip6")
FAMILY = {"ip4.addr": socket.AF_INET, "ip6.addr": socket.AF_INET6}
ADDRESS_SIZE = {"ip4.addr": 4, "ip6.addr": 16}
ADDRESSES_MAX = 128  # addresses that there is room for when a list is read
TEXT_SIZES = {
    "name": 256,
    "path": 1024,
    "host.hostname": 256,
    "host.domainname": 256,
    "host.hostuuid": 64,
    "osrelease": 32,
}
NUMBERS = (
    "jid",
    "parent",
    "securelevel",
    "children.cur",
    "children.max",
    "enforce_statfs",
    "devfs_ruleset",
    "osreldate",
)
PERMISSIONS = (
    "set_hostname sysvipc raw_sockets chflags mount quotas socket_af mlock reserved_ports "
    "read_msgbuf unprivileged_proc_debug suser nfsd mount.devfs mount.fdescfs mount.nullfs "
    "mount.procfs mount.tmpfs mount.zfs"
)
LATER = (  # permissions that came with the descriptors of jails, or shortly before
    "allow.extattr",
    "allow.adjtime",
    "allow.settime",
    "allow.routing",
    "allow.setaudit",
    "allow.unprivileged_parent_tampering",
)
BOOLEANS = (
    "persist",
    "dying",
    "ip4.saddrsel",
    "ip6.saddrsel",
    *("allow." + name for name in PERMISSIONS.split()),
    *LATER,
)
HOSTID = "host.hostid"  # the one number of eight bytes
READABLE = tuple(  # by every kernel
    name
    for name in (*NUMBERS, *JAILSYS_NAMES, *BOOLEANS, *TEXT_SIZES, HOSTID, *FAMILY)
    if name not in LATER
)


def pack(name: str, value: Any) -> Pair:
    """A parameter as it is passed: its name, and the bytes of its value.

    True and None give the name alone, False the "no" name.  Numbers are cut to their size.  A list
    holds addresses; anything else in it is left out.
    """
    raw = raw_text(name)
    if value is None or value is True:
        return raw, None
    if value is False:
        head, dot, last = raw.rpartition(b".")
        return head + dot + b"no" + last, None
    if isinstance(value, int):
        return raw, cut(value, 8 if name == HOSTID else 4)
    if isinstance(value, list):
        return raw, b"".join(packed_addresses(name, value))
    if name in JAILSYS_NAMES and value in JAILSYS:
        return raw, cut(JAILSYS.index(value), 4)
    return raw, raw_text(value) + b"\0"


def raw_text(text: str) -> bytes:
    """The bytes of a text, in which surrogates stand for bytes that are not UTF-8."""
    return text.encode("utf-8", "surrogateescape")


def cut(number: int, size: int) -> bytes:
    """The lowest bytes of a number, in the machine's order."""
    return (number % (1 << (8 * size))).to_bytes(size, sys.byteorder)


def packed_addresses(name: str, texts: Sequence[str]) -> Iterator[bytes]:
    """The addresses of a list."""
    for text in texts:
        try:
            yield socket.inet_pton(FAMILY.get(name, socket.AF_INET), text)
        except (OSError, ValueError):
            continue


def buffer_for(name: str) -> bytes:
    """Room for a parameter that is read."""
    if name in TEXT_SIZES:
        return bytes(TEXT_SIZES[name])
    if name in FAMILY:
        return bytes(ADDRESSES_MAX * ADDRESS_SIZE[name])
    return bytes(8 if name == HOSTID else 4)


def unpack(name: str, data: bytes) -> Any:
    """The value of a parameter that was read."""
    if name in TEXT_SIZES:
        return data.partition(b"\0")[0].decode("utf-8", "surrogateescape")
    if name in FAMILY:
        size = ADDRESS_SIZE[name]
        parts = [data[at : at + size] for at in range(0, len(data), size)]
        return [socket.inet_ntop(FAMILY[name], part) for part in parts]
    number = int.from_bytes(data, sys.byteorder, signed=name != HOSTID)
    if name in BOOLEANS:
        return bool(number)
    return JAILSYS[number] if name in JAILSYS_NAMES else number
