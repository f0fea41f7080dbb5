"""Lookups: which jails a jail sees, and by which names."""

from prison.kernel import Kernel, c_string
from prison.reference import ALIVE, children, descendants
from prison.state import KernelPanic, Prison


def prison_ischild(k: Kernel, pr1: Prison, pr2: Prison) -> bool:
    """True if `pr2` is below `pr1`, at any depth.  kern_jail.c, prison_ischild()."""
    while pr2 is not k.prison0:
        pr2 = pr2.parent
        if pr2 is pr1:
            return True
    return False


def prison_find_child(k: Kernel, mypr: Prison, prid: int) -> Prison | None:
    """The prison with this jid below `mypr`, in any state.  kern_jail.c, prison_find_child()."""
    pr = k.prid.get(prid)
    return pr if pr is not None and prison_ischild(k, mypr, pr) else None


def name_offset(k: Kernel, pr: Prison) -> int:
    """Where the name by which `pr` knows a descendant begins in its full name."""
    return 0 if pr is k.prison0 else len(pr.name) + 1


def prison_find_name(k: Kernel, mypr: Prison, name: str) -> Prison | None:
    """The first alive prison of this name below `mypr`, or else the last dying one.
    kern_jail.c, prison_find_name().
    """
    deadpr = None
    for pr in named(k, mypr, name):
        if pr.state is ALIVE:
            return pr
        deadpr = pr
    return deadpr


def named(k: Kernel, mypr: Prison, name: str) -> list[Prison]:
    """All prisons below `mypr` whose name from its offset on is `name`, in walking order.

    As long as every name extends its parent's, the index of full names gives the answer.  A garbled
    name can match from any offset, so then we walk as the kernel does.
    """
    offset = name_offset(k, mypr)
    if k.garbled:
        found_so = (pr for pr in descendants(mypr) if c_string(pr.buf, offset) == name)
        return [pr for pr in found_so if pr not in k.buried]
    full = name if mypr is k.prison0 else f"{mypr.name}.{name}"
    found = k.names.get(full)
    if found is None:
        return []
    below = [pr for pr in found if prison_ischild(k, mypr, pr)]
    return sorted(below, key=lambda pr: walking_order(k, pr)) if len(below) > 1 else below


def siblings_named(k: Kernel, ppr: Prison, namelc: str) -> list[Prison]:
    """The children of `ppr` whose name from its offset on is `namelc`, newest first."""
    offset = name_offset(k, ppr)
    if k.garbled:
        found_so = (pr for pr in children(ppr) if c_string(pr.buf, offset) == namelc)
        return [pr for pr in found_so if pr not in k.buried]
    found = k.names.get(namelc if ppr is k.prison0 else f"{ppr.name}.{namelc}", ())
    return sorted((pr for pr in found if pr.parent is ppr), key=lambda pr: -pr.seq)


def walking_order(k: Kernel, pr: Prison) -> list[int]:
    """A key that sorts prisons in the order of a walk over all descendants of prison0."""
    key = []
    while pr is not k.prison0:
        key.append(-pr.seq)
        pr = pr.parent
    key.reverse()
    return key


def prison_name(k: Kernel, pr1: Prison, pr2: Prison) -> str:
    """The name of `pr2` as `pr1` sees it.  kern_jail.c, prison_name()."""
    if pr1 is pr2:
        return "0"
    if pr1 is k.prison0 or not prison_ischild(k, pr1, pr2):
        return pr2.name
    name = pr2.name
    while pr1 is not k.prison0:
        _, dot, name = name.partition(".")
        if not dot:  # strchr() found nothing, and the kernel reads on from NULL + 1.
            raise KernelPanic("page fault (signal 11) at address 0x1")
        pr1 = pr1.parent
    return name


def prison_path(pr1: Prison, pr2: Prison) -> str:
    """The path of `pr2` as `pr1` sees it.  kern_jail.c, prison_path()."""
    path1, path2 = pr1.path, pr2.path
    if path1 == "/" or not path2.startswith(path1):
        return path2
    rest = path2[len(path1) :]
    if not rest:
        return "/"
    return rest if rest.startswith("/") else path2
