"""jail_attach(2) and jail_attach_jd(2)."""

from descriptor_model.jaildesc import jaildesc_find
from descriptor_model.lookup import prison_find_child
from descriptor_model.reference import crfree, prison_deref, prison_free
from jail_kernel import allow
from jail_kernel import jail_attach as untouched
from jail_kernel.call import Errno, JailAttachJd, Result
from jail_kernel.jail_attach import EINVAL, EPERM
from jail_kernel.kernel import Kernel
from jail_kernel.proc import OK, no_caller
from jail_kernel.reference import ALIVE
from jail_source.descent import inherit

do_jail_attach = inherit(untouched.do_jail_attach, prison_deref=prison_deref, crfree=crfree)
jail_attach = inherit(
    untouched.jail_attach, prison_find_child=prison_find_child, do_jail_attach=do_jail_attach
)


# [New: J6]
def jail_attach_jd(k: Kernel, call: JailAttachJd) -> Result:
    """Move the caller into the jail of a descriptor.  kern_jail.c, sys_jail_attach_jd()."""
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
    # STATE
    if pr.state is not ALIVE:
        prison_free(k, pr)
        return EINVAL
    # COMMIT
    do_jail_attach(k, call.pid, pr)  # Nobody gives the lookup's reference back.
    return OK
