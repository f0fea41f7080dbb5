"""jail_set(2), where a create may not name a jid."""

from jail_kernel.call import Errno, Result
from jail_kernel.jail_conf import JailConf
from jail_kernel.jail_params import Target, make_prison
from jail_kernel.jid import get_next_prid
from jail_kernel.kernel import Kernel
from jail_kernel.reference import ancestry
from jail_kernel.state import Prison
from jail_source.descent import inherit
from new_model import jail_set as untouched

# [New: F1]
FIXED = "the jid of a new jail cannot be specified"


def create_prison(
    k: Kernel, mypr: Prison, target: Target, conf: JailConf, path: str | None
) -> Prison | Result:
    """Make the prison, if the limits and the jids allow one more, and no jid is asked for."""
    # [New: F1]
    if target.jid != 0:
        return Result(Errno.EINVAL, None, FIXED)
    for tpr in ancestry(k, mypr):
        if tpr.childcount >= tpr.childmax:
            return Result(Errno.EPERM, None, "prison limit exceeded")
    # [Removed: F2]
    if target.jid == 0:
        target.jid = get_next_prid(k)
        if target.jid == 0:
            return Result(Errno.EAGAIN, None, "no available jail IDs")
    if target.namelc is None:
        target.namelc = ""
    return make_prison(k, mypr, target.ppr, target.jid, conf, path)


jail_set = inherit(untouched.jail_set, create_prison=create_prison)
