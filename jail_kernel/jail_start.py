"""The beginning of jail_set: the checks before the lookup.

kern_jail.c, sys_jail_set() and kern_jail_set().
"""

from typing import Final

from jail_kernel import allow
from jail_kernel.call import JAIL_CREATE, JAIL_UPDATE, Errno, JailSet, Result
from jail_kernel.jail_conf import SET_FLAGS, JailConf, jail_conf
from jail_kernel.kernel import Kernel
from jail_kernel.namei import namei
from jail_kernel.options import int32, strtoul
from jail_kernel.proc import no_caller, prison_of
from jail_kernel.state import Prison

EPERM: Final = Result(Errno.EPERM)
EINVAL: Final = Result(Errno.EINVAL)


def start_jail_set(k: Kernel, call: JailSet) -> tuple[Prison, JailConf, str | None] | Result:
    """The caller's jail, the checked parameters, and the full path of the root if one is given."""
    refused = no_caller(k, call.pid)
    if refused is not None:
        return refused
    mypr = prison_of(k, call.pid)
    # PRIVILEGE
    if not mypr.allow & allow.SUSER:
        return EPERM
    if call.flags & JAIL_CREATE and mypr.childmax == 0:
        return EPERM
    # PARAMETERS
    if call.flags & ~SET_FLAGS:
        return EINVAL
    conf = jail_conf(call)
    if isinstance(conf, Result):
        return conf
    if conf.path is None:
        return mypr, conf, None
    path = namei(mypr.root, conf.path)
    return Result(path) if isinstance(path, Errno) else (mypr, conf, path)


def wanted_jid(call: JailSet, conf: JailConf) -> int:
    """The jid asked for, in a pure create also by a numeric name; 0 if none."""
    pure_create = call.flags & (JAIL_CREATE | JAIL_UPDATE) == JAIL_CREATE
    if conf.jid == 0 and conf.name is not None and pure_create:
        value, whole = strtoul(conf.name.rpartition(".")[2])
        return int32(value) if whole else 0
    return conf.jid
