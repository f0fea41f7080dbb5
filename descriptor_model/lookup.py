"""Lookups: which jails a jail sees, and by which names."""

from jail_kernel import jail_params as untouched
from jail_kernel.kernel import Kernel
from jail_kernel.lookup import named, prison_ischild
from jail_kernel.reference import ALIVE, INVALID
from jail_kernel.state import KernelPanic, Prison
from jail_source.descent import inherit


def prison_find_child(k: Kernel, mypr: Prison, prid: int) -> Prison | None:
    """The prison with this jid below `mypr`, in any state.  kern_jail.c, prison_find_child()."""
    pr = k.prid.get(prid)
    # [Modified: J8]
    if pr is None or not prison_ischild(k, mypr, pr):
        return None
    # [New: J8]
    assert_valid(pr)
    # [Modified: J8]
    return pr


def prison_find_name(k: Kernel, mypr: Prison, name: str) -> Prison | None:
    """The first alive prison of this name below `mypr`, or else the last dying one.
    kern_jail.c, prison_find_name().
    """
    deadpr = None
    for pr in named(k, mypr, name):
        # [New: J8]
        assert_valid(pr)
        if pr.state is ALIVE:
            return pr
        deadpr = pr
    return deadpr


# [New: J8]
def assert_valid(pr: Prison) -> None:
    """Panic if a prison is half built; between two calls, only a failed create leaves one so."""
    if pr.state is INVALID:
        raise KernelPanic("Found invalid prison PTR")


find_parent = inherit(untouched.find_parent, prison_find_name=prison_find_name)
