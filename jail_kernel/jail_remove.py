"""jail_remove(2)."""

from jail_kernel import allow
from jail_kernel.call import JailRemove, Result
from jail_kernel.jail_attach import EINVAL, EPERM
from jail_kernel.kernel import Kernel
from jail_kernel.lookup import prison_find_child
from jail_kernel.proc import KILLED, OK, RUNNING, no_caller, prison_of
from jail_kernel.reference import (
    ALIVE,
    DYING,
    descendants,
    free_prison,
    persist_off,
    prison_deref,
    prison_hold,
    prison_proc_hold,
)
from jail_kernel.state import Prison


def jail_remove(k: Kernel, call: JailRemove) -> Result:
    """Remove a jail and all that is in it.  kern_jail.c, sys_jail_remove()."""
    refused = no_caller(k, call.pid)
    if refused is not None:
        return refused
    mypr = prison_of(k, call.pid)
    # PRIVILEGE
    if not mypr.allow & allow.SUSER:
        return EPERM
    # LOOKUP
    pr = prison_find_child(k, mypr, call.jid)
    if pr is None:
        return EINVAL
    # STATE
    if pr.state is not ALIVE:
        return OK  # It is being removed already.
    # COMMIT
    prison_hold(k, pr)
    prison_deref_kill(k, pr)
    prison_deref(k, pr, ref=True)
    return OK


def prison_deref_kill(k: Kernel, pr: Prison) -> None:
    """Mark `pr` and its alive descendants dying, clear persist, and kill their processes.
    kern_jail.c, prison_deref_kill() and prison_proc_iterate().
    """
    pr.uref += 1
    pr.state = DYING
    marked = mark_dying(k, pr)
    for cpr in reversed(marked):
        persist_off(cpr)
        cpr.uref -= 1
        cpr.ref -= 1
        if cpr.ref == 0:
            free_prison(k, cpr)
            cpr.parent.ref -= 1
            cpr.parent.uref -= 1
    persist_off(pr)
    pr.uref -= 1
    if pr.uref > 0:
        prison_proc_kill(k, pr)


def mark_dying(k: Kernel, pr: Prison) -> list[Prison]:
    """Hold the alive descendants and mark them dying; parents come before their children."""
    marked = []
    for cpr in descendants(pr, into=lambda cpr: cpr.state is ALIVE):
        prison_proc_hold(k, cpr)
        prison_hold(k, cpr)
        cpr.state = DYING
        marked.append(cpr)
    return marked


def prison_proc_kill(k: Kernel, pr: Prison) -> None:
    """Send SIGKILL to every process in `pr` or below, except those that are still PRS_NEW."""
    for tpr in [pr, *descendants(pr)]:
        for p in tpr.procs.values():
            if p.state is RUNNING:
                k.lock(p)
                p.state = KILLED
