"""The parameters that exist: the sysctls security.jail.param.* of the kernel models."""

from dataclasses import dataclass
from enum import StrEnum

MAXHOSTNAMELEN = 256
MAXPATHLEN = 1024


class Type(StrEnum):
    """The type of a parameter's value."""

    BOOL = "bool"
    JAILSYS = "jailsys"
    INT = "int"
    ULONG = "ulong"
    STRING = "string"
    IN_ADDR = "in_addr"
    IN6_ADDR = "in6_addr"


class Access(StrEnum):
    """Who may set a parameter, and when."""

    READ = "read-only"
    CREATE = "on creation only"  # CTLFLAG_RDTUN
    WRITE = "at any time"


@dataclass(frozen=True, slots=True)
class ParamType:
    """The sysctl's description of a parameter."""

    type: Type
    access: Access = Access.WRITE
    size: int = 4  # of the value; of one address of a list


ALLOW = (
    "chflags",
    "mlock",
    "mount",
    "mount.devfs",
    "mount.fdescfs",
    "mount.nullfs",
    "mount.procfs",
    "mount.tmpfs",
    "mount.zfs",
    "nfsd",
    "quotas",
    "raw_sockets",
    "read_msgbuf",
    "reserved_ports",
    "set_hostname",
    "socket_af",
    "suser",
    "sysvipc",
    "unprivileged_proc_debug",
)
PARAM_TYPES: dict[str, ParamType] = {
    "jid": ParamType(Type.INT, Access.CREATE),
    "parent": ParamType(Type.INT, Access.READ),
    "name": ParamType(Type.STRING, size=MAXHOSTNAMELEN),
    "path": ParamType(Type.STRING, Access.CREATE, size=MAXPATHLEN),
    "securelevel": ParamType(Type.INT),
    "enforce_statfs": ParamType(Type.INT),
    "devfs_ruleset": ParamType(Type.INT),
    "persist": ParamType(Type.BOOL),
    "dying": ParamType(Type.BOOL, Access.READ),
    "osreldate": ParamType(Type.INT, Access.CREATE),
    "osrelease": ParamType(Type.STRING, Access.CREATE, size=32),
    "vnet": ParamType(Type.JAILSYS, Access.CREATE),
    "cpuset.id": ParamType(Type.INT, Access.READ),
    "children.cur": ParamType(Type.INT, Access.READ),
    "children.max": ParamType(Type.INT),
    "host": ParamType(Type.JAILSYS),
    "host.hostname": ParamType(Type.STRING, size=MAXHOSTNAMELEN),
    "host.domainname": ParamType(Type.STRING, size=MAXHOSTNAMELEN),
    "host.hostuuid": ParamType(Type.STRING, size=64),
    "host.hostid": ParamType(Type.ULONG, size=8),
    "ip4": ParamType(Type.JAILSYS, Access.CREATE),
    "ip4.addr": ParamType(Type.IN_ADDR, size=4),
    "ip4.saddrsel": ParamType(Type.BOOL),
    "ip6": ParamType(Type.JAILSYS, Access.CREATE),
    "ip6.addr": ParamType(Type.IN6_ADDR, size=16),
    "ip6.saddrsel": ParamType(Type.BOOL),
    **{f"allow.{name}": ParamType(Type.BOOL) for name in ALLOW},
}
# Further parameters of a real system, from modules or from parts of the kernel that are not
# modelled.
UNMODELLED: dict[str, ParamType] = {
    **dict.fromkeys(("linux", "sysvmsg", "sysvsem", "sysvshm"), ParamType(Type.JAILSYS)),
    "linux.osname": ParamType(Type.STRING, size=MAXHOSTNAMELEN),
    "linux.osrelease": ParamType(Type.STRING, size=MAXHOSTNAMELEN),
    "linux.oss_version": ParamType(Type.INT),
    "zfs.mount_snapshot": ParamType(Type.INT),
    **dict.fromkeys(
        (
            "allow.adjtime",
            "allow.extattr",
            "allow.mount.fusefs",
            "allow.mount.linprocfs",
            "allow.mount.linsysfs",
            "allow.routing",
            "allow.settime",
            "allow.unprivileged_parent_tampering",
            "allow.vmm",
        ),
        ParamType(Type.BOOL),
    ),
}
LASTJID = ParamType(Type.INT)
