"""Address lists of jails: limits set by the parent, and clashes.  kern_jail.c, prison_ip_*()."""

from jail_kernel.kernel import Kernel
from jail_kernel.reference import ALIVE, descendants
from jail_kernel.state import Prison

Addrs = tuple[bytes, ...]


def user(pr: Prison, family: str) -> bool:
    """PR_IP4_USER or PR_IP6_USER: the jail has its own list of addresses, which may be empty."""
    return pr.ip4_user if family == "ip4" else pr.ip6_user


def addrs_of(pr: Prison, family: str) -> Addrs | None:
    """The address list, if there is one."""
    return pr.ip4 if family == "ip4" else pr.ip6


def prison_ip_parent_match(ppr: Prison, family: str, addrs: Addrs) -> bool:
    """True if a child of `ppr` may have these addresses.  prison_ip_parent_match()."""
    restrict = ppr.ip4_restrict if family == "ip4" else ppr.ip6_restrict
    return not restrict or set(addrs) <= set(addrs_of(ppr, family) or ())


def prison_ip_conflict_check(k: Kernel, ppr: Prison, pr: Prison, family: str, addrs: Addrs) -> bool:
    """True if another jail of the same network stack has one of the addresses.

    The kernel walks down from the stack's owner; we use an index of addresses and walk up.
    kern_jail.c, prison_ip_conflict_check().
    """
    owner = ppr
    while owner is not k.prison0 and not owner.vnet:
        owner = owner.parent
    for addr in addrs:
        for tpr in k.addrs.get(addr, ()):
            if (
                user(tpr, family)
                and not (len(addrs) == 1 and len(addrs_of(tpr, family) or ()) == 1)
                and is_candidate(k, owner, pr, tpr, family)
            ):
                return True
    return False


def is_candidate(k: Kernel, owner: Prison, pr: Prison, tpr: Prison, family: str) -> bool:
    """True if the kernel's walk down from `owner` reaches `tpr`.

    The walk does not enter `pr`, a dying jail, or a jail with its own stack or its own addresses.
    """
    below = tpr
    while True:
        if tpr is pr or tpr.vnet or tpr.state is not ALIVE:
            return False
        if tpr is not below and user(tpr, family):
            return False
        if tpr.parent is owner:
            return True
        if tpr.parent is k.prison0:
            return False
        tpr = tpr.parent


def set_addrs(k: Kernel, pr: Prison, family: str, addrs: Addrs | None) -> None:
    """Restrict `pr` and the descendants that share its network stack to a list of addresses.
    kern_jail.c, kern_jail_set().
    """
    k.lock(pr)
    if family == "ip4":
        pr.ip4_restrict = True
    else:
        pr.ip6_restrict = True
    k.set_addrs(pr, family, addrs)
    for tpr in descendants(pr, into=lambda tpr: not tpr.vnet):
        prison_ip_restrict(k, tpr, family)


def prison_ip_restrict(k: Kernel, pr: Prison, family: str) -> None:
    """Drop a jail's addresses that its parent lost.  kern_jail.c, prison_ip_restrict()."""
    own, parents = addrs_of(pr, family), addrs_of(pr.parent, family)
    if parents is None:
        k.set_addrs(pr, family, None)
    elif not user(pr, family):
        k.set_addrs(pr, family, parents)
    elif own is not None:
        k.set_addrs(pr, family, kept_addrs(own, parents) or None)


def kept_addrs(own: Addrs, parents: Addrs) -> Addrs:
    """The addresses in both lists.  Only the first address of a list may be out of order.

    This is the kernel's merge, mistake included: it can lose addresses that both lists have.
    """
    kept = []
    i = 0
    if own[0] in parents:
        kept.append(own[0])
        i = 1
    p = 1
    while i < len(own):
        if own[i] == parents[0]:
            kept.append(own[i])
            i += 1
        elif p >= len(parents) or own[i] < parents[p]:
            i += 1
        elif own[i] == parents[p]:
            kept.append(own[i])
            i += 1
            p += 1
        else:
            p += 1
    return tuple(kept)
