"""jail_get(2), by descriptor too."""

from descriptor_model.jail_conf import DESC_FLAGS, wanted_desc
from descriptor_model.jail_start import Held, holding, no_desc, open_desc, use_and_at, work_at
from descriptor_model.jaildesc import jaildesc_find, jaildesc_set_prison
from descriptor_model.jailmeta import osd_jail_get
from descriptor_model.lookup import prison_find_child, prison_find_name
from descriptor_model.reference import prison_free
from prison import jail_get as untouched
from prison.call import (
    JAIL_AT_DESC,
    JAIL_DYING,
    JAIL_USE_DESC,
    Errno,
    JailGet,
    Result,
)
from prison.descent import inherit
from prison.jail_attach import EINVAL
from prison.jail_conf import ConfError, unknown_parameter
from prison.jail_get import view_of
from prison.jail_get_params import GetOptions, get_params
from prison.kernel import Kernel
from prison.proc import no_caller
from prison.reference import ALIVE
from prison.state import Prison

# [New: J3]
GET_FLAGS = JAIL_DYING | DESC_FLAGS

find_prison = inherit(
    untouched.find_prison, prison_find_child=prison_find_child, prison_find_name=prison_find_name
)


# [New: J3]
def sys_jail_get(k: Kernel, call: JailGet) -> Result:
    """Read the parameters of one jail, with descriptors."""
    refused = no_caller(k, call.pid)
    if refused is not None:
        return refused
    # FLAGS
    if call.flags & ~GET_FLAGS or use_and_at(call.flags):
        return EINVAL
    return holding(k, call, jail_get)


# [Modified: J3]
def jail_get(k: Kernel, call: JailGet, held: Held) -> Result:
    """Read the parameters of one jail.  kern_jail.c, kern_jail_get()."""
    try:
        opts = GetOptions(call)
        # LOOKUP
        pr = find_jail(k, call, opts, held)
        if isinstance(pr, Result):
            return pr
        # DESCRIPTOR
        if held.fd is not None:
            opts.setopt("desc", held.fd)
            jaildesc_set_prison(k, call.pid, held.fd, pr)
        # VALUES
        get_params(k, held.mypr, pr, opts)
        view = view_of(k, held.mypr, pr) if call.plain else ()
        if view is None:
            return EINVAL
        osd_jail_get(k, pr, opts)
    except ConfError as error:
        result: Result = error.args[0]
        return result
    # UNKNOWN PARAMETERS
    unseen = opts.first_unseen()
    if unseen is not None:
        return unknown_parameter(unseen)
    fd = wanted_desc(opts.buffers, call.flags, needed_by=0) if held.fd is None else held.fd
    return Result(None, pr.jid, None, view or None, opts.wanted(call) or None, fd)


# [New: J3]
def find_jail(k: Kernel, call: JailGet, opts: GetOptions, held: Held) -> Prison | Result:
    """By descriptor, else by what else is given; raises ConfError."""
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
    return find_prison(k, held.mypr, opts.keys(), dying=dying)


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
