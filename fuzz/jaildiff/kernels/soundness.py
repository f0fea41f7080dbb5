"""A fast check that all invariants hold: in one walk, or only where the last op touched anything.

Invariants are checked after very many ops, and nearly always all of them hold.  invariants.py makes
each claim on its own and says what is wrong; that is slow.  This module makes the same claims
together and only says yes or no.  If it says no, invariants.py is asked what is wrong.  Property
tests check that the two agree.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import pairwise
from operator import itemgetter
from typing import Final, TypeVar

from jail_kernel import allow
from jail_kernel.inet import addrs_of, user
from jail_kernel.jail_conf import ADDR_SIZE
from jail_kernel.kernel import Kernel, by_jid
from jail_kernel.reference import ALIVE, DYING, INVALID, ancestry
from jail_kernel.state import NAME_SIZE, PRISON_FIELDS, Prison, Proc, Ucred, was

T = TypeVar("T")

# Claims about a jail and its parent depend on these values of the parent.
PASSED_ON: Final = (
    "name",
    "state",
    "vnet",
    "securelevel",
    "enforce_statfs",
    "childmax",
    "allow",
    "ip4",
    "ip6",
    "ip4_restrict",
    "ip6_restrict",
)
passed_on: Final = itemgetter(*map(PRISON_FIELDS.index, PASSED_ON))


class Holders:
    """The holders of each open file, credential and prison, counted anew."""

    def __init__(self, k: Kernel) -> None:
        tables = k.fds.values()
        self.files = counted([file for table in tables for file in table.values() if file])
        creds = [p.cred for p in k.procs.values()]
        opened = [file.cred for file in self.files]
        self.shared = counted([*creds, *k.resources.values(), *opened])
        jails = [file.prison for file in self.files if file.prison is not None]
        self.holders = counted([*[cred.prison for cred in self.shared], *jails])
        self.procs = counted([cred.prison for cred in creds])

    def agree(self) -> bool:
        """True if every credential and every open file counts its holders correctly."""
        return all(cred.ref == due for cred, due in self.shared.items()) and all(
            file.ref == due for file, due in self.files.items()
        )

    def account_for(self, k: Kernel, pr: Prison) -> bool:
        """True if a prison has exactly as many references as holders."""
        due = pr.persist + len(pr.children) + (pr is k.prison0)
        return pr.ref == due + self.holders.get(pr, 0) and pr.uref == due + self.procs.get(pr, 0)


def counted(things: Iterable[T]) -> dict[T, int]:
    """How often each thing occurs."""
    found: dict[T, int] = {}
    for thing in things:
        found[thing] = found.get(thing, 0) + 1
    return found


def sound(k: Kernel) -> bool:
    """True if all invariants hold."""
    holders = Holders(k)
    if not (holders.agree() and holders.account_for(k, k.prison0)):
        return False
    if not all(exists(k, file.prison) for file in holders.files) or any(live_addrs(k)):
        return False
    below: dict[Prison, int] = {}
    names: set[str] = set()
    before = found = None  # the last jid, and the last jid of a jail that is not buried
    for pr in k.allprison:
        if before is not None and pr.jid < before:
            return False
        before = pr.jid
        if pr not in k.buried:
            if pr.jid == found:
                return False
            found = pr.jid
        if pr.state is ALIVE:
            if pr.name in names:
                return False
            names.add(pr.name)
        if not (holders.account_for(k, pr) and fits(pr) and fits_parent(k, pr)):
            return False
        ppr = pr
        while ppr is not k.prison0:
            ppr = ppr.parent
            below[ppr] = below.get(ppr, 0) + 1
    return all(pr.childcount == below.get(pr, 0) for pr in (k.prison0, *k.allprison))


def still_sound(k: Kernel) -> bool:
    """False if an invariant may be broken now, given that all held before the last op.

    Only objects that the op touched can break one, so only these and their neighbours are checked.
    There are two exceptions, in which everything is checked.  Open files hold jails that the op
    that closes the files need not touch.  And buried jails may share a jid, so that a jail's
    neighbours in the list say less.
    """
    if k.concerns_files or k.buried:
        return sound(k)
    creds = touched_creds(k)
    if any(cred.holders and cred.ref != cred.holders for cred in creds):
        return False
    touched = {obj for obj in k.before if isinstance(obj, Prison)} | {c.prison for c in creds}
    more = more_below(k)
    for pr in touched | {pr.parent for pr in touched}:
        if pr is k.prison0:
            fine = True
        elif is_there(k, pr):
            fine = fits(pr) and fits_parent(k, pr) and in_place(k, pr)
        else:
            continue
        changed = pr.childcount - count_before(k, pr)
        if not (fine and is_accounted_for(k, pr) and changed == more.get(pr, 0)):
            return False
    heirs = [cpr for pr in touched if passes_on(k, pr) for cpr in pr.children.values()]
    addrs = None if heirs else dict.fromkeys(addr for pr in touched for addr in all_addrs(pr))
    return not any(live_addrs(k, addrs)) and all(fits_parent(k, cpr) for cpr in heirs)


def exists(k: Kernel, pr: Prison | None) -> bool:
    """True unless a prison was freed.  None stands for a dead jail that its descriptor let go."""
    return pr is None or pr is k.prison0 or k.has(pr)


def touched_creds(k: Kernel) -> set[Ucred]:
    """The credentials that the last op touched, gave to a holder, or took from one."""
    creds = {obj for obj in k.before if isinstance(obj, Ucred)}
    for obj, image in k.before.items():
        if isinstance(obj, Proc):
            creds |= {obj.cred, was(obj, image, "cred") if image else obj.cred}
    for res, before in k.resources_before.items():
        creds |= {cred for cred in (before, k.resources.get(res)) if cred is not None}
    return creds


def is_there(k: Kernel, pr: Prison) -> bool:
    """False if a prison was freed."""
    return pr is k.prison0 or pr.parent.children.get(pr.seq) is pr


def is_accounted_for(k: Kernel, pr: Prison) -> bool:
    """Like `Holders.account_for`, but by counts that the kernel keeps, without a walk."""
    due = pr.persist + len(pr.children) + (pr is k.prison0)
    return pr.ref == due + pr.creds and pr.uref == due + len(pr.procs)


def count_before(k: Kernel, pr: Prison) -> int:
    """children.cur before the last op; 0 for a jail that did not exist then."""
    image = k.before.get(pr)
    if image is None:  # It was not touched.
        return pr.childcount
    return int(was(pr, image, "childcount")) if image else 0


def more_below(k: Kernel) -> dict[Prison, int]:
    """How much children.cur of each parent must have changed in the last op.

    A child adds one and its own count.  Comparing the changes avoids a walk over all children.
    """
    more: dict[Prison, int] = {}
    for pr, image in k.before.items():
        if isinstance(pr, Prison) and pr is not k.prison0:
            now = 1 + pr.childcount if is_there(k, pr) else 0
            before = 1 + count_before(k, pr) if image else 0
            more[pr.parent] = more.get(pr.parent, 0) + now - before
    return more


def passes_on(k: Kernel, pr: Prison) -> bool:
    """True if the last op changed a value on which claims about the children depend."""
    image = k.before.get(pr)
    return bool(image and passed_on(image) != passed_on(pr.image()))


def in_place(k: Kernel, pr: Prison) -> bool:
    """True if a prison is in the right place in allprison, and the only live one with its name."""
    place = bisect_left(k.allprison, pr.jid, key=by_jid)
    here = k.allprison[max(place - 1, 0) : place + 2]
    jids = [each.jid for each in here]
    if pr not in here or any(a >= b for a, b in pairwise(jids)):
        return False
    named = k.names.get(pr.name, ())
    return pr in named and sum(each.state is ALIVE for each in named) <= 1


def fits(pr: Prison) -> bool:
    """Claims about a jail alone."""
    return (
        pr.ref >= 1
        and pr.state is not INVALID
        and not (pr.state is ALIVE and pr.uref < 1)
        and not (pr.state is DYING and pr.persist)
        and len(pr.name) < NAME_SIZE
        and pr.path in (pr.root, "/")
    )


def fits_parent(k: Kernel, pr: Prison) -> bool:
    """Claims about a jail and its parent."""
    ppr = pr.parent
    nested = ppr is not k.prison0
    if nested and not pr.name.startswith(ppr.name + "."):
        return False
    if pr.state is not ALIVE:
        return True
    return (
        ppr.state is ALIVE
        and not (nested and less_restricted(pr, ppr))
        and (pr.vnet or addrs_within(pr, ppr))
    )


def less_restricted(pr: Prison, ppr: Prison) -> bool:
    """Whether a limit or permission of a jail goes beyond its parent's."""
    return bool(
        pr.securelevel < ppr.securelevel
        or pr.enforce_statfs < ppr.enforce_statfs
        or pr.childmax >= max(ppr.childmax, 1)
        or pr.allow & ~ppr.allow & ~allow.DIFFERENCES
    )


