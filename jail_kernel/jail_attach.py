"""jail_attach(2)."""

from typing import Final

from jail_kernel import allow
from jail_kernel.call import Errno, JailAttach, Result
from jail_kernel.kernel import Kernel
from jail_kernel.lookup import prison_find_child
from jail_kernel.proc import OK, no_caller, prison_of
from jail_kernel.reference import ALIVE, crfree, prison_deref, prison_hold
from jail_kernel.state import Prison, Ucred

EPERM: Final = Result(Errno.EPERM)
EINVAL: Final = Result(Errno.EINVAL)


def jail_attach(k: Kernel, call: JailAttach) -> Result:
    """Move the caller into a jail below its own.  kern_jail.c, sys_jail_attach()."""
    refused = no_caller(k, call.pid)
    if refused is not None:
        return refused
    mypr = prison_of(k, call.pid)
    # PRIVILEGE
    if not mypr.allow & allow.SUSER:
        return EPERM
    # LOOKUP AND STATE
    pr = prison_find_child(k, mypr, call.jid)
    if pr is None or pr.state is not ALIVE:
        return EINVAL  # Not ENOENT: see jail(2), ERRORS.
    # COMMIT
    do_jail_attach(k, call.pid, pr)
    return OK


def do_jail_attach(k: Kernel, pid: int, pr: Prison) -> None:
    """Give the process a new credential in `pr`.  kern_jail.c, do_jail_attach()."""
    p = k.procs[pid]
    oldcred = p.cred
    prison_hold(k, pr)
    pr.uref += 1  # Not prison_proc_hold(): an "alive" jail without user references can be entered.
    k.set_cred(p, Ucred(pr))
    prison_deref(k, oldcred.prison, uref=True)
    crfree(k, oldcred)
