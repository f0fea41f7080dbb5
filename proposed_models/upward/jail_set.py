"""jail_set(2), where a dying jail moves to the next automatic jid."""

from jail_kernel.call import Errno, Result
from jail_kernel.jail_conf import JailConf
from jail_kernel.jail_params import Target, make_prison
from jail_kernel.jid import get_next_prid
from jail_kernel.kernel import Kernel
from jail_kernel.reference import ancestry
from jail_kernel.state import Prison
from jail_source.descent import inherit
from new_model import jail_set as untouched


def create_prison(
    k: Kernel, mypr: Prison, target: Target, conf: JailConf, path: str | None
) -> Prison | Result:
    """Make the prison, if the limits and the jids allow one more."""
    for tpr in ancestry(k, mypr):
        if tpr.childcount >= tpr.childmax:
            return Result(Errno.EPERM, None, "prison limit exceeded")
    if target.deadpr is not None:
        # [Modified: U1]
        deadid = get_next_prid(k)
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


jail_set = inherit(untouched.jail_set, create_prison=create_prison)