def addrs_within(pr: Prison, ppr: Prison) -> bool:
    """Whether a jail has only addresses of its parent, if that one is restricted."""
    if ppr.ip4_restrict and pr.ip4 and not set(pr.ip4) <= set(ppr.ip4 or ()):
        return False
    return not (ppr.ip6_restrict and pr.ip6 and not set(pr.ip6) <= set(ppr.ip6 or ()))


# ADDRESSES


def all_addrs(pr: Prison) -> tuple[bytes, ...]:
    """The addresses of both families."""
    return (pr.ip4 or ()) + (pr.ip6 or ())


def live_addrs(k: Kernel, addrs: Iterable[bytes] | None = None) -> Iterator[tuple[int, str]]:
    """Live jails with an address for which jail_set would refuse them (EADDRINUSE).

    That is an address of another live jail with the same network stack, neither above nor below
    it, if one of the two has more than one address.  With `addrs`, only these are checked.
    """
    for addr in k.addrs if addrs is None else addrs:
        having = k.addrs.get(addr, {})
        family = "ip4" if len(addr) == ADDR_SIZE["ip4"] else "ip6"
        live = [pr for pr in having if is_live_user(k, pr, family)] if len(having) > 1 else []
        live.sort(key=by_jid)
        for place, pr in enumerate(live):
            for other in live[:place]:
                if clash(k, pr, other, family):
                    yield pr.jid, f"an address that jail {other.jid} has, too"
                    break


def is_live_user(k: Kernel, pr: Prison, family: str) -> bool:
    """Whether a jail has its own list of addresses and is alive, with all jails above it."""
    return user(pr, family) and all(each.state is ALIVE for each in ancestry(k, pr))


def clash(k: Kernel, pr: Prison, other: Prison, family: str) -> bool:
    """Whether two jails may not have an address in common."""
    apart = pr not in list(ancestry(k, other)) and other not in list(ancestry(k, pr))
    single = all(len(addrs_of(each, family) or ()) == 1 for each in (pr, other))
    return apart and not single and network(k, pr) is network(k, other)


def network(k: Kernel, pr: Prison) -> Prison:
    """The jail that owns a jail's network stack."""
    while not (pr.vnet or pr is k.prison0):
        pr = pr.parent
    return pr
