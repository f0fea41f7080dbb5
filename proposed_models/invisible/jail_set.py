"""jail_set(2), to which a dying jail does not exist and its jid is free."""

from jail_kernel.call import JAIL_CREATE, JAIL_UPDATE, Errno, Result
from jail_kernel.jail_conf import JailConf
from jail_kernel.jail_params import Target, make_prison
from jail_kernel.kernel import Kernel
from jail_kernel.lookup import prison_ischild
from jail_kernel.reference import ALIVE, ancestry
from jail_kernel.state import Prison
from jail_source.descent import inherit
from new_model import jail_set as untouched
from proposed_models.invisible.jid import get_next_prid
from proposed_models.invisible.lookup import find_parent


def find_by_jid(k: Kernel, mypr: Prison, flags: int, target: Target) -> Result | None:
    """Find the jail with the jid asked for; None: go on."""
    jid = target.jid
    pr = k.prid.get(jid)
    if pr is not None and pr.state is not ALIVE:
        # [Modified: V2]
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
    # [Removed: V2]
    if target.jid == 0:
        target.jid = get_next_prid(k)
        if target.jid == 0:
            return Result(Errno.EAGAIN, None, "no available jail IDs")
    # [New: V2]
    deadpr = k.prid.get(target.jid)
    if deadpr is not None:
        k.bury(deadpr, target.jid)
    if target.namelc is None:
        target.namelc = ""
    return make_prison(k, mypr, target.ppr, target.jid, conf, path)


find_target = inherit(untouched.find_target, find_by_jid=find_by_jid, find_parent=find_parent)
jail_set = inherit(untouched.jail_set, find_target=find_target, create_prison=create_prison)
