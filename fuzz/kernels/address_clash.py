"""Live jails that have an address in common and may not."""

from collections.abc import Iterator

from prison.inet import addrs_of, user
from prison.jail_conf import ADDR_SIZE
from prison.kernel import Kernel, by_jid
from prison.reference import ALIVE, ancestry
from prison.state import Prison


def live_addrs(k: Kernel) -> Iterator[tuple[int, str]]:
    """No live jail has an address for which jail_set would refuse it (EADDRINUSE): another live
    jail of the same network stack, neither above it nor below it, has it too, and one of the two
    has more than one.
    """
    for addr, having in k.addrs.items():
        family = "ip4" if len(addr) == ADDR_SIZE["ip4"] else "ip6"
        live = [pr for pr in having if is_live_user(k, pr, family)] if len(having) > 1 else []
        for pr in sorted(live, key=by_jid)[1:]:
            if any(clash(k, pr, other, family) for other in live if other.jid < pr.jid):
                yield pr.jid, "an address that another live jail has"


def is_live_user(k: Kernel, pr: Prison, family: str) -> bool:
    """A jail with a list of its own, alive with all above it; prison0 has none."""
    return user(pr, family) and all(each.state is ALIVE for each in ancestry(k, pr))


def clash(k: Kernel, pr: Prison, other: Prison, family: str) -> bool:
    """Two jails that have an address in common may not."""
    apart = pr not in ancestry(k, other) and other not in ancestry(k, pr)
    single = all(len(addrs_of(each, family) or ()) == 1 for each in (pr, other))
    return apart and not single and network(k, pr) is network(k, other)


def network(k: Kernel, pr: Prison) -> Prison:
    """The jail whose network stack a jail has."""
    return next(each for each in ancestry(k, pr) if each.vnet or each is k.prison0)
