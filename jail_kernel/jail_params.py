"""What jail_set does to a prison that it found or made: defaults, last checks, setting.

kern_jail.c, kern_jail_set().  Names and limits are checked against `ppr`; `mypr` is the caller's.
"""

from typing import Final

from jail_kernel import allow
from jail_kernel.call import Errno, Result, user_text
from jail_kernel.inet import (
    addrs_of,
    prison_ip_conflict_check,
    prison_ip_parent_match,
    set_addrs,
)
from jail_kernel.jail_conf import JailConf, unknown_parameter
from jail_kernel.kernel import Kernel, c_string
from jail_kernel.lookup import name_offset, prison_find_name
from jail_kernel.options import strtoul
from jail_kernel.reference import ALIVE, count_child, descendants, prison_proc_hold
from jail_kernel.state import NAME_SIZE, Prison

EINVAL: Final = Result(Errno.EINVAL)
EPERM: Final = Result(Errno.EPERM)
ENAMETOOLONG: Final = Result(Errno.ENAMETOOLONG)
VNET_WITH_ADDRS = "vnet jails cannot have IP address restrictions"
NUMERIC_NAME = "name cannot be numeric (unless it is the jid)"

TITLE = {"ip4": "IPv4", "ip6": "IPv6"}


class Target:
    """The jail that a jail_set is about, and the jail that it is checked against."""

    def __init__(self, jid: int, name: str | None, ppr: Prison) -> None:
        self.jid = jid  # the jid asked for, or chosen; 0: none
        self.name = name  # the name as given
        self.ppr = ppr  # the presumed parent, whose names and limits count
        self.pr: Prison | None = None  # the jail found; None: make one
        self.deadpr: Prison | None = None  # a dying jail that has the jid asked for
        self.namelc: str | None = None  # the last component of the name; None: leave it alone


# NAMES


def find_parent(k: Kernel, mypr: Prison, target: Target) -> Result | None:
    """Split the name; a parent part sets the presumed parent, or must agree with it."""
    if target.name is None:
        return None
    parent, dot, target.namelc = target.name.rpartition(".")
    if not dot:
        return None
    if target.pr is not None:
        if parent != target.ppr.name:
            return Result(Errno.EINVAL, None, "cannot change jail's parent")
        return None
    ppr = prison_find_name(k, mypr, parent)
    if ppr is None:
        return Result(Errno.ENOENT, None, f'jail "{user_text(parent)}" not found')
    if ppr.state is not ALIVE:
        return Result(Errno.ENOENT, None, f'jail "{user_text(parent)}" is dying')
    target.ppr = ppr
    return None


# NEW JAILS


def make_prison(
    k: Kernel, mypr: Prison, ppr: Prison, jid: int, conf: JailConf, path: str | None
) -> Prison:
    """A prison with the defaults of a child of `ppr`, not alive yet."""
    prison_proc_hold(k, ppr)
    ppr.ref += 1
    pr = k.new_prison(jid, ppr)
    count_child(k, ppr, 1)
    pr.securelevel = ppr.securelevel
    pr.devfs_ruleset = ppr.devfs_ruleset
    pr.osreldate = ppr.osreldate if conf.osreldate is None else conf.osreldate
    pr.osrelease = ppr.osrelease if conf.osrelease is None else conf.osrelease
    pr.allow = allow.DEFAULT & ppr.allow
    pr.root = mypr.root
    if path is not None:
        pr.root = path
        k.set_name(pr, pr.buf[:NAME_SIZE] + path)
    pr.vnet = bool(conf.vnet)
    if not pr.vnet:
        inherit_addrs(k, pr, "ip4", conf.ip4_user)
        inherit_addrs(k, pr, "ip6", conf.ip6_user)
    return pr


def inherit_addrs(k: Kernel, pr: Prison, family: str, on: bool | None) -> None:
    """The flags of one address family, and the parent's list if it is inherited."""
    ppr = pr.parent
    inherited = on is False
    restrict = inherited is False or (ppr.ip4_restrict if family == "ip4" else ppr.ip6_restrict)
    if family == "ip4":
        pr.ip4_user, pr.ip4_restrict = not inherited, restrict
    else:
        pr.ip6_user, pr.ip6_restrict = not inherited, restrict
    if inherited:
        k.set_addrs(pr, family, addrs_of(ppr, family))


# LAST CHECKS


