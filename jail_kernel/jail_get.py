"""jail_get(2)."""

from bisect import bisect_right
from collections.abc import Mapping
from operator import attrgetter
from typing import Final

from jail_kernel.call import JAIL_DYING, Errno, JailGet, Result, kernel_bytes, user_text
from jail_kernel.jail_conf import ConfError, unknown_parameter
from jail_kernel.jail_get_params import GetOptions, get_params
from jail_kernel.kernel import Kernel, by_jid
from jail_kernel.lookup import (
    prison_find_child,
    prison_find_name,
    prison_name,
    prison_path,
)
from jail_kernel.options import int32
from jail_kernel.proc import no_caller, prison_of
from jail_kernel.reference import ALIVE, descendants
from jail_kernel.state import NAME_SIZE, Prison

EINVAL: Final = Result(Errno.EINVAL)

# What prison0 reads with jail_get, in the order of VIEW_FIELDS.
VIEW_FIELDS = (
    "jid",
    "name",
    "parent.jid",
    "path",
    "state",
    "securelevel",
    "childcount",
    "childmax",
    "enforce_statfs",
    "devfs_ruleset",
    "osreldate",
    "osrelease",
    "host",
    "hostname",
    "domainname",
    "hostuuid",
    "hostid",
    "vnet",
    "persist",
    "ip4_user",
    "ip6_user",
    "ip4",
    "ip6",
    "ip4_saddrsel",
    "ip6_saddrsel",
    "allow",
)
View = tuple[object, ...]
Keys = Mapping[str, int | str]
host_view: Final = attrgetter(*VIEW_FIELDS)


def jail_get(k: Kernel, call: JailGet) -> Result:
    """Read the parameters of one jail.  kern_jail.c, kern_jail_get()."""
    refused = no_caller(k, call.pid)
    if refused is not None:
        return refused
    mypr = prison_of(k, call.pid)
    # FLAGS
    if call.flags & ~JAIL_DYING:
        return EINVAL
    if call.want or not call.plain:
        return jail_get_list(k, mypr, call)
    return jail_get_all(k, mypr, call, dict(call.by))


def jail_get_all(k: Kernel, mypr: Prison, call: JailGet, by: Keys) -> Result:
    """Read every parameter of a jail, from its lookup on."""
    # LOOKUP
    pr = find_prison(k, mypr, call, by)
    # VALUES
    return pr if isinstance(pr, Result) else read_all(k, mypr, pr)


def read_all(k: Kernel, mypr: Prison, pr: Prison) -> Result:
    """Read every parameter of a jail that was found."""
    if mypr is k.prison0:
        view: View = host_view(pr)
        name = pr.name
    else:
        view = relative_view(k, mypr, pr)
        name = str(view[1])
    if len(name) >= NAME_SIZE:
        return EINVAL
    return Result(None, pr.jid, None, view)


def jail_get_list(k: Kernel, mypr: Prison, call: JailGet) -> Result:
    """Read what the wish list asks for, and all parameters if the call is plain."""
    try:
        opts = GetOptions(call)
        by = opts.keys()
        pr = find_prison(k, mypr, call, by)
        if isinstance(pr, Result):
            return pr
        get_params(k, mypr, pr, opts)
    except ConfError as error:
        refusal: Result = error.args[0]
        return refusal
    answer = jail_get_all(k, mypr, call, by) if call.plain else Result(None, pr.jid)
    if answer.errno is not None:
        return answer
    unseen = opts.first_unseen()
    if unseen is not None:
        return unknown_parameter(unseen)
    return answer._replace(wanted=opts.wanted(call))


def relative_view(k: Kernel, mypr: Prison, pr: Prison) -> View:
    """What `mypr` reads about `pr`: name, parent and path are relative to the reader."""
    jid, _, _, _, *rest = host_view(pr)
    parent = 0 if pr.parent is mypr else pr.parent.jid
    return (jid, prison_name(k, mypr, pr), parent, prison_path(mypr, pr), *rest)


def find_prison(k: Kernel, mypr: Prison, call: JailGet, by: Keys) -> Prison | Result:
    """Find a prison by lastjid, or else jid, or else name; dying ones only with JAIL_DYING."""
    dying = bool(call.flags & JAIL_DYING)
    if "lastjid" in by:
        return find_next(k, mypr, int32(int(by["lastjid"])), dying=dying)
    jid = int32(int(by.get("jid", 0)))
    if jid != 0:
        pr = prison_find_child(k, mypr, jid)
        what = f"jail {jid}"
    elif "name" in by:
        name = kernel_bytes(str(by["name"])).partition("\0")[0]
        pr = prison_find_name(k, mypr, name)
        what = f'jail "{user_text(name)}"'
    else:
        return Result(Errno.ENOENT, None, "no jail specified")
    if pr is None:
        return Result(Errno.ENOENT, None, f"{what} not found")
    if pr.state is not ALIVE and not dying:
        return Result(Errno.ENOENT, None, f"{what} is dying")
    return pr


def find_next(k: Kernel, mypr: Prison, lastjid: int, *, dying: bool) -> Prison | Result:
    """The visible prison with the lowest jid above `lastjid`.

    The kernel walks all of allprison; for a caller in a jail we walk the jails below it instead.
    """
    if mypr is k.prison0:
        start = bisect_right(k.allprison, lastjid, key=by_jid)
        for place in range(start, len(k.allprison)):
            pr = k.allprison[place]
            if dying or pr.state is ALIVE:
                return pr
        found = None
    else:
        below = (pr for pr in descendants(mypr) if pr.jid > lastjid)
        found = min((pr for pr in below if dying or pr.state is ALIVE), key=by_jid, default=None)
    return found or Result(Errno.ENOENT, None, f"no jail after {lastjid}")
