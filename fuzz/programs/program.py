"""A program: calls, and the kernels they are for."""

from collections.abc import Mapping
from dataclasses import dataclass

from prison.call import (
    JAIL_ATTACH,
    JAIL_CREATE,
    JAIL_DYING,
    JAIL_UPDATE,
    Call,
    Drop,
    Exit,
    Fork,
    ForkBegin,
    ForkEnd,
    Hold,
    JailAttach,
    JailGet,
    JailRemove,
    JailSet,
    Poke,
)

JAIL_MAX = 999999
FLAGS = {
    "create": JAIL_CREATE,
    "update": JAIL_UPDATE,
    "attach": JAIL_ATTACH,
    "dying": JAIL_DYING,
}
FLAGS_KNOWN = JAIL_CREATE | JAIL_UPDATE | JAIL_ATTACH | JAIL_DYING

KERNELS = ("legacy", "new")  # for which a program is that does not say it

# As recordings and the op language write them; what is malformed has no name.
OP_NAMES: Mapping[type[Call], str] = {
    JailSet: "jail_set",
    JailGet: "jail_get",
    JailAttach: "jail_attach",
    JailRemove: "jail_remove",
    Fork: "fork",
    ForkBegin: "fork_begin",
    ForkEnd: "fork_end",
    Exit: "exit",
    Hold: "hold",
    Drop: "drop",
    Poke: "poke",
}


@dataclass(frozen=True, slots=True)
class Program:
    """A sequence of calls, to be run from boot on a kernel with that JAIL_MAX."""

    id: str
    calls: tuple[Call, ...]
    jail_max: int = JAIL_MAX
    kernels: tuple[str, str] = KERNELS  # by name: on the old side, on the new side
