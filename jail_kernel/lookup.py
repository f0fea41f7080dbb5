"""Lookups: which jails a jail sees, and by which names."""

from collections.abc import Iterator

from jail_kernel.kernel import Kernel, c_string
from jail_kernel.reference import ALIVE, descendants
from jail_kernel.state import KernelPanic, Prison


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
    name, and each below it, can match from any offset.
    """
    full = name if mypr is k.prison0 else f"{mypr.name}.{name}"
    found = [pr for pr in k.names.get(full, ()) if prison_ischild(k, mypr, pr)]
    if k.garbled:
        offset = name_offset(k, mypr)
        found += [pr for pr in below_garbled(k, mypr) if c_string(pr.buf, offset) == name]
        found = list(dict.fromkeys(found))
    return sorted(found, key=lambda pr: walking_order(k, pr)) if len(found) > 1 else found


def below_garbled(k: Kernel, mypr: Prison) -> Iterator[Prison]:
    """The jails below `mypr` that are garbled, or below a garbled one, and that a name can find."""
    for garbled in k.garbled:
        if prison_ischild(k, mypr, garbled):
            yield from (pr for pr in (garbled, *descendants(garbled)) if pr not in k.buried)


def siblings_named(k: Kernel, ppr: Prison, namelc: str) -> list[Prison]:
    """The children of `ppr` whose name from its offset on is `namelc`, newest first."""
    return [pr for pr in named(k, ppr, namelc) if pr.parent is ppr]


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
