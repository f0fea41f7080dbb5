"""jail_get(2), which finds a dying jail only by its name."""

from bisect import bisect_right

from jail_kernel import jail_get as untouched
from jail_kernel.call import Errno, Result
from jail_kernel.kernel import Kernel, by_jid
from jail_kernel.reference import ALIVE, descendants
from jail_kernel.state import Prison
from jail_source.descent import inherit
from proposed_models.dead_bit.lookup import prison_find_child, prison_find_name


def find_next(k: Kernel, mypr: Prison, lastjid: int, *, dying: bool) -> Prison | Result:  # noqa: ARG001  # its callers pass the flag
    """The visible prison with the lowest jid above `lastjid`.

    The kernel walks all of allprison; for a caller in a jail we walk the jails below it instead.
    """
    if mypr is k.prison0:
        start = bisect_right(k.allprison, lastjid, key=by_jid)
        for place in range(start, len(k.allprison)):
            pr = k.allprison[place]
            # [Modified: K2]
            if pr.state is ALIVE:
                return pr
        found = None
    else:
        below = (pr for pr in descendants(mypr) if pr.jid > lastjid)
        # [Modified: K2]
        found = min((pr for pr in below if pr.state is ALIVE), key=by_jid, default=None)
    return found or Result(Errno.ENOENT, None, f"no jail after {lastjid}")


find_prison = inherit(
    untouched.find_prison,
    find_next=find_next,
    prison_find_child=prison_find_child,
    prison_find_name=prison_find_name,
)
jail_get_all = inherit(untouched.jail_get_all, find_prison=find_prison)
jail_get_list = inherit(untouched.jail_get_list, find_prison=find_prison, jail_get_all=jail_get_all)
jail_get = inherit(untouched.jail_get, jail_get_all=jail_get_all, jail_get_list=jail_get_list)
