"""The allow.* permission bits (pr_allow_names[] in kern_jail.c)."""

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

BIT = {name: 1 << number for number, name in enumerate(NAMES)}
ALL = sum(BIT.values())
SUSER = BIT["allow.suser"]
UNPRIVILEGED_PROC_DEBUG = BIT["allow.unprivileged_proc_debug"]

# What the system itself has: also the bits of five permissions that came later, by which no
# name of these kernels goes (descriptor_model/allow.py).
PRISON0 = ALL | 0b11111 << len(NAMES)

# PR_ALLOW_DIFFERENCES: a jail may have it though its parent has not.
DIFFERENCES = UNPRIVILEGED_PROC_DEBUG

# jail_default_allow: what a new jail gets, as far as its parent has it.
DEFAULT = BIT["allow.set_hostname"] | BIT["allow.reserved_ports"] | UNPRIVILEGED_PROC_DEBUG | SUSER
