"""jail_get(2), by descriptor too."""

from descriptor_model import allow
from descriptor_model.jail_conf import DESC_FLAGS, wanted_desc
from descriptor_model.jail_start import Held, holding, no_desc, open_desc, use_and_at, work_at
from descriptor_model.jaildesc import jaildesc_find, jaildesc_set_prison
from descriptor_model.jailmeta import osd_jail_get
from descriptor_model.lookup import prison_find_child, prison_find_name
from descriptor_model.reference import prison_free
from jail_kernel import jail_get as untouched
from jail_kernel import jail_get_params as params
from jail_kernel.call import (
    JAIL_AT_DESC,
    JAIL_DYING,
    JAIL_USE_DESC,
    Errno,
    JailGet,
    Result,
)
from jail_kernel.jail_attach import EINVAL
from jail_kernel.jail_conf import ConfError, unknown_parameter
from jail_kernel.jail_get import read_all
from jail_kernel.jail_get_params import GetOptions
from jail_kernel.kernel import Kernel
from jail_kernel.proc import no_caller, prison_of
from jail_kernel.reference import ALIVE
from jail_kernel.state import Prison
from jail_source.descent import inherit

# [New: J3]
GET_FLAGS = JAIL_DYING | DESC_FLAGS

find_prison = inherit(
    untouched.find_prison, prison_find_child=prison_find_child, prison_find_name=prison_find_name
)
jail_get_all = inherit(untouched.jail_get_all, find_prison=find_prison)
get_params = inherit(params.get_params, allow=allow)


def jail_get(k: Kernel, call: JailGet) -> Result:
    """Read the parameters of one jail.  kern_jail.c, kern_jail_get()."""
    refused = no_caller(k, call.pid)
    if refused is not None:
        return refused
    mypr = prison_of(k, call.pid)
    # FLAGS
    # [Modified: J3]
    if call.flags & ~GET_FLAGS or use_and_at(call.flags):
        return EINVAL
    # [Modified: J3]
    by = dict(call.by)
    if call.want or not call.plain or call.flags & DESC_FLAGS or "desc" in by:
        return holding(k, call, jail_get_list)
    return jail_get_all(k, mypr, call, by)


# [Modified: J3]
def jail_get_list(k: Kernel, call: JailGet, held: Held) -> Result:
    """Read what the wish list asks for, and all parameters if the call is plain."""
    try:
        opts = GetOptions(call)
        # [Modified: J3]
        pr = find_jail(k, call, opts, held)
        if isinstance(pr, Result):
            return pr
        # [New: J3]
        if held.fd is not None:
            opts.setopt("desc", held.fd)
            jaildesc_set_prison(k, call.pid, held.fd, pr)
        # [Modified: J3]
        get_params(k, held.mypr, pr, opts)
        answer = read_all(k, held.mypr, pr) if call.plain else Result(None, pr.jid)
        if answer.errno is not None:
            return answer
        # [New: J9]
        osd_jail_get(k, pr, opts)
    except ConfError as error:
        refusal: Result = error.args[0]
        return refusal
    unseen = opts.first_unseen()
    if unseen is not None:
        return unknown_parameter(unseen)
    # [New: J3]
    fd = wanted_desc(opts.buffers, call.flags, needed_by=0) if held.fd is None else held.fd
    # [Modified: J3]
    return answer._replace(wanted=opts.wanted(call) if call.want else None, fd=fd)


# [New: J3]
def find_jail(k: Kernel, call: JailGet, opts: GetOptions, held: Held) -> Prison | Result:
    """Find the jail by its descriptor, or else by the other keys; raises ConfError."""
    flags = call.flags
    dying = bool(flags & JAIL_DYING)
    desc = wanted_desc(opts.buffers, flags, needed_by=DESC_FLAGS & ~JAIL_USE_DESC)
    if desc is not None:
        opts.seen.add("desc")
        if flags & JAIL_USE_DESC:
            return find_by_desc(k, call.pid, desc, dying=dying)
        refused = work_at(k, call.pid, desc, held) if flags & JAIL_AT_DESC else None
        refused = refused or open_desc(k, call, held)
        if refused is not None:
            return refused
    return find_prison(k, held.mypr, call, opts.keys())


# [New: J3]
def find_by_desc(k: Kernel, pid: int, desc: int, *, dying: bool) -> Prison | Result:
    """The jail of a descriptor."""
    found = jaildesc_find(k, pid, desc)
    if isinstance(found, Errno):
        return no_desc(found)
    pr, _ = found
    prison_free(k, pr)  # It is held by the file.
    if pr.state is not ALIVE and not dying:
        return Result(Errno.ENOENT, None, f"jail {pr.jid} is dying")
    return pr
