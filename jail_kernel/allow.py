"""The allow.* permission bits (pr_allow_names[] in kern_jail.c)."""

from typing import Final

NAMES = (
    "allow.set_hostname",
    "allow.sysvipc",
    "allow.raw_sockets",
    "allow.chflags",
    "allow.mount",
    "allow.quotas",
    "allow.socket_af",
    "allow.mlock",
    "allow.reserved_ports",
    "allow.read_msgbuf",
    "allow.unprivileged_proc_debug",
    "allow.suser",
    "allow.nfsd",
    "allow.mount.devfs",
    "allow.mount.fdescfs",
    "allow.mount.nullfs",
    "allow.mount.procfs",
    "allow.mount.tmpfs",
    "allow.mount.zfs",
)

BIT: Final[dict[str, int]] = {name: 1 << number for number, name in enumerate(NAMES)}
ALL: Final[int] = sum(BIT.values())
SUSER: Final[int] = BIT["allow.suser"]
UNPRIVILEGED_PROC_DEBUG: Final[int] = BIT["allow.unprivileged_proc_debug"]

# Permissions of later kernels only; prison0 has all of them but the last.
LATER = (
    "allow.extattr",
    "allow.adjtime",
    "allow.settime",
    "allow.routing",
    "allow.setaudit",
    "allow.unprivileged_parent_tampering",
)
LATER_BIT: dict[str, int] = {name: 1 << len(NAMES) + number for number, name in enumerate(LATER)}
PRISON0: Final[int] = ALL | sum(LATER_BIT[name] for name in LATER[:-1])

# PR_ALLOW_DIFFERENCES: a jail may have this permission even if its parent does not.
DIFFERENCES: Final[int] = UNPRIVILEGED_PROC_DEBUG

# jail_default_allow: a new jail gets those of these that its parent has.
DEFAULT: Final[int] = (
    BIT["allow.set_hostname"] | BIT["allow.reserved_ports"] | UNPRIVILEGED_PROC_DEBUG | SUSER
)
