"""The kernel of 2025, FreeBSD 15: jail descriptors, meta and env.

It descends from new_model.  The functions that the work on descriptors changed are written out
whole here; all others come from new_model and prison.  An unchanged function that calls a changed
one is taken over with jail_source.descent.inherit.
"""

from descriptor_model.jail_attach import jail_attach, jail_attach_jd
from descriptor_model.jail_get import jail_get
from descriptor_model.jail_remove import jail_remove, jail_remove_jd
from descriptor_model.jail_set import sys_jail_set
from descriptor_model.proc import close, drop, exit_, fork, fork_begin, fork_end
from jail_kernel.call import (
    Close,
    Drop,
    Exit,
    Fork,
    ForkBegin,
    ForkEnd,
    JailAttach,
    JailAttachJd,
    JailGet,
    JailRemove,
    JailRemoveJd,
    JailSet,
)
from jail_kernel.step import Handlers
from new_model import HANDLERS as PARENT

HANDLERS: Handlers = {
    **PARENT,
    JailSet: sys_jail_set,
    JailGet: jail_get,
    JailAttach: jail_attach,
    JailAttachJd: jail_attach_jd,
    JailRemove: jail_remove,
    JailRemoveJd: jail_remove_jd,
    Close: close,
    Fork: fork,
    ForkBegin: fork_begin,
    ForkEnd: fork_end,
    Exit: exit_,
    Drop: drop,
}
