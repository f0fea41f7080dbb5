"""Options as the kernel gets them: names and bytes.  vfs_mount.c, vfs_buildopts()."""

import re
import socket
from functools import lru_cache
from typing import Final

from jail_kernel.call import Params, Value, kernel_bytes

Option = tuple[str, bytes]

VFS_MOUNTARG_SIZE_MAX: Final = 64 * 1024
SIZEOF_VFSOPT: Final = 48
ERRMSG: Final[Option] = ("errmsg", bytes(1024))  # jail_set(3) passes a buffer of JAIL_ERRMSGLEN

JAILSYS: Final = {"disable": 0, "new": 1, "inherit": 2}
JAILSYS_NAMES: Final = frozenset({"host", "vnet", "ip4", "ip6"})
RO_NAMES: Final = frozenset({"ro", "rdonly", "norw", "rw", "noro"})

# Ways in which two different names can be the same option.
_related: Final = re.compile(r"(^|\.)(no|r[ow]$|rdonly$)")
_number: Final = re.compile(r"[ \t\n\v\f\r]*([+-]?)([0-9]+)")


def int32(number: int) -> int:
    """`number` converted to a C int."""
    return (number + 0x80000000) % 0x100000000 - 0x80000000


def build_options(params: Params) -> list[Option] | None:
    """The options of one call without duplicates, errmsg last; None if they take too many bytes."""
    options = [build_option(name, value) for name, value in params]
    options.append(ERRMSG)
    used = 0
    for name, value in options:
        used += memory_used(name, len(value))
    return None if used > VFS_MOUNTARG_SIZE_MAX else sanitize_options(options)


def memory_used(name: str, size: int) -> int:
    """The bytes that an option takes of the limit."""
    return SIZEOF_VFSOPT + len(name) + 1 + size


def build_option(name: str, value: Value) -> Option:
    """One (name, value) pair as name and bytes, as jail_set(2) takes them."""
    name = kernel_bytes(name).partition("\0")[0]
    if value is True or value is None:
        return name, b""
    if value is False:
        return no_name(name), b""
    if isinstance(value, int):
        size = 8 if name == "host.hostid" else 4
        return name, (value % (1 << 8 * size)).to_bytes(size, "little")
    if isinstance(value, tuple):
        return name, pack_addrs(name, value)
    if name in JAILSYS_NAMES and value in JAILSYS:
        return name, JAILSYS[value].to_bytes(4, "little")
    return name, kernel_bytes(value).encode("latin-1") + b"\0"


def no_name(name: str) -> str:
    """The name that sets a boolean to false: "no" before its last component."""
    prefix, dot, last = name.rpartition(".")
    return f"{prefix}{dot}no{last}"


def pack_addrs(name: str, addrs: tuple[str, ...]) -> bytes:
    """Packed addresses; invalid ones are left out."""
    family = socket.AF_INET6 if name == "ip6.addr" else socket.AF_INET
    packed = b""
    for addr in addrs:
        try:
            packed += socket.inet_pton(family, addr)
        except (OSError, ValueError):
            continue
    return packed


def sanitize_options(options: list[Option]) -> list[Option]:
    """Keep only the last of several options that are the same.  vfs_sanitizeopts()."""
    names = [name for name, _ in options]
    if len(set(names)) == len(names) and not any(map(is_related, names)):
        return options
    kept: list[Option] = []
    for option in reversed(options):
        if not any(equal_names(option[0], later[0]) for later in kept):
            kept.append(option)
    kept.reverse()
    return kept


@lru_cache(1024)
def is_related(name: str) -> bool:
    """False if no other name can set the same option."""
    return _related.search(name) is not None


def equal_names(one: str, other: str) -> bool:
    """True if two names set the same option: opt and noopt, ro and rw, also after a common
    dotted prefix.  vfs_equalopts().
    """
    if one == other:
        return True
    while True:
        if one == "no" + other or other == "no" + one:
            return True
        head, dot, rest = one.partition(".")
        if not dot or not other.startswith(head + dot):
            return one in RO_NAMES and other in RO_NAMES
        one, other = rest, other[len(head) + 1 :]


def strtoul(text: str) -> tuple[int, bool]:
    """strtoul(text, &end, 10), and whether it read the whole text."""
    found = _number.match(text)
    if found is None:
        return 0, text == ""
    number = int(found[2])
    if number >= 1 << 64:
        number = (1 << 64) - 1
    elif found[1] == "-":
        number = -number % (1 << 64)
    return number, found.end() == len(text)
