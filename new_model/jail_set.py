"""jail_set(2), as it renumbers.  kern_jail.c, kern_jail_set()."""

from jail_kernel.call import (
    JAIL_ATTACH,
    JAIL_CREATE,
    JAIL_UPDATE,
    Errno,
    JailSet,
    Result,
    user_text,
)
from jail_kernel.jail_attach import do_jail_attach
from jail_kernel.jail_conf import JailConf
from jail_kernel.jail_params import Target, check_params, find_parent, make_prison, set_params
from jail_kernel.jail_start import start_jail_set, wanted_jid
from jail_kernel.jid import get_next_prid
from jail_kernel.kernel import Kernel
from jail_kernel.lookup import prison_ischild, siblings_named
from jail_kernel.reference import ALIVE, ancestry, prison_deref, prison_hold
from jail_kernel.state import Prison
from new_model.deadid import get_next_deadid


def jail_set(k: Kernel, call: JailSet) -> Result:
    """Create or update a jail; JAIL_DYING no longer has a meaning."""
    started = start_jail_set(k, call)
    if isinstance(started, Result):
        return started
    mypr, conf, path = started
    # LOOKUP
    target = find_target(k, mypr, call, conf)
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
    refused = check_params(k, mypr, target, pr, conf)
    if refused is not None:
        prison_deref(k, pr, ref=True)
        return refused
    # COMMIT
    drop_uref = set_params(k, mypr, target, pr, conf)
    # [Modified: D6]
    if target.pr is None:
        pr.state = ALIVE
    if call.flags & JAIL_ATTACH:
        do_jail_attach(k, call.pid, pr)
    jid = pr.jid
    prison_deref(k, pr, ref=True, uref=drop_uref)
    return Result(None, jid)


def find_target(k: Kernel, mypr: Prison, call: JailSet, conf: JailConf) -> Target | Result:
    """The jail to update, or what is known about the one to make."""
    jid = wanted_jid(call, conf)
    if mypr.state is not ALIVE:
        return Result(Errno.EAGAIN)
    if jid < 0:
        return Result(Errno.EINVAL, None, "negative jid")
    target = Target(jid=jid, name=conf.name, ppr=mypr)
    # [Modified: D3]
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


# [Modified: D3]
def find_by_jid(k: Kernel, mypr: Prison, flags: int, target: Target) -> Result | None:
    """Find the jail with the jid asked for; None: go on."""
    jid = target.jid
    pr = k.prid.get(jid)
    # [Modified: D1]
    if pr is not None and pr.state is not ALIVE:
        target.deadpr, pr = pr, None
    if pr is not None:
        if not flags & JAIL_UPDATE:
            return Result(Errno.EEXIST, None, f"jail {jid} already exists")
        if not prison_ischild(k, mypr, pr):
            return Result(Errno.ENOENT, None, f"jail {jid} not found")
        # [Modified: D2]
        # [Modified: D3]
        target.pr = pr
    elif not flags & JAIL_CREATE:
        return Result(Errno.ENOENT, None, f"jail {jid} not found")
    return None


def find_sibling(k: Kernel, flags: int, target: Target) -> Result | None:
    """Find the jail with the name below the presumed parent, or check that none is in the way."""
    assert target.name is not None
    assert target.namelc is not None
    name = user_text(target.name)
    # [Removed: D4]
    for tpr in siblings_named(k, target.ppr, target.namelc):
        if tpr is target.pr:
            continue
        if tpr.state is ALIVE:
            if target.pr is None and flags & JAIL_UPDATE:
                target.pr = tpr
                break
            return Result(Errno.EEXIST, None, f'jail "{name}" already exists')
        # [Removed: D4]
    # [Removed: D4]
    if target.pr is None and not flags & JAIL_CREATE:
        return Result(Errno.ENOENT, None, f'jail "{name}" not found')
    return None


def create_prison(
    k: Kernel, mypr: Prison, target: Target, conf: JailConf, path: str | None
) -> Prison | Result:
    """Make the prison, if the limits and the jids allow one more."""
    for tpr in ancestry(k, mypr):
        if tpr.childcount >= tpr.childmax:
            return Result(Errno.EPERM, None, "prison limit exceeded")
    # [Modified: D5]
    if target.deadpr is not None:
        deadid = get_next_deadid(k)
        if deadid == 0:
            return Result(Errno.EAGAIN, None, "no available jail IDs")
        k.renumber(target.deadpr, deadid)
    if target.jid == 0:
        target.jid = get_next_prid(k)
        if target.jid == 0:
            return Result(Errno.EAGAIN, None, "no available jail IDs")
    if target.namelc is None:
        target.namelc = ""
    return make_prison(k, mypr, target.ppr, target.jid, conf, path)
