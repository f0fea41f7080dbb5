"""Address lists of jails: restriction to the parent's, clashes.  kern_jail.c, prison_ip_*()."""

from prison.kernel import Kernel
from prison.reference import ALIVE, descendants
from prison.state import Prison

Addrs = tuple[bytes, ...]


def user(pr: Prison, family: str) -> bool:
    """PR_IP4_USER or PR_IP6_USER: the jail has, or has no, addresses of its own."""
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

    The kernel walks down from the stack's owner; we look the addresses up and walk up.
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
    """True if the walk from `owner` reaches `tpr`: it skips what is below `pr`, a dying jail, a
    jail with its own stack, or a jail with its own addresses.
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
    """Restrict `pr` to a list, and with it its descendants, but not other network stacks.
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
    """Keep of a jail's list what its parent still has.  kern_jail.c, prison_ip_restrict()."""
    own, parents = addrs_of(pr, family), addrs_of(pr.parent, family)
    if parents is None:
        k.set_addrs(pr, family, None)
    elif not user(pr, family):
        k.set_addrs(pr, family, parents)
    elif own is not None:
        k.set_addrs(pr, family, kept_addrs(own, parents) or None)


def kept_addrs(own: Addrs, parents: Addrs) -> Addrs:
    """The merge of the sorted lists, first addresses apart; as the kernel does it, which loses
    addresses that both have if the first is in neither place.
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
