"""pr_ref and pr_uref: take references and give them back; jails die and are freed."""

from collections.abc import Callable, Iterator
from typing import Final

from jail_kernel.kernel import Kernel
from jail_kernel.state import KernelPanic, Prison, PrisonState, Ucred

ALIVE: Final = PrisonState.ALIVE
DYING: Final = PrisonState.DYING
INVALID: Final = PrisonState.INVALID


def prison_hold(k: Kernel, pr: Prison) -> None:
    """Take a reference.  kern_jail.c, prison_hold()."""
    k.lock(pr)
    pr.ref += 1


def prison_proc_hold(k: Kernel, pr: Prison) -> None:
    """Take a user reference; panic if there is none yet.  kern_jail.c, prison_proc_hold()."""
    if pr.uref == 0:
        raise KernelPanic(f"Cannot add a process to a non-alive prison (jid={pr.jid})")
    k.lock(pr)
    pr.uref += 1


def prison_deref(k: Kernel, pr: Prison, *, ref: bool = False, uref: bool = False) -> None:
    """Give back a reference, a user reference or both.

    An alive prison without user references dies.  One without references is freed, and its parent
    loses one of each.  kern_jail.c, prison_deref().
    """
    while True:
        k.lock(pr)
        if uref:
            pr.uref -= 1
            if pr.uref == 0 and pr.state is ALIVE:
                pr.state = DYING
        if ref:
            pr.ref -= 1
        if pr.ref > 0:
            return
        free_prison(k, pr)
        pr, ref, uref = pr.parent, True, True


def free_prison(k: Kernel, pr: Prison) -> None:
    """Remove a prison without references from every list and every count."""
    k.lock(pr)
    pr.state = INVALID
    k.unlink(pr)
    count_child(k, pr.parent, -1)


def count_child(k: Kernel, ppr: Prison, change: int) -> None:
    """Add `change` to pr_childcount of `ppr` and of all its ancestors."""
    while True:
        k.lock(ppr)
        ppr.childcount += change
        if ppr is k.prison0:
            return
        ppr = ppr.parent


def persist_off(pr: Prison) -> None:
    """Clear PR_PERSIST and give back its references, without freeing the prison."""
    if pr.persist:
        pr.persist = False
        pr.ref -= 1
        pr.uref -= 1


def crfree(k: Kernel, cred: Ucred) -> None:
    """Drop a holder; the last one gives back the prison's reference.  kern_prot.c, crfree()."""
    k.lock(cred)
    cred.ref -= 1
    if cred.ref == 0:
        prison_deref(k, cred.prison, ref=True)


def children(pr: Prison) -> list[Prison]:
    """The children, newest first (LIST_FOREACH over pr_children)."""
    return [pr.children[seq] for seq in sorted(pr.children, reverse=True)] if pr.children else []


def descendants(pr: Prison, into: Callable[[Prison], bool] = lambda _cpr: True) -> list[Prison]:
    """All jails below `pr`, each before its own children (FOREACH_PRISON_DESCENDANT).

    If `into` is false for a jail, it and all jails below it are left out.
    """
    found = []
    below = children(pr)[::-1]
    while below:
        cpr = below.pop()
        if into(cpr):
            found.append(cpr)
            below += children(cpr)[::-1]
    return found


def ancestry(k: Kernel, pr: Prison) -> Iterator[Prison]:
    """`pr`, its parent and so on up to prison0."""
    while pr is not k.prison0:
        yield pr
        pr = pr.parent
    yield pr
