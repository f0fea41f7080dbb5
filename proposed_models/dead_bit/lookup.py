"""Lookups: only its name finds a dying jail."""

from jail_kernel import jail_params as untouched
from jail_kernel.kernel import Kernel, c_string
from jail_kernel.lookup import name_offset, named, prison_ischild, walking_order
from jail_kernel.reference import ALIVE
from jail_kernel.state import Prison
from jail_source.descent import inherit


def prison_find_child(k: Kernel, mypr: Prison, prid: int) -> Prison | None:
    """The alive prison with this jid below `mypr`.  kern_jail.c, prison_find_child()."""
    pr = k.prid.get(prid)
    # [New: K2]
    if pr is not None and pr.state is not ALIVE:
        return None
    return pr if pr is not None and prison_ischild(k, mypr, pr) else None


def prison_find_name(k: Kernel, mypr: Prison, name: str) -> Prison | None:
    """The first alive prison of this name below `mypr`, or else the last dying one.
    kern_jail.c, prison_find_name().
    """
    deadpr = None
    # [Modified: K1]
    for pr in [*named(k, mypr, name), *dead_named(k, mypr, name)]:
        if pr.state is ALIVE:
            return pr
        deadpr = pr
    return deadpr


# [New: K1]
def dead_named(k: Kernel, mypr: Prison, name: str) -> list[Prison]:
    """The dying prisons with this name below `mypr`, without jids, in walking order."""
    offset = name_offset(k, mypr)
    below = (pr for pr in k.buried if prison_ischild(k, mypr, pr))
    found = (pr for pr in below if c_string(pr.buf, offset) == name)
    return sorted(found, key=lambda pr: walking_order(k, pr))


find_parent = inherit(untouched.find_parent, prison_find_name=prison_find_name)
