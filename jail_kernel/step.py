"""One op on one kernel."""

from collections.abc import Callable, Mapping
from typing import Any

from jail_kernel import jail_attach, jail_get, jail_remove, proc
from jail_kernel.call import (
    Call,
    Close,
    Drop,
    Exit,
    Fork,
    ForkBegin,
    ForkEnd,
    Hold,
    JailAttach,
    JailAttachJd,
    JailGet,
    JailRemove,
    JailRemoveJd,
    Malformed,
    Poke,
    Result,
)
from jail_kernel.kernel import Kernel
from jail_kernel.state import KernelPanic

# A value takes an instance of its key, which the type cannot express.
Handlers = Mapping[type[Any], Callable[[Kernel, Any], Result]]

HANDLERS: Handlers = {
    JailGet: jail_get.jail_get,
    JailAttach: jail_attach.jail_attach,
    JailRemove: jail_remove.jail_remove,
    JailAttachJd: proc.nosys,
    JailRemoveJd: proc.nosys,
    Close: proc.close,
    Fork: proc.fork,
    ForkBegin: proc.fork_begin,
    ForkEnd: proc.fork_end,
    Exit: proc.exit_,
    Hold: proc.hold,
    Drop: proc.drop,
    Poke: proc.poke,
    Malformed: proc.malformed,
}


def step(k: Kernel, handlers: Handlers, call: Call) -> Result:
    """Make one call on `k`.  A panic is an answer, too: errno and ret are None, errmsg the text.

    A kernel that has panicked must not be called again; `k.rollback()` takes the op back.
    """
    k.begin()
    try:
        return handlers[type(call)](k, call)
    except KernelPanic as panic:
        return Result(None, None, str(panic))