def check_params(
    k: Kernel, mypr: Prison, target: Target, pr: Prison, conf: JailConf
) -> Result | None:
    """The checks that need the prison.  None if all pass."""
    ppr = target.ppr
    return (
        (None if target.pr is None else check_fixed(pr, conf))
        or check_limits(k, mypr, ppr, conf)
        or check_addrs(k, ppr, pr, conf, "ip4")
        or check_addrs(k, ppr, pr, conf, "ip6")
        or check_name(k, pr, target)
        or check_allow(ppr, conf)
        or (None if conf.unknown is None else unknown_parameter(conf.unknown))
    )


def check_fixed(pr: Prison, conf: JailConf) -> Result | None:
    """Parameters that an existing jail cannot change."""
    if pr.vnet and not (conf.ip4_user is None and conf.ip6_user is None):
        return Result(Errno.EINVAL, None, VNET_WITH_ADDRS)
    if conf.ip4_user is not None and conf.ip4_user != pr.ip4_user:
        return Result(Errno.EINVAL, None, "ip4 cannot be changed after creation")
    if conf.ip6_user is not None and conf.ip6_user != pr.ip6_user:
        return Result(Errno.EINVAL, None, "ip6 cannot be changed after creation")
    return None


def check_limits(k: Kernel, mypr: Prison, ppr: Prison, conf: JailConf) -> Result | None:
    """A jail is never less restricted than the one above it."""
    if conf.securelevel is not None and conf.securelevel < ppr.securelevel:
        return EPERM
    if conf.childmax is not None and conf.childmax >= ppr.childmax:
        return EPERM
    if conf.enforce_statfs is not None and conf.enforce_statfs < ppr.enforce_statfs:
        return EPERM
    rsnum = conf.devfs_ruleset
    if rsnum is not None:
        if not 0 <= rsnum <= 65535:
            return EINVAL
        if mypr is not k.prison0 and rsnum > 0 and rsnum != ppr.devfs_ruleset:
            return EPERM
    return None


def check_addrs(k: Kernel, ppr: Prison, pr: Prison, conf: JailConf, family: str) -> Result | None:
    """Addresses must be among the parent's, and no other jail's."""
    addrs = conf.ip4 if family == "ip4" else conf.ip6
    if addrs is None:
        return None
    if not prison_ip_parent_match(ppr, family, addrs):
        return EPERM
    if prison_ip_conflict_check(k, ppr, pr, family, addrs):
        return Result(Errno.EADDRINUSE, None, f"{TITLE[family]} addresses clash")
    return None


def check_name(k: Kernel, pr: Prison, target: Target) -> Result | None:
    """The last component must not be a number other than the jid, nor make any name too long."""
    namelc = target.namelc
    if namelc is None:
        return None
    if namelc:
        value, whole = strtoul(namelc)
        if whole and (value != target.jid or namelc[0] not in "123456789"):
            return Result(Errno.EINVAL, None, NUMERIC_NAME)
    else:
        namelc = target.namelc = str(target.jid)
    offset = name_offset(k, target.ppr)
    old, new = len(c_string(pr.buf, offset)), len(namelc)
    if offset + new + 1 > NAME_SIZE:
        return ENAMETOOLONG
    for tpr in descendants(pr):
        if not 0 <= len(tpr.name) + new - old < NAME_SIZE:
            return ENAMETOOLONG
    return None


def check_allow(ppr: Prison, conf: JailConf) -> Result | None:
    """A jail cannot be given a permission that its parent does not have."""
    missing = conf.allow_on & ~ppr.allow & ~allow.DIFFERENCES
    return EPERM if missing else None


# SETTING


def set_params(k: Kernel, mypr: Prison, target: Target, pr: Prison, conf: JailConf) -> bool:
    """Set all parameters; True if the user reference of persist must still be given back."""
    k.lock(pr)
    if conf.ip4_user:
        set_addrs(k, pr, "ip4", conf.ip4)
    if conf.ip6_user:
        set_addrs(k, pr, "ip6", conf.ip6)
    set_numbers(k, mypr, target.ppr, pr, conf)
    if target.namelc is not None:
        set_name(k, target.ppr, pr, target.namelc)
    set_host(k, pr, conf)
    set_allow(k, pr, conf)
    if conf.ip4_saddrsel is not None:
        pr.ip4_saddrsel = conf.ip4_saddrsel
    if conf.ip6_saddrsel is not None:
        pr.ip6_saddrsel = conf.ip6_saddrsel
    return set_persist(pr, conf)


