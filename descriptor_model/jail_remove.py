"""jail_remove(2) and jail_remove_jd(2)."""

from descriptor_model.jaildesc import jaildesc_find
from descriptor_model.lookup import prison_find_child
from descriptor_model.reference import jaildesc_prison_cleanup, prison_deref, prison_free
from jail_kernel import allow
from jail_kernel.call import Errno, JailRemove, JailRemoveJd, Result
from jail_kernel.jail_attach import EINVAL, EPERM
from jail_kernel.jail_remove import mark_dying, prison_proc_kill
from jail_kernel.kernel import Kernel
from jail_kernel.proc import OK, no_caller, prison_of
from jail_kernel.reference import ALIVE, DYING, free_prison, persist_off, prison_hold
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
    # [Removed: J5]
    # COMMIT
    prison_hold(k, pr)
    # [Modified: J5]
    prison_remove(k, pr)
    return OK


# [New: J3]
def jail_remove_jd(k: Kernel, call: JailRemoveJd) -> Result:
    """Remove the jail of a descriptor.  kern_jail.c, sys_jail_remove_jd()."""
    refused = no_caller(k, call.pid)
    if refused is not None:
        return refused
    # LOOKUP
    found = jaildesc_find(k, call.pid, call.fd)
    if isinstance(found, Errno):
        return Result(found)
    pr, file = found
    # PRIVILEGE
    if not file.cred.prison.allow & allow.SUSER:
        prison_free(k, pr)
        return EPERM
    # COMMIT
    prison_remove(k, pr)
    return OK


# [New: J5]
def prison_remove(k: Kernel, pr: Prison) -> None:
    """Kill a jail if it is alive, and give back the caller's reference to it.
    kern_jail.c, prison_remove() and prison_deref().
    """
    if pr.state is ALIVE:
        prison_deref_kill(k, pr)
    prison_deref(k, pr, ref=True)


def prison_deref_kill(k: Kernel, pr: Prison) -> None:
    """Mark `pr` and its alive descendants dying, clear persist, and kill their processes.
    kern_jail.c, prison_deref_kill() and prison_proc_iterate().
    """
    pr.uref += 1
    pr.state = DYING
    marked = mark_dying(k, pr)
    for cpr in reversed(marked):
        # [New: J1]
        jaildesc_prison_cleanup(k, cpr)
        persist_off(cpr)
        cpr.uref -= 1
        cpr.ref -= 1
        if cpr.ref == 0:
            free_prison(k, cpr)
            cpr.parent.ref -= 1
            cpr.parent.uref -= 1
    # [New: J1]
    jaildesc_prison_cleanup(k, pr)
    persist_off(pr)
    pr.uref -= 1
    if pr.uref > 0:
        prison_proc_kill(k, pr)
