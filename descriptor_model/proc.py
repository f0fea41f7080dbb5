"""Processes and whatever else holds a credential: fork, exit, drop, close."""

from descriptor_model.files import fdescfree, kern_close
from descriptor_model.reference import crfree, prison_deref
from jail_kernel import proc as untouched
from jail_kernel.call import Close, Result
from jail_kernel.kernel import Kernel
from jail_kernel.proc import EBADF, EEXIST, OK, no_caller
from jail_kernel.reference import prison_proc_hold
from jail_kernel.state import Proc, ProcState
from jail_source.descent import inherit


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
        # [New: J1]
        for file in filter(None, k.fds[pid].values()):
            k.lock(file)
            file.ref += 1
    return Result(None, child)


def exit1(k: Kernel, p: Proc) -> None:
    """Remove a process.  kern_exit.c, exit1() and proc_reap()."""
    if p.pid in k.fds:
        # [Modified: J1]
        fdescfree(k, p.pid)
    k.del_proc(p)
    prison_deref(k, p.cred.prison, uref=True)
    crfree(k, p.cred)


def close(k: Kernel, call: Close) -> Result:
    """close(2).  kern_descrip.c, kern_close()."""
    refused = no_caller(k, call.pid)
    if refused is not None:
        return refused
    table = k.fd_table(call.pid)
    if call.fd not in table:
        return EBADF
    # [Modified: J1]
    kern_close(k, call.pid, call.fd)
    return OK


fork = inherit(untouched.fork, do_fork=do_fork)
fork_begin = inherit(untouched.fork_begin, do_fork=do_fork)
fork_end = inherit(untouched.fork_end, exit1=exit1)
exit_ = inherit(untouched.exit_, exit1=exit1)
drop = inherit(untouched.drop, crfree=crfree)
