"""Choosing jids: those that only dying jails have are free."""

from jail_kernel.kernel import Kernel
from jail_kernel.reference import ALIVE


def get_next_prid(k: Kernel) -> int:
    """The next free jid above the last one handed out, wrapping at JAIL_MAX; 0: none is free.
    kern_jail.c, get_next_prid().
    """
    jid = k.lastprid % k.jail_max + 1
    if k.allprison and k.allprison[-1].jid >= jid:
        maxid = k.jail_max
        # [Modified: V2]
        while jid in k.prid and k.prid[jid].state is ALIVE:
            jid += 1
            if jid > maxid:
                if k.lastprid in (0, maxid):
                    return 0
                jid = 1
                maxid = k.lastprid
    k.lastprid = jid
    return jid
