"""The parameters of one jail_set(2), with all checks that do not depend on any jail.

kern_jail.c, kern_jail_set(), from "Check all the parameters before committing to anything" on.
The first check that fails hides the later ones, so the caller can see their order.
"""

from collections.abc import Sequence
from typing import Final

from jail_kernel import allow
from jail_kernel.call import (
    JAIL_ATTACH,
    JAIL_CREATE,
    JAIL_DYING,
    JAIL_UPDATE,
    Errno,
    JailSet,
    Result,
    user_text,
)
from jail_kernel.options import Option, build_options, no_name

MAXHOSTNAMELEN: Final = 256
HOSTUUIDLEN: Final = 64
OSRELEASELEN: Final = 32
JAIL_MAX_AF_IPS: Final = 255

ADDR_SIZE: Final = {"ip4": 4, "ip6": 16}
NO_ADDRS: Final = frozenset({bytes(4), b"\xff" * 4, bytes(16)})

SET_FLAGS: Final = JAIL_CREATE | JAIL_UPDATE | JAIL_ATTACH | JAIL_DYING

KNOWN: Final = frozenset(
    {"jid", "securelevel", "children.max", "enforce_statfs", "devfs_ruleset"}
    | {"persist", "nopersist"}
    | {"ip4.saddrsel", "ip4.nosaddrsel", "ip6.saddrsel", "ip6.nosaddrsel"}
    | {"host", "vnet", "ip4", "ip6", "ip4.addr", "ip6.addr"}
    | {"name", "host.hostname", "host.domainname", "host.hostuuid", "host.hostid"}
    | {"osrelease", "osreldate", "path", "errmsg"}
)


class ConfError(Exception):
    """A check failed; the argument is the answer to the call."""


class JailConf:
    """What a jail_set asks for; None means not mentioned."""

    def __init__(self) -> None:
        self.jid = 0  # 0: none
        self.name: str | None = None
        self.path: str | None = None
        self.securelevel: int | None = None
        self.childmax: int | None = None
        self.enforce_statfs: int | None = None
        self.devfs_ruleset: int | None = None
        self.persist: bool | None = None
        self.ip4_saddrsel: bool | None = None
        self.ip6_saddrsel: bool | None = None
        self.host: bool | None = None
        self.vnet: bool | None = None
        self.ip4_user: bool | None = None
        self.ip6_user: bool | None = None
        self.ip4: tuple[bytes, ...] | None = None  # the list, if ip4_user is on
        self.ip6: tuple[bytes, ...] | None = None
        self.allow_on = 0
        self.allow_off = 0
        self.hostname: str | None = None
        self.domainname: str | None = None
        self.hostuuid: str | None = None
        self.hostid: int | None = None
        self.osrelease: str | None = None
        self.osreldate: int | None = None
        self.unknown: str | None = None  # the first option that no check reads


def einval(errmsg: str | None = None) -> ConfError:
    """EINVAL, with or without a message."""
    return ConfError(Result(Errno.EINVAL, None, errmsg))


def jail_conf(call: JailSet) -> JailConf | Result:
    """The checked parameters, or the answer to the first check that fails.

    The result depends on the call alone, so it is cached there.
    """
    conf = call.memo.get(check_conf)
    if conf is None:
        try:
            conf = check_conf(call)
        except ConfError as error:
            conf = error.args[0]
        call.memo[check_conf] = conf
    if isinstance(conf, JailConf):
        return conf
    assert isinstance(conf, Result)
    return conf


def check_conf(call: JailSet) -> JailConf:
    """All checks in the kernel's order; raises ConfError."""
    options = build_options(call.params)
    if options is None:
        raise einval()
    flags = call.flags
    if not flags & (JAIL_CREATE | JAIL_UPDATE):
        raise einval("no valid operation (create or update)")
    opts = dict(options)
    conf = JailConf()
    check_numbers(conf, opts)
    check_booleans(conf, opts)
    check_jailsys(conf, opts)
    if flags & (JAIL_CREATE | JAIL_ATTACH) == JAIL_CREATE and not conf.persist:
        raise einval("new jail must persist or attach")
    if flags & JAIL_UPDATE:
        for name in ("vnet", "ip4", "ip6"):
            refuse_update(name, update=name in opts)
    check_allow(conf, opts)
    check_name_and_host(conf, opts)
    check_addrs(conf, opts, "ip4", "IPv4")
    check_addrs(conf, opts, "ip6", "IPv6")
    if conf.vnet is not None and not (conf.ip4_user is None and conf.ip6_user is None):
        raise einval("vnet jails cannot have IP address restrictions")
    check_os(conf, opts, update=bool(flags & JAIL_UPDATE))
    conf.unknown = first_unknown(options)
    return conf


def check_numbers(conf: JailConf, opts: dict[str, bytes]) -> None:
    """jid and the other plain numbers: their sizes, and the range of enforce_statfs."""
    conf.jid = number(opts, "jid") or 0
    conf.securelevel = number(opts, "securelevel")
    conf.childmax = number(opts, "children.max")
    conf.enforce_statfs = number(opts, "enforce_statfs")
    if conf.enforce_statfs is not None and not 0 <= conf.enforce_statfs <= 2:
        raise einval()
    conf.devfs_ruleset = number(opts, "devfs_ruleset")


