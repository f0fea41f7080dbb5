"""Processes and other holders of credentials: fork, exit, hold, drop."""

from typing import Final

from jail_kernel.call import (
    Close,
    Drop,
    Errno,
    Exit,
    Fork,
    ForkBegin,
    ForkEnd,
    Hold,
    JailAttachJd,
    JailRemoveJd,
    Malformed,
    Poke,
    Result,
)
from jail_kernel.kernel import Kernel
from jail_kernel.reference import ALIVE, crfree, prison_deref, prison_proc_hold
from jail_kernel.state import Prison, Proc, ProcState

NEW: Final = ProcState.NEW
RUNNING: Final = ProcState.RUNNING
KILLED: Final = ProcState.KILLED

OK: Final = Result(None, 0)
ESRCH: Final = Result(Errno.ESRCH)
EKILLED: Final = Result(Errno.EKILLED)
EEXIST: Final = Result(Errno.EEXIST)
ENOENT: Final = Result(Errno.ENOENT)
EBADF: Final = Result(Errno.EBADF)
ENOSYS: Final = Result(Errno.ENOSYS)
EBADOP: Final = Result(Errno.EBADOP)


def no_caller(k: Kernel, pid: int) -> Result | None:
    """The answer if process `pid` cannot make calls; None if it can."""
    p = k.procs.get(pid)
    if p is None or p.state is NEW:
        return ESRCH
    return EKILLED if p.state is KILLED else None


def prison_of(k: Kernel, pid: int) -> Prison:
    """The jail of a process (td_ucred->cr_prison)."""
    return k.procs[pid].cred.prison


def fork(k: Kernel, call: Fork) -> Result:
    """fork(2): the child shares the credential."""
    return do_fork(k, call.pid, call.child, RUNNING)


def fork_begin(k: Kernel, call: ForkBegin) -> Result:
    """do_fork() up to the point where the child is in the process table but still PRS_NEW."""
    return do_fork(k, call.pid, call.child, NEW)


def do_fork(k: Kernel, pid: int, child: int, state: ProcState) -> Result:
    """Make a child in the given state.  kern_fork.c, do_fork()."""
    refused = no_caller(k, pid)
    if refused is not None:
        return refused
    if child in k.procs:
        return EEXIST
    cred = k.procs[pid].cred
    prison_proc_hold(k, cred.prison)
    k.lock(cred)
    cred.ref += 1
    k.add_proc(Proc(child, cred, state))
    if pid in k.fds:
        k.set_fds(child, k.fds[pid])
    return Result(None, child)


def fork_end(k: Kernel, call: ForkEnd) -> Result:
    """The rest of do_fork(): the child runs, unless its jail died in between."""
    p = k.procs.get(call.child)
    if p is None or p.state is not NEW:
        return ESRCH
    if p.cred.prison.state is ALIVE:
        k.lock(p)
        p.state = RUNNING
    else:
        exit1(k, p)
    return Result(None, call.child)


def exit_(k: Kernel, call: Exit) -> Result:
    """_exit(2), or the end of a killed process."""
    p = k.procs.get(call.pid)
    if p is None or p.state is NEW:
        return ESRCH
    exit1(k, p)
    return OK


def exit1(k: Kernel, p: Proc) -> None:
    """Remove a process.  kern_exit.c, exit1() and proc_reap()."""
    if p.pid in k.fds:
        k.set_fds(p.pid, None)
    k.del_proc(p)
    prison_deref(k, p.cred.prison, uref=True)
    crfree(k, p.cred)


def hold(k: Kernel, call: Hold) -> Result:
    """Add a holder of the caller's credential: a socket, a passed descriptor, a mount."""
    refused = no_caller(k, call.pid)
    if refused is not None:
        return refused
    if call.res in k.resources:
        return EEXIST
    cred = k.procs[call.pid].cred
    k.lock(cred)
    cred.ref += 1
    k.set_resource(call.res, cred)
    return OK


def drop(k: Kernel, call: Drop) -> Result:
    """Let a holder go of its credential."""
    cred = k.resources.get(call.res)
    if cred is None:
        return ENOENT
    k.set_resource(call.res, None)
    crfree(k, cred)
    return OK


def poke(k: Kernel, call: Poke) -> Result:
    """Set the jid counters, as the recorder can."""
    if call.lastprid is not None:
        k.lastprid = call.lastprid
    if call.lastdeadid is not None:
        k.lastdeadid = call.lastdeadid
    return OK


def close(k: Kernel, call: Close) -> Result:
    """close(2).  kern_descrip.c, kern_close()."""
    refused = no_caller(k, call.pid)
    if refused is not None:
        return refused
    table = k.fd_table(call.pid)
    if call.fd not in table:
        return EBADF
    k.set_fds(call.pid, {fd: file for fd, file in table.items() if fd != call.fd})
    return OK


def nosys(k: Kernel, call: JailAttachJd | JailRemoveJd) -> Result:
    """Answer a system call that this kernel does not have.  kern_sig.c, nosys()."""
    return no_caller(k, call.pid) or ENOSYS


def malformed(_k: Kernel, _call: Malformed) -> Result:
    """Answer a malformed op, as the driver does, without asking the kernel."""
    return EBADOP
