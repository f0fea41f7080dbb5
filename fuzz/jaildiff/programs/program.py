"""A program: calls and commands, and the two kernels that it is for."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from jail_kernel.call import (
    JAIL_AT_DESC,
    JAIL_ATTACH,
    JAIL_CREATE,
    JAIL_DYING,
    JAIL_GET_DESC,
    JAIL_OWN_DESC,
    JAIL_UPDATE,
    JAIL_USE_DESC,
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
    JailSet,
    Poke,
)
from jaildiff.programs.commands.command import NO_SETUP, Op, Setup

JAIL_MAX = 999999
FLAGS = {
    "create": JAIL_CREATE,
    "update": JAIL_UPDATE,
    "attach": JAIL_ATTACH,
    "dying": JAIL_DYING,
    "use_desc": JAIL_USE_DESC,
    "at_desc": JAIL_AT_DESC,
    "get_desc": JAIL_GET_DESC,
    "own_desc": JAIL_OWN_DESC,
}
FLAGS_KNOWN = sum(FLAGS.values())
KERNELS = ("legacy", "new")  # of a program that names none
OPS_MAX = 100_000
ITEMS_MAX = 10_000  # parameters of an op, texts in a list; a kernel takes 64 KiB of them
FAMILIES = {"ip4.addr": socket.AF_INET, "ip6.addr": socket.AF_INET6}

# As recordings and the op language write them; a Malformed call has no name.
OP_NAMES: Mapping[type[Op], str] = {
    JailSet: "jail_set",
    JailGet: "jail_get",
    JailAttach: "jail_attach",
    JailRemove: "jail_remove",
    JailAttachJd: "jail_attach_jd",
    JailRemoveJd: "jail_remove_jd",
    Close: "close",
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
    """A sequence of calls and commands, to be run on a freshly booted kernel with `jail_max`."""

    id: str
    calls: tuple[Op, ...]
    jail_max: int = JAIL_MAX
    kernels: tuple[str, str] = KERNELS  # names: old side, new side
    setup: Setup = NO_SETUP  # what commands find


def is_inet_address(addr: object, name: str) -> bool:
    """Whether this is an address in text form of the family that parameter `name` takes."""
    try:
        socket.inet_pton(FAMILIES[name], cast("str", addr))
    except (OSError, TypeError, ValueError):
        return False
    return True
