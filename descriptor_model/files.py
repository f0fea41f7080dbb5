"""Close one file or all.  kern_descrip.c, and jaildesc_close() of kern_jaildesc.c."""

from descriptor_model.jail_remove import prison_remove
from descriptor_model.reference import crfree, prison_free
from jail_kernel.kernel import Kernel
from jail_kernel.reference import prison_hold
from jail_kernel.state import File


# [New: J1]
def kern_close(k: Kernel, pid: int, fd: int) -> None:
    """Close one descriptor of a process.  kern_close()."""
    table = k.fd_table(pid)
    k.set_fds(pid, {number: file for number, file in table.items() if number != fd})
    closef(k, table[fd])


# [New: J1]
def fdescfree(k: Kernel, pid: int) -> None:
    """Close all files of a process.  fdescfree()."""
    table = k.fd_table(pid)
    k.set_fds(pid, None)
    for fd in sorted(table):
        closef(k, table[fd])


# [New: J1]
def closef(k: Kernel, file: File | None) -> None:
    """Drop a descriptor of a file; the last one closes the file.  closef() and _fdrop()."""
    if file is None:
        return
    k.lock(file)
    file.ref -= 1
    if file.ref == 0:
        jaildesc_close(k, file)
        crfree(k, file.cred)


# [New: J1]
def jaildesc_close(k: Kernel, file: File) -> None:
    """Let go of the jail, or remove it if the descriptor owns it.  jaildesc_close()."""
    pr = file.prison
    if pr is None:
        return
    prison_hold(k, pr)
    file.prison = None
    if file.owning:
        prison_remove(k, pr)
    else:
        prison_free(k, pr)
    prison_free(k, pr)
