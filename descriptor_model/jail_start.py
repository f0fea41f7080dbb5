"""How jail_set and jail_get begin and end: flags, descriptors, what is held in between.

kern_jail.c, kern_jail_set() and kern_jail_get().
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from descriptor_model.files import kern_close
from descriptor_model.jail_conf import DESC_FLAGS, SET_FLAGS, jail_conf, jail_desc
from descriptor_model.jaildesc import jaildesc_alloc, jaildesc_find
from descriptor_model.reference import prison_free
from jail_kernel import allow
from jail_kernel.call import (
    JAIL_AT_DESC,
    JAIL_CREATE,
    JAIL_GET_DESC,
    JAIL_OWN_DESC,
    JAIL_USE_DESC,
    Errno,
    JailGet,
    JailSet,
    Result,
)
from jail_kernel.jail_conf import JailConf
from jail_kernel.jail_start import EINVAL, EPERM
from jail_kernel.kernel import Kernel
from jail_kernel.namei import namei
from jail_kernel.proc import prison_of
from jail_kernel.reference import prison_hold
from jail_kernel.state import Prison

# [New: J3]
C = TypeVar("C", JailSet, JailGet)


# [New: J3]
@dataclass(slots=True)
class Held:
    """What a call holds until it ends."""

    mypr: Prison  # the jail that it works below: the caller's, or a descriptor's
    fd: int | None = None  # the descriptor to return


# [New: J3]
def holding(k: Kernel, call: C, body: Callable[[Kernel, C, Held], Result]) -> Result:
    """Hold the caller's jail during a call.

    At the end, close a descriptor that is not returned, and let go of the jail.  By then, this may
    be the jail of a descriptor.
    """
    held = Held(prison_of(k, call.pid))
    if not call.flags & DESC_FLAGS:
        return body(k, call, held)  # Nothing in such a call gives the jail's last reference back.
    prison_hold(k, held.mypr)
    result = body(k, call, held)
    if result.errno is not None and held.fd is not None:
        kern_close(k, call.pid, held.fd)
    prison_free(k, held.mypr)
    return result


# [New: J2]
def check_flags(mypr: Prison, flags: int) -> Result | None:
    """The checks of jail_set's flags alone."""
    # [New: J3]
    if flags & (JAIL_CREATE | JAIL_AT_DESC) == JAIL_CREATE and mypr.childmax == 0:
        return EPERM
    if flags & ~SET_FLAGS:
        return EINVAL
    # [New: J3]
    return EINVAL if use_and_at(flags) else None


# [New: J3]
def use_and_at(flags: int) -> bool:
    """True if desc would be both the jail and the jail to work below."""
    both = JAIL_USE_DESC | JAIL_AT_DESC
    return flags & both == both


# [Modified: J2]
def start_jail_set(
    k: Kernel, call: JailSet, held: Held
) -> tuple[JailConf, str | None, int | None] | Result:
    """The checked parameters, the full path of the root if one is given, and the number in desc."""
    # [Modified: J2]
    desc = jail_desc(call)
    if isinstance(desc, Result):
        return desc
    # [New: J3]
    refused = None if desc is None else start_desc(k, call, desc, held)
    if refused is not None:
        return refused
    # PRIVILEGE
    # [Modified: J2]
    mypr = prison_of(k, call.pid)
    if not call.flags & JAIL_USE_DESC and not mypr.allow & allow.SUSER:
        return EPERM
    # [Removed: J2]
    # PARAMETERS
    conf = jail_conf(call)
    if isinstance(conf, Result):
        return conf
    # [Modified: J3]
    if conf.path is None:
        return conf, None, desc
    path = namei(mypr.root, conf.path)
    # [Modified: J3]
    return Result(path) if isinstance(path, Errno) else (conf, path, desc)


# [New: J3]
def start_desc(k: Kernel, call: JailSet, desc: int, held: Held) -> Result | None:
    """Do first what the descriptor flags of a jail_set ask for.  None if nothing is wrong."""
    if call.flags & JAIL_AT_DESC:
        refused = work_at(k, call.pid, desc, held)
        if refused is not None:
            return refused
        if call.flags & JAIL_CREATE and held.mypr.childmax == 0:
            return EPERM
    return open_desc(k, call, held)


# [New: J4]
def work_at(k: Kernel, pid: int, desc: int, held: Held) -> Result | None:
    """Work below the jail of a descriptor; the caller's is let go even if there is no such jail."""
    prison_free(k, held.mypr)
    found = jaildesc_find(k, pid, desc)
    if isinstance(found, Errno):
        return no_desc(found)
    held.mypr, _ = found
    return None


# [New: J3]
def open_desc(k: Kernel, call: JailSet | JailGet, held: Held) -> Result | None:
    """Open the descriptor to return, if one is asked for."""
    if call.flags & (JAIL_GET_DESC | JAIL_OWN_DESC):
        fd = jaildesc_alloc(k, call.pid, owning=bool(call.flags & JAIL_OWN_DESC))
        if isinstance(fd, Errno):
            return Result(fd)
        held.fd = fd
    return None


# [New: J3]
def no_desc(error: Errno) -> Result:
    """The answer if desc is not a jail descriptor, or its jail is dead."""
    dead = error is Errno.ENOENT
    return Result(error, None, "descriptor to dead jail" if dead else "not a jail descriptor")
