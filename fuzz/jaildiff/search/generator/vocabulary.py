"""The values in generated programs: a few hot ones, so that calls concern the same jails, and
odd ones.
"""

from collections.abc import Sequence
from typing import Final

from jail_kernel.call import JAIL_ATTACH, JAIL_CREATE, JAIL_DYING, JAIL_UPDATE, Params, Value

C: Final = JAIL_CREATE
U: Final = JAIL_UPDATE
A: Final = JAIL_ATTACH
D: Final = JAIL_DYING
FLAGS: Final = (
    C,
    C | U,
    U,
    C | U | D,
    U | D,
    C | A,
    C | U | A,
    U | A,
    U | A | D,
    C | D,
    C | U | A | D,
    0,
)
FLAG_WEIGHTS: Final = (26, 14, 14, 10, 12, 10, 3, 2, 3, 2, 3, 1)

NAMES: Final = ("a", "b", "c", "a.b", "a.c", "b.a", "a.b.c", "web", "5", "1", "", "a.b.longername")
HOT_JIDS: Final = (1, 2, 3, 4, 5, 6, 7)
ODD_JIDS: Final = (0, -1, 8, 50, 999999, 999998, 1000000, 2147483647)
ODD_FLAGS: Final = (0x10, 0x20, 0x80, 0x40000000)
ODD_PARAMS: Final[Params] = (  # wrong sizes, values out of range, numbers that are not jids
    ("securelevel", "1"),
    ("name", None),
    ("ip4", 3),
    ("vnet", "disable"),
    ("name", "4294967297"),
    ("name", " 5"),
)
ADDRS4: Final = ("10.0.0.1", "10.0.0.2", "10.0.0.3", "192.168.1.1", "10.0.0.4")
ADDRS6: Final = ("2001:db8::1", "2001:db8::2", "fe80::1")
NO_ADDRS: Final = (
    ("ip4.addr", ("0.0.0.0",)),  # noqa: S104  # nothing is bound to it
    ("ip4.addr", ("255.255.255.255",)),
    ("ip6.addr", ("::",)),
)
MARKS: Final[Params] = (  # tell the two lives of a jail apart
    ("path", "/jails/a"),
    ("securelevel", 2),
    ("enforce_statfs", 1),
    ("devfs_ruleset", 4),
    ("host.hostname", "first"),
    ("vnet", "new"),
    ("allow.chflags", True),
    ("osreldate", 1500000),
    ("osrelease", "15.0-RELEASE"),
)
LIMITS: Sequence[tuple[tuple[str, Value], tuple[str, Value]]] = (  # (loose, tight)
    (("enforce_statfs", 0), ("enforce_statfs", 2)),
    (("securelevel", 0), ("securelevel", 2)),
    (("children.max", 5), ("children.max", 1)),
    (("allow.chflags", True), ("allow.chflags", False)),
)
ALLOW: Final = (
    "allow.raw_sockets",
    "allow.suser",
    "allow.mount",
    "allow.mount.nullfs",
    "allow.chflags",
)