def set_numbers(k: Kernel, mypr: Prison, ppr: Prison, pr: Prison, conf: JailConf) -> None:
    """securelevel, children.max, enforce_statfs, devfs_ruleset; descendants follow."""
    if conf.securelevel is not None:
        pr.securelevel = conf.securelevel
        for tpr in descendants(pr):
            k.lock(tpr)
            tpr.securelevel = max(tpr.securelevel, pr.securelevel)
    if conf.childmax is not None:
        pr.childmax = conf.childmax
        limit_children(k, pr)
    if conf.enforce_statfs is not None:
        pr.enforce_statfs = conf.enforce_statfs
        for tpr in descendants(pr):
            k.lock(tpr)
            tpr.enforce_statfs = max(tpr.enforce_statfs, pr.enforce_statfs)
    if conf.devfs_ruleset is not None:
        inherited = mypr is not k.prison0
        pr.devfs_ruleset = ppr.devfs_ruleset if inherited else conf.devfs_ruleset
        for tpr in descendants(pr):
            k.lock(tpr)
            tpr.devfs_ruleset = pr.devfs_ruleset


def limit_children(k: Kernel, pr: Prison) -> None:
    """Make children.max at each level below smaller than at the level above."""
    limits = {pr: pr.childmax}
    for tpr in descendants(pr):
        limits[tpr] = limits[tpr.parent] - 1
        if tpr.childmax > limits[tpr]:
            k.lock(tpr)
            tpr.childmax = max(limits[tpr], 0)


def set_name(k: Kernel, ppr: Prison, pr: Prison, namelc: str) -> None:
    """Set the name, and patch it into the names of all descendants.

    The offsets count the last component only.  So the names below a nested jail come out garbled,
    and a long one runs into the path after it.  kern_jail.c, kern_jail_set().
    """
    old = len(c_string(pr.buf, name_offset(k, ppr)))
    new = len(namelc)
    name = namelc if ppr is k.prison0 else f"{ppr.name}.{namelc}"
    k.set_name(pr, overwrite(pr.buf, 0, name[: NAME_SIZE - 1] + "\0"))
    for tpr in descendants(pr):
        rest = c_string(tpr.buf, old)
        buf = overwrite(tpr.buf, new, rest + "\0")
        k.set_name(tpr, overwrite(buf, 0, pr.buf[:new]))


def overwrite(buf: str, offset: int, text: str) -> str:
    """bcopy(text, buf + offset, length of text)."""
    return buf[:offset].ljust(offset, "\0") + text + buf[offset + len(text) :]


def set_host(k: Kernel, pr: Prison, conf: JailConf) -> None:
    """Give the jail its own host data with the given values, or its parent's data."""
    if conf.host is None:
        return
    values = (conf.hostname, conf.domainname, conf.hostuuid, conf.hostid)
    if any(value is not None for value in values):
        set_host_values(k, pr, conf)
    elif not conf.host and pr.host:
        ppr = pr.parent
        pr.hostname, pr.domainname = ppr.hostname, ppr.domainname
        pr.hostuuid, pr.hostid = ppr.hostuuid, ppr.hostid
    pr.host = conf.host


def set_host_values(k: Kernel, pr: Prison, conf: JailConf) -> None:
    """Set the values here and in all below that share them."""
    for tpr in [pr, *descendants(pr, into=lambda tpr: not tpr.host)]:
        k.lock(tpr)
        if conf.hostname is not None:
            tpr.hostname = conf.hostname
        if conf.domainname is not None:
            tpr.domainname = conf.domainname
        if conf.hostuuid is not None:
            tpr.hostuuid = conf.hostuuid
        if conf.hostid is not None:
            tpr.hostid = conf.hostid


def set_allow(k: Kernel, pr: Prison, conf: JailConf) -> None:
    """Give permissions to this jail only; take them from all jails below as well."""
    pr.allow = (pr.allow | conf.allow_on) & ~conf.allow_off
    if conf.allow_off:
        for tpr in descendants(pr):
            k.lock(tpr)
            tpr.allow &= ~conf.allow_off


def set_persist(pr: Prison, conf: JailConf) -> bool:
    """Take persist's references, or give one back; True if the other must still be given back."""
    if conf.persist is None or conf.persist == pr.persist:
        return False
    if conf.persist:
        pr.persist = True
        pr.ref += 1
        pr.uref += 1
        return False
    pr.persist = False
    pr.ref -= 1
    return True
