"""jail_set(2), for which a dying jail has no jid."""

from jail_kernel.call import JAIL_CREATE, JAIL_UPDATE, Errno, Result
from jail_kernel.jail_conf import JailConf
from jail_kernel.jail_params import Target, make_prison
from jail_kernel.jid import get_next_prid
from jail_kernel.kernel import Kernel
from jail_kernel.lookup import prison_ischild
from jail_kernel.reference import ALIVE, ancestry
from jail_kernel.state import Prison, UndefinedByDesign
from jail_source.descent import inherit
from new_model import jail_set as untouched
from proposed_models.dead_bit.jail_attach import do_jail_attach
from proposed_models.dead_bit.lookup import find_parent
from proposed_models.dead_bit.reference import DEAD_BIT, prison_deref


def find_by_jid(k: Kernel, mypr: Prison, flags: int, target: Target) -> Result | None:
    """Find the jail with the jid asked for; None: go on."""
    jid = target.jid
    # [New: K4]
    if jid & DEAD_BIT and flags & JAIL_CREATE:
        raise UndefinedByDesign(f"a create with jid {jid}, which has the bit of dying jails")
    pr = k.prid.get(jid)
    if pr is not None and pr.state is not ALIVE:
        # [Modified: K3]
        pr = None
    if pr is not None:
        if not flags & JAIL_UPDATE:
            return Result(Errno.EEXIST, None, f"jail {jid} already exists")
        if not prison_ischild(k, mypr, pr):
            return Result(Errno.ENOENT, None, f"jail {jid} not found")
        target.pr = pr
    elif not flags & JAIL_CREATE:
        return Result(Errno.ENOENT, None, f"jail {jid} not found")
    return None


def create_prison(
    k: Kernel, mypr: Prison, target: Target, conf: JailConf, path: str | None
) -> Prison | Result:
    """Make the prison, if the limits and the jids allow one more."""
    for tpr in ancestry(k, mypr):
        if tpr.childcount >= tpr.childmax:
            return Result(Errno.EPERM, None, "prison limit exceeded")
    # [Removed: K3]
    if target.jid == 0:
        target.jid = get_next_prid(k)
        if target.jid == 0:
            return Result(Errno.EAGAIN, None, "no available jail IDs")
    # [New: K3]
    deadpr = k.prid.get(target.jid)
    if deadpr is not None:  # Only in another kernel's state, where it still has its jid.
        k.bury(deadpr, deadpr.jid)
    if target.namelc is None:
        target.namelc = ""
    return make_prison(k, mypr, target.ppr, target.jid, conf, path)


find_target = inherit(untouched.find_target, find_by_jid=find_by_jid, find_parent=find_parent)
jail_set = inherit(
    untouched.jail_set,
    find_target=find_target,
    create_prison=create_prison,
    do_jail_attach=do_jail_attach,
    prison_deref=prison_deref,
)
