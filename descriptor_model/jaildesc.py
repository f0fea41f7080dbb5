"""Files that stand for jails.  kern_jaildesc.c."""

from jail_kernel import allow
from jail_kernel.call import Errno
from jail_kernel.kernel import Kernel
from jail_kernel.reference import INVALID, prison_hold
from jail_kernel.state import File, Prison

# [New: J1]
FD_MAX = 64  # open files of a process, as the recorder has them


# [New: J1]
def jaildesc_find(k: Kernel, pid: int, fd: int) -> tuple[Prison, File] | Errno:
    """The jail of a descriptor, with a reference taken, and its file.  jaildesc_find()."""
    table = k.fd_table(pid)
    if fd not in table:
        return Errno.EBADF
    file = table[fd]
    if file is None:
        return Errno.EINVAL
    pr = file.prison
    if pr is None or pr.state is INVALID:
        return Errno.ENOENT
    prison_hold(k, pr)
    return pr, file


# [New: J1]
def jaildesc_alloc(k: Kernel, pid: int, *, owning: bool) -> int | Errno:
    """Open a descriptor without a jail; return its number.  jaildesc_alloc()."""
    cred = k.procs[pid].cred
    if owning and not cred.prison.allow & allow.SUSER:
        return Errno.EPERM
    table = k.fd_table(pid)
    fd = next((number for number in range(FD_MAX) if number not in table), None)
    if fd is None:
        return Errno.EMFILE
    k.lock(cred)
    cred.ref += 1
    k.set_fds(pid, table | {fd: File(cred, owning=owning)})
    return fd


# [New: J1]
def jaildesc_set_prison(k: Kernel, pid: int, fd: int, pr: Prison) -> None:
    """Let a descriptor stand for a jail.  jaildesc_set_prison()."""
    file = k.fd_table(pid)[fd]
    assert file is not None
    k.lock(file)
    file.prison = pr
    prison_hold(k, pr)
