"""jail_set(2), by descriptor too.  kern_jail.c, kern_jail_set()."""

from descriptor_model import allow
from descriptor_model.jail_attach import do_jail_attach
from descriptor_model.jail_conf import jail_texts
from descriptor_model.jail_start import Held, check_flags, holding, no_desc, start_jail_set
from descriptor_model.jaildesc import jaildesc_find, jaildesc_set_prison
from descriptor_model.jailmeta import osd_jail_set
from descriptor_model.lookup import find_parent
from descriptor_model.reference import prison_deref
from jail_kernel import jail_params as untouched
from jail_kernel.allow import SUSER
from jail_kernel.call import (
    JAIL_ATTACH,
    JAIL_CREATE,
    JAIL_UPDATE,
    JAIL_USE_DESC,
    Errno,
    JailSet,
    Result,
)
from jail_kernel.jail_attach import EPERM
from jail_kernel.jail_conf import JailConf
from jail_kernel.jail_params import Target, set_params
from jail_kernel.jail_start import wanted_jid
from jail_kernel.kernel import Kernel
from jail_kernel.proc import no_caller, prison_of
from jail_kernel.reference import ALIVE, prison_hold
from jail_source.descent import inherit
from new_model.jail_set import create_prison, find_by_jid, find_sibling

check_allow = inherit(untouched.check_allow, allow=allow)
check_params = inherit(untouched.check_params, check_allow=check_allow)


# [New: J3]
def sys_jail_set(k: Kernel, call: JailSet) -> Result:
    """Create or update a jail, with descriptors."""
    refused = no_caller(k, call.pid)
    if refused is None:
        refused = check_flags(prison_of(k, call.pid), call.flags)
    return refused or holding(k, call, jail_set)


# [Modified: J3]
def jail_set(k: Kernel, call: JailSet, held: Held) -> Result:
    """Create or update a jail; JAIL_DYING no longer has a meaning."""
    started = start_jail_set(k, call, held)
    if isinstance(started, Result):
        return started
    # [Modified: J3]
    conf, path, desc = started
    mypr, ownpr = held.mypr, prison_of(k, call.pid)
    # LOOKUP
    # [Modified: J3]
    target = find_target(k, call, conf, held, desc)
    if isinstance(target, Result):
        return target
    # CREATION
    if target.pr is None:
        pr = create_prison(k, mypr, target, conf, path)
        if isinstance(pr, Result):
            return pr
    else:
        pr = target.pr
        prison_hold(k, pr)
    # CHECKS
    # [Modified: J3]
    refused = check_params(k, ownpr, target, pr, conf)
    if refused is not None:
        prison_deref(k, pr, ref=True)
        return refused
    # COMMIT
    # [Modified: J3]
    drop_uref = set_params(k, ownpr, target, pr, conf)
    # [New: J7]
    refused = osd_jail_set(k, pr, jail_texts(call))
    if refused is not None:
        prison_deref(k, pr, ref=True, uref=drop_uref)
        return refused
    if target.pr is None:
        pr.state = ALIVE
    if call.flags & JAIL_ATTACH:
        do_jail_attach(k, call.pid, pr)
    # [New: J3]
    if held.fd is not None:
        jaildesc_set_prison(k, call.pid, held.fd, pr)
    jid = pr.jid
    prison_deref(k, pr, ref=True, uref=drop_uref)
    # [Modified: J3]
    return Result(None, jid, fd=held.fd)


# [Modified: J3]
def find_target(
    k: Kernel, call: JailSet, conf: JailConf, held: Held, desc: int | None
) -> Target | Result:
    """The jail to update, or what is known about the one to make."""
    jid = wanted_jid(call, conf)
    # [New: J3]
    mypr = held.mypr
    if mypr.state is not ALIVE:
        return Result(Errno.EAGAIN)
    # [Modified: J3]
    target = Target(jid=jid, name=conf.name, ppr=mypr)
    if call.flags & JAIL_USE_DESC:
        assert desc is not None
        refused = find_by_desc(k, call, desc, target)
    elif jid < 0:
        return Result(Errno.EINVAL, None, "negative jid")
    else:
        refused = find_by_jid(k, mypr, call.flags, target) if jid else None
    if refused is None:
        refused = find_parent(k, mypr, target)
    if refused is None and target.namelc:
        refused = find_sibling(k, call.flags, target)
    if refused is not None:
        return refused
    if target.pr is None and target.name is None and not call.flags & JAIL_CREATE:
        return Result(Errno.ENOENT, None, "update specified no jail")
    return target


# [New: J3]
def find_by_desc(k: Kernel, call: JailSet, desc: int, target: Target) -> Result | None:
    """Find the jail of the descriptor, with its opener's privilege; None: go on."""
    found = jaildesc_find(k, call.pid, desc)
    if isinstance(found, Errno):
        return no_desc(found)
    pr, file = found
    prison_deref(k, pr, ref=True)  # It is held by the file; the caller holds it when it is checked.
    # PRIVILEGE
    if not file.cred.prison.allow & SUSER:
        return EPERM
    # STATE
    if not call.flags & JAIL_UPDATE:
        return Result(Errno.EEXIST, None, f"jail {pr.jid} already exists")
    if pr.state is not ALIVE:
        return Result(Errno.ENOENT, None, f"jail {pr.jid} is dying")
    if target.jid not in (0, pr.jid):
        return Result(Errno.EINVAL, None, "cannot change jid")
    target.jid = pr.jid
    target.pr = pr
    return None
