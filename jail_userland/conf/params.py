"""Parameters and jails as jail(8) keeps them.  usr.sbin/jail/jailp.h and config.c."""

from dataclasses import dataclass, field
from enum import IntFlag

from jail_userland.libc import int32, strtol


class PF(IntFlag):
    """Flags of a parameter."""

    VAR = 0x0001  # a variable, not a true parameter
    APPEND = 0x0002  # append to an existing list
    BAD = 0x0004  # its value cannot be found
    INTERNAL = 0x0008  # not passed to the kernel
    BOOL = 0x0010
    INT = 0x0020
    CONV = 0x0040  # a second, converted form of a parameter
    REV = 0x0080  # its commands run in reverse order on stopping
    IMMUTABLE = 0x0100
    NAMEVAL = 0x0200  # written as "name value"


NO_FLAGS = PF(0)

# The parameters that jail(8) looks at itself, by the key under which a jail keeps them.
IP4_IFADDR = "ip4.addr (to ifconfig)"
IP6_IFADDR = "ip6.addr (to ifconfig)"
MOUNT_FROM_FSTAB = "mount.fstab (a line)"
OP = "the operation itself"
_BOOL = PF.INTERNAL | PF.BOOL
_INT = PF.INTERNAL | PF.INT
_CONVERTED = PF.INTERNAL | PF.CONV | PF.REV

INTPARAMS: dict[str, PF] = {
    "allow.dying": _BOOL,
    "command": PF.INTERNAL,
    "depend": PF.INTERNAL,
    "exec.clean": _BOOL,
    "exec.consolelog": PF.INTERNAL,
    "exec.fib": _INT,
    "exec.jail_user": PF.INTERNAL,
    "exec.poststart": PF.INTERNAL,
    "exec.poststop": PF.INTERNAL,
    "exec.prepare": PF.INTERNAL,
    "exec.prestart": PF.INTERNAL,
    "exec.prestop": PF.INTERNAL,
    "exec.release": PF.INTERNAL,
    "exec.created": PF.INTERNAL,
    "exec.start": PF.INTERNAL,
    "exec.stop": PF.INTERNAL,
    "exec.system_jail_user": _BOOL,
    "exec.system_user": PF.INTERNAL,
    "exec.timeout": _INT,
    "interface": PF.INTERNAL,
    "ip_hostname": _BOOL,
    "mount": PF.INTERNAL | PF.REV,
    "mount.devfs": _BOOL,
    "mount.fdescfs": _BOOL,
    "mount.procfs": _BOOL,
    "mount.fstab": PF.INTERNAL,
    "stop.timeout": _INT,
    "vnet.interface": PF.INTERNAL,
    "allow.chflags": NO_FLAGS,
    "allow.mount": NO_FLAGS,
    "allow.raw_sockets": NO_FLAGS,
    "allow.set_hostname": NO_FLAGS,
    "allow.socket_af": NO_FLAGS,
    "allow.sysvipc": NO_FLAGS,
    "devfs_ruleset": NO_FLAGS,
    "host.hostname": NO_FLAGS,
    "ip4.addr": NO_FLAGS,
    "ip6.addr": NO_FLAGS,
    "jid": PF.IMMUTABLE,
    "name": PF.IMMUTABLE,
    "path": NO_FLAGS,
    "persist": NO_FLAGS,
    "securelevel": NO_FLAGS,
    "vnet": NO_FLAGS,
}
INTPARAMS_15 = {**INTPARAMS, "zfs.dataset": PF.INTERNAL}  # [15: U3]
CONVERTED = {IP4_IFADDR: "ip4.addr", IP6_IFADDR: "ip6.addr", MOUNT_FROM_FSTAB: "mount.fstab"}


@dataclass(slots=True)
class CfVar:
    """A variable to be put into a string."""

    name: str
    pos: int


@dataclass(slots=True, eq=False)
class CfString:
    """One value of a parameter."""

    s: str
    vars: list[CfVar] = field(default_factory=list)

    def copy(self) -> "CfString":
        """An independent copy."""
        return CfString(self.s, [CfVar(var.name, var.pos) for var in self.vars])


@dataclass(slots=True, eq=False)
class CfParam:
    """A parameter or variable with its values."""

    name: str
    flags: PF = NO_FLAGS
    val: list[CfString] = field(default_factory=list)
    gen: int = 0


def same_options(name: str) -> list[str]:
    """All names of one option, this one first: with and without a "no" before the whole name, or
    before what follows a dot.  equalopts().
    """
    found = [name]
    start = 0
    while True:
        head, rest = name[:start], name[start:]
        found.append(f"{head}no{rest}")
        if rest.startswith("no"):
            found.append(head + rest[2:])
        start = name.find(".", start) + 1
        if not start:
            return found


def bool_param(param: CfParam | None) -> bool:
    """Whether a boolean parameter is there and true."""
    if param is None:
        return False
    negated = param.name.rpartition(".")[2].startswith("no")
    if not param.val:
        return not negated
    last = param.val[-1].s
    return negated ^ (last.lower() == "true" or strtol(last)[0] != 0)


def int_param(param: CfParam | None) -> int | None:
    """The value of an integer parameter, or None if it has none."""
    return int32(strtol(param.val[-1].s)[0]) if param is not None and param.val else None


def string_param(param: CfParam | None) -> str | None:
    """The last value of a parameter, or None if it has none."""
    return param.val[-1].s if param is not None and param.val else None


def wild_jail_match(jname: str, wname: str) -> bool:
    """Whether a jail's name fits a wildcard: "*" is one component, at the end any number."""
    names, wilds = jname.split("."), wname.split(".")
    while len(names) > 1 and len(wilds) > 1:
        if wilds[0] not in ("*", names[0]):
            return False
        del names[0], wilds[0]
    return wilds in (["*"], names)


def wild_jail_name(name: str) -> bool:
    """Whether a name has a component that is "*"."""
    return "*" in name.split(".")
