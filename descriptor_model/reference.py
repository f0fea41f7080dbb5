"""pr_ref and pr_uref: take references and give them back; jails die and are freed."""

from jail_kernel.kernel import Kernel
from jail_kernel.reference import ALIVE, DYING, free_prison
from jail_kernel.state import File, KernelPanic, Prison, Ucred


# [New: J8]
def prison_free(k: Kernel, pr: Prison) -> None:
    """Give back a reference.  A task frees the last one; prison0 has no such task.
    kern_jail.c, prison_free().
    """
    k.lock(pr)
    if pr.ref <= 0:
        raise KernelPanic(f"Trying to free dead prison PTR (jid={pr.jid}).")
    if pr.ref > 1:
        pr.ref -= 1
    elif pr is k.prison0:
        raise KernelPanic("page fault (signal 11) at address (nil)")
    else:
        prison_deref(k, pr, ref=True)


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
                # [New: J1]
                pr.ref += not ref  # It lasts until we are done.
                ref = True
                jaildesc_prison_cleanup(k, pr)
        if ref:
            pr.ref -= 1
        # [Modified: J8]
        if not ref or pr.ref > 0:
            return
        # [New: J8]
        if pr.ref < 0:
            raise KernelPanic(f"prison_deref PD_DEREF on a dead prison (jid={pr.jid})")
        # [New: J8]
        if pr.uref > 0:
            text = f"prison_deref: last ref, but still has {pr.uref} urefs (jid={pr.jid})"
            raise KernelPanic(text)
        free_prison(k, pr)
        pr, ref, uref = pr.parent, True, True


# [New: J1]
def jaildesc_prison_cleanup(k: Kernel, pr: Prison) -> None:
    """Detach all descriptors from a jail that dies.  kern_jaildesc.c, jaildesc_prison_cleanup()."""
    for file in descriptors_of(k, pr):
        k.lock(file)
        file.prison = None
        prison_free(k, pr)


# [New: J1]
def descriptors_of(k: Kernel, pr: Prison) -> dict[File, None]:
    """The open files that stand for a jail (pr_descs)."""
    tables = k.fds.values()
    return {file: None for table in tables for file in table.values() if file and file.prison is pr}


def crfree(k: Kernel, cred: Ucred) -> None:
    """Drop a holder; the last one gives back the prison's reference.  kern_prot.c, crfree()."""
    k.lock(cred)
    cred.ref -= 1
    if cred.ref == 0:
        # [Modified: J8]
        prison_free(k, cred.prison)
