"""Lookups: nothing finds a dying jail."""

from jail_kernel import jail_params as untouched
from jail_kernel.kernel import Kernel
from jail_kernel.lookup import named, prison_ischild
from jail_kernel.reference import ALIVE
from jail_kernel.state import Prison
from jail_source.descent import inherit


def prison_find_child(k: Kernel, mypr: Prison, prid: int) -> Prison | None:
    """The alive prison with this jid below `mypr`.  kern_jail.c, prison_find_child()."""
    pr = k.prid.get(prid)
    # [New: V1]
    if pr is not None and pr.state is not ALIVE:
        return None
    return pr if pr is not None and prison_ischild(k, mypr, pr) else None


def prison_find_name(k: Kernel, mypr: Prison, name: str) -> Prison | None:
    """The first alive prison of this name below `mypr`.  kern_jail.c, prison_find_name()."""
    # [Removed: V1]
    for pr in named(k, mypr, name):
        if pr.state is ALIVE:
            return pr
        # [Removed: V1]
    # [Modified: V1]
    return None


find_parent = inherit(untouched.find_parent, prison_find_name=prison_find_name)
