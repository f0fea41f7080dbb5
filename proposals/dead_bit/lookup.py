"""Who sees whom: nobody a dying jail by its jid."""

from prison.kernel import Kernel
from prison.lookup import prison_ischild
from prison.reference import ALIVE
from prison.state import Prison


def prison_find_child(k: Kernel, mypr: Prison, prid: int) -> Prison | None:
    """The alive prison with this jid below `mypr`.  kern_jail.c, prison_find_child()."""
    pr = k.prid.get(prid)
    # [New: K2]
    if pr is not None and pr.state is not ALIVE:
        return None
    return pr if pr is not None and prison_ischild(k, mypr, pr) else None
