"""Choosing a new jid for a dying jail."""

from jail_kernel.kernel import Kernel


# [New: D5]
def get_next_deadid(k: Kernel) -> int:
    """The next free jid below the last one given to a dying jail, wrapping at 1; 0: none is free.
    If lastdeadid is 1, the first candidate is 0; no jail has it, so it is chosen and means none.
    kern_jail.c, get_next_deadid().
    """
    deadid = k.lastdeadid - 1 if k.lastdeadid else k.jail_max
    minid = 1
    while deadid in k.prid:
        deadid -= 1
        if deadid < minid:
            if k.lastdeadid in (0, minid):
                return 0
            deadid = k.jail_max
            minid = k.lastdeadid
    k.lastdeadid = deadid
    return deadid
