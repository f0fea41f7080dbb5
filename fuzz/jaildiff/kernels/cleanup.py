"""Take everything away at the end of a program; a sound kernel then holds nothing."""

from typing import Final

from jail_kernel.call import Call, Drop, Exit, ForkEnd, JailRemove
from jail_kernel.kernel import Kernel
from jail_kernel.reference import ALIVE
from jail_kernel.state import Prison, Proc, ProcState, Ucred
from jaildiff.kernels.invariants import NOTHING_LEFT
from jaildiff.kernels.registry import Model

CLEANS: Final = (JailRemove, ForkEnd, Exit, Drop)  # the calls that take everything away


def cleanup(model: Model, k: Kernel) -> str | None:
    """Take everything away as the recorder does; return what is wrong then, or None.

    A fresh process of prison0 removes the first alive jail in list order until none is left.
    Then every process exits and every resource drops, in order of creation.
    """
    pids, resources = list(k.procs), list(k.resources)
    cleaner = min(pids, default=0) - 1
    k.prison0.ref += 1
    k.prison0.uref += 1
    k.add_proc(Proc(cleaner, Ucred(k.prison0), ProcState.RUNNING))
    while (alive := first_alive(k)) is not None:
        result = model.step(k, JailRemove(cleaner, alive.jid))
        if result.panicked:
            return result.errmsg
        if alive.state is ALIVE:  # Only a broken kernel keeps it; stop, or we would loop for ever.
            break
    born = [pid for pid in pids if k.procs[pid].state is ProcState.NEW]
    ends: list[Call] = [*map(ForkEnd, born), *map(Exit, pids), *map(Drop, resources)]
    for call in ends:
        result = model.step(k, call)
        if result.panicked:
            return result.errmsg
    return "; ".join(text for _, text in NOTHING_LEFT.broken(k)) or None


def first_alive(k: Kernel) -> Prison | None:
    """The first alive jail in list order."""
    for pr in k.allprison:
        if pr.state is ALIVE:
            return pr
    return None
