"""Calls and results: everything that can be asked of a kernel, and every form of answer.

Strings stand for bytes.  Inside the models each byte is one character (Latin-1), so lengths and
offsets are those of the kernel.  `kernel_bytes` and `user_text` convert at the border.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

Value = bool | int | str | tuple[str, ...] | None
Params = tuple[tuple[str, Value], ...]
Wish = tuple[str, int | None]

UNDEFINED: Final = "undefined by this design"  # how the message begins when a design has no answer


class Errno(StrEnum):
    """errno(2) names, and two answers that come from the recording driver, not from a kernel."""

    EPERM = "EPERM"
    ENOENT = "ENOENT"
    ESRCH = "ESRCH"
    EBADF = "EBADF"
    EAGAIN = "EAGAIN"
    EEXIST = "EEXIST"
    ENOTDIR = "ENOTDIR"
    EINVAL = "EINVAL"
    EMFILE = "EMFILE"
    EFBIG = "EFBIG"
    ENAMETOOLONG = "ENAMETOOLONG"
    EADDRINUSE = "EADDRINUSE"
    ENOSYS = "ENOSYS"
    EKILLED = "EKILLED"  # the caller was killed and can only exit
    EBADOP = "EBADOP"  # the op itself is malformed


# Flags of jail_set(2) and jail_get(2), as in sys/jail.h.
JAIL_CREATE: Final = 0x01  # create the jail if it does not exist
JAIL_UPDATE: Final = 0x02  # update the jail if it exists
JAIL_ATTACH: Final = 0x04  # attach to the jail upon creation
JAIL_DYING: Final = 0x08  # allow dying jails
JAIL_USE_DESC: Final = 0x10  # work on the jail of the descriptor in desc
JAIL_AT_DESC: Final = 0x20  # work below the jail of the descriptor in desc
JAIL_GET_DESC: Final = 0x40  # return a descriptor in desc
JAIL_OWN_DESC: Final = 0x80  # return an owning descriptor: its last close removes the jail


@dataclass(frozen=True, slots=True)
class JailSet:
    """jail_set(2) by process `pid`; params in the order in which they are passed."""

    pid: int
    flags: int
    params: Params
    memo: dict[object, object] = field(
        init=False, default_factory=dict, compare=False, repr=False
    )  # results that depend on the call alone, computed once


@dataclass(frozen=True, slots=True)
class JailGet:
    """jail_get(2); `by` holds those of the keys jid, name, lastjid and desc that are passed.

    `want` is a wish list: names, each with the size of its buffer in bytes.  A size of 0 stands
    for no buffer, so the call asks for the length of the value; None is a buffer that is large
    enough.  A `plain` call reads every parameter, and the wish list in addition.
    """

    pid: int
    flags: int
    by: tuple[tuple[str, int | str], ...]
    want: tuple[Wish, ...] = ()
    plain: bool = True


@dataclass(frozen=True, slots=True)
class JailAttach:
    """jail_attach(2)."""

    pid: int
    jid: int


@dataclass(frozen=True, slots=True)
class JailRemove:
    """jail_remove(2)."""

    pid: int
    jid: int


@dataclass(frozen=True, slots=True)
class JailAttachJd:
    """jail_attach_jd(2): attach to the jail of a descriptor."""

    pid: int
    fd: int


@dataclass(frozen=True, slots=True)
class JailRemoveJd:
    """jail_remove_jd(2): remove the jail of a descriptor."""

    pid: int
    fd: int


@dataclass(frozen=True, slots=True)
class Close:
    """close(2) of a descriptor of any kind."""

    pid: int
    fd: int


@dataclass(frozen=True, slots=True)
class Fork:
    """fork(2), both halves; `child` is the pid of the new process."""

    pid: int
    child: int


@dataclass(frozen=True, slots=True)
class ForkBegin:
    """The first half of do_fork(); after it, the child exists but is still PRS_NEW."""

    pid: int
    child: int


@dataclass(frozen=True, slots=True)
class ForkEnd:
    """The second half of do_fork(); after it, the child runs, or has died with its jail."""

    child: int


@dataclass(frozen=True, slots=True)
class Exit:
    """_exit(2), or the end of a killed process."""

    pid: int


@dataclass(frozen=True, slots=True)
class Hold:
    """Something outside the process table takes the credential of `pid` (crhold)."""

    pid: int
    res: str


@dataclass(frozen=True, slots=True)
class Drop:
    """The resource `res` lets go of its credential (crfree)."""

    res: str


@dataclass(frozen=True, slots=True)
class Poke:
    """Set the kernel's jid counters; no system call does this."""

    lastprid: int | None = None
    lastdeadid: int | None = None


@dataclass(frozen=True, slots=True)
class Malformed:
    """An op that the driver refuses (EBADOP), kept as its JSON text."""

    json: str


Call = (
    JailSet
    | JailGet
    | JailAttach
    | JailRemove
    | JailAttachJd
    | JailRemoveJd
    | Close
    | Fork
    | ForkBegin
    | ForkEnd
    | Exit
    | Hold
    | Drop
    | Poke
    | Malformed
)


class Result(NamedTuple):
    """The answer to a call; `values` and `wanted` are for jail_get only.

    `values` is a View (jail_kernel/jail_get.py): what a plain call reads.  `wanted` holds the other
    names on the wish list, with what came back in their buffers.  `fd` is the descriptor that came
    back in the parameter desc.
    """

    errno: Errno | None
    ret: int | None = None
    errmsg: str | None = None
    values: tuple[object, ...] | None = None
    wanted: tuple[tuple[str, object], ...] | None = None
    fd: int | None = None

    @property
    def panicked(self) -> bool:
        """True if the kernel panicked instead of answering; `errmsg` says why."""
        return self.errno is None and self.ret is None

    @property
    def undefined(self) -> bool:
        """True if the kernel is a proposed design that defines no answer; `errmsg` says to what."""
        return self.panicked and (self.errmsg or "").startswith(UNDEFINED)

    @property
    def ok(self) -> bool:
        """True if the call succeeded."""
        return self.errno is None and self.ret is not None

    @property
    def kind(self) -> str:
        """The class of the answer: the errno's name, ok, panic, or undefined."""
        if self.errno is not None:
            return str(self.errno)
        if self.undefined:
            return "undefined"
        return "panic" if self.ret is None else "ok"


def kernel_bytes(text: str) -> str:
    """The bytes of user text, as one character each."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("latin-1")


def user_text(raw: str) -> str:
    """The inverse of `kernel_bytes`; bytes that are not UTF-8 become surrogates."""
    return raw if raw.isascii() else raw.encode("latin-1").decode("utf-8", "surrogateescape")
