"""pr_ref and pr_uref: as before, except that a jail loses its jid when it dies."""

from jail_kernel import reference as untouched
from jail_kernel.kernel import Kernel
from jail_kernel.reference import ALIVE, DYING, free_prison
from jail_kernel.state import Prison
from jail_source.descent import inherit

# [New: K1]
DEAD_BIT = 1 << 30


# [New: K1]
def mark_dead(k: Kernel, pr: Prison) -> None:
    """Set the bit in the jid of a jail that dies."""
    k.bury(pr, pr.jid | DEAD_BIT)


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
                # [New: K1]
                mark_dead(k, pr)
        if ref:
            pr.ref -= 1
        if pr.ref > 0:
            return
        free_prison(k, pr)
        pr, ref, uref = pr.parent, True, True


crfree = inherit(untouched.crfree, prison_deref=prison_deref)