def check_booleans(conf: JailConf, opts: dict[str, bytes]) -> None:
    """Booleans: only their presence counts, their values are ignored."""
    conf.persist = flag(opts, "persist", "nopersist")
    conf.ip4_saddrsel = flag(opts, "ip4.saddrsel", "ip4.nosaddrsel")
    conf.ip6_saddrsel = flag(opts, "ip6.saddrsel", "ip6.nosaddrsel")


def check_jailsys(conf: JailConf, opts: dict[str, bytes]) -> None:
    """host, vnet, ip4, ip6: 0 disable, 1 new, 2 inherit; host and vnet cannot be disabled."""
    conf.host = jailsys(opts, "host", lowest=1)
    conf.vnet = jailsys(opts, "vnet", lowest=1)
    conf.ip4_user = jailsys(opts, "ip4", lowest=0)
    conf.ip6_user = jailsys(opts, "ip6", lowest=0)


def check_allow(conf: JailConf, opts: dict[str, bytes]) -> None:
    """allow.*: recorded here, checked against the parent later."""
    for name in opts:
        if name.startswith("allow."):
            if name in allow.BIT:
                conf.allow_on |= allow.BIT[name]
            elif name in NO_ALLOW:
                conf.allow_off |= NO_ALLOW[name]


def check_name_and_host(conf: JailConf, opts: dict[str, bytes]) -> None:
    """name and the host.* values; any host.* value implies host=new."""
    conf.name = string(opts, "name", MAXHOSTNAMELEN)
    conf.hostname = string(opts, "host.hostname", MAXHOSTNAMELEN)
    conf.domainname = string(opts, "host.domainname", MAXHOSTNAMELEN)
    conf.hostuuid = string(opts, "host.hostuuid", HOSTUUIDLEN)
    conf.hostid = number(opts, "host.hostid", size=8)
    values = (conf.hostname, conf.domainname, conf.hostuuid, conf.hostid)
    if any(value is not None for value in values):
        conf.host = True


def check_addrs(conf: JailConf, opts: dict[str, bytes], family: str, title: str) -> None:
    """An address list: the first stays first, the others are sorted.  It implies ip4=new."""
    packed = opts.get(f"{family}.addr")
    if packed is None:
        return
    size = ADDR_SIZE[family]
    if len(packed) % size:
        raise einval()
    addrs = [packed[i : i + size] for i in range(0, len(packed), size)]
    if len(addrs) > JAIL_MAX_AF_IPS:
        raise einval(f"too many {title} addresses")
    if len(set(addrs)) < len(addrs) or not NO_ADDRS.isdisjoint(addrs):
        raise einval()
    setattr(conf, f"{family}_user", True)
    setattr(conf, family, (addrs[0], *sorted(addrs[1:])) if addrs else None)


def check_os(conf: JailConf, opts: dict[str, bytes], *, update: bool) -> None:
    """osrelease, osreldate, path: only for a jail that does not exist yet."""
    if "osrelease" in opts:
        refuse_update("osrelease", update=update)
        message = "osrelease string must be 1-31 bytes long"
        conf.osrelease = string(opts, "osrelease", OSRELEASELEN - 1, message)
    conf.osreldate = number(opts, "osreldate")
    if conf.osreldate is not None:
        refuse_update("osreldate", update=update)
        if conf.osreldate == 0:
            raise einval("osreldate cannot be 0")
    if "path" in opts:
        refuse_update("path", update=update)
        conf.path = string(opts, "path", None)


def refuse_update(name: str, *, update: bool) -> None:
    """Refuse a parameter that is fixed at creation if the call may update a jail."""
    if update:
        raise einval(f"{name} cannot be changed after creation")


def first_unknown(options: Sequence[Option]) -> str | None:
    """The name of the first option that no check reads."""
    for name, _ in options:
        if name not in KNOWN and name not in allow.BIT and name not in NO_ALLOW:
            return name
    return None


NO_ALLOW: Final = {no_name(name): bit for name, bit in allow.BIT.items()}


def number(opts: dict[str, bytes], name: str, size: int = 4) -> int | None:
    """A C number of exactly `size` bytes.  vfs_copyopt()."""
    value = opts.get(name)
    if value is None:
        return None
    if len(value) != size:
        raise einval()
    return int.from_bytes(value, "little", signed=size == 4)


def flag(opts: dict[str, bytes], name: str, noname: str) -> bool | None:
    """A boolean: True or False by which of its names is present.  vfs_flagopt()."""
    if name in opts:
        return True
    return False if noname in opts else None


def jailsys(opts: dict[str, bytes], name: str, lowest: int) -> bool | None:
    """A JAIL_SYS_* number: True for disable and new, False for inherit."""
    value = number(opts, name)
    if value is None:
        return None
    if not lowest <= value <= 2:
        raise einval()
    return value != 2


def string(
    opts: dict[str, bytes], name: str, size: int | None, errmsg: str | None = None
) -> str | None:
    """A C string in a buffer of `size` bytes; bytes after the first NUL count towards the size."""
    value = opts.get(name)
    if value is None:
        return None
    if not value.endswith(b"\0"):
        raise einval()
    if size is not None and len(value) > size:
        raise ConfError(Result(Errno.ENAMETOOLONG, None, errmsg))
    return value.partition(b"\0")[0].decode("latin-1")


def unknown_parameter(name: str) -> Result:
    """The answer to a parameter that no check reads."""
    return Result(Errno.EINVAL, None, f"unknown parameter: {user_text(name)}")
