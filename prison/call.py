"""Calls and results: the closed vocabulary in which a kernel is driven.

Strings are byte strings.  Inside the models a byte is one character (Latin-1), so
that lengths and offsets count as the kernel counts them; `kernel_bytes` and
`user_text` convert at the border.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

Value = bool | int | str | tuple[str, ...] | None
Params = tuple[tuple[str, Value], ...]
Wish = tuple[str, int | None]

UNDEFINED = "undefined by this design"  # as the text begins when a design has no answer


class Errno(StrEnum):
    """errno(2) names, and two answers of the driver that no kernel gives."""

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
    EKILLED = "EKILLED"  # a killed process makes no call but exit
    EBADOP = "EBADOP"  # the op itself is malformed


# Flags of jail_set(2) and jail_get(2), as in sys/jail.h.
JAIL_CREATE = 0x01  # create the jail if it does not exist
JAIL_UPDATE = 0x02  # update the jail if it exists
JAIL_ATTACH = 0x04  # attach to the jail upon creation
JAIL_DYING = 0x08  # also a dying jail
JAIL_USE_DESC = 0x10  # the jail is the one of a descriptor
JAIL_AT_DESC = 0x20  # jails are looked up below the one of a descriptor
JAIL_GET_DESC = 0x40  # a descriptor comes back
JAIL_OWN_DESC = 0x80  # an owning one comes back: its last close removes the jail


@dataclass(frozen=True, slots=True)
class JailSet:
    """jail_set(2) by process `pid`; params in the order in which they are passed."""

    pid: int
    flags: int
    params: Params
    memo: dict[object, object] = field(
        init=False, default_factory=dict, compare=False, repr=False
    )  # what is worked out once from the call alone


@dataclass(frozen=True, slots=True)
class JailGet:
    """jail_get(2); `by` holds the keys jid, name, lastjid, desc that are passed.

    `want` is a wish list: names, each with the size of its buffer in bytes.  Size 0 is no
    buffer, which asks for the length of the value; None is a buffer that always fits.  A
    `plain` call reads every parameter of its own accord, and the wish list comes on top.
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
    """jail_attach_jd(2): the jail is that of a descriptor."""

    pid: int
    fd: int


@dataclass(frozen=True, slots=True)
class JailRemoveJd:
    """jail_remove_jd(2): the jail is that of a descriptor."""

    pid: int
    fd: int


@dataclass(frozen=True, slots=True)
class Close:
    """close(2) of a descriptor of any kind."""

    pid: int
    fd: int


@dataclass(frozen=True, slots=True)
class Fork:
    """fork(2), whole; `child` is the pid of the new process."""

    pid: int
    child: int


@dataclass(frozen=True, slots=True)
class ForkBegin:
    """The first half of do_fork(): the child exists but is still PRS_NEW."""

    pid: int
    child: int


@dataclass(frozen=True, slots=True)
class ForkEnd:
    """The second half of do_fork(): the child runs, or dies with its jail."""

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
    """The holder `res` lets go of its credential (crfree)."""

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
    """What a call answers; `values` and `wanted` are for jail_get only.

    `values` is a View (prison/jail_get.py), what a plain call reads.  `wanted` holds the
    names of the wish list, but for those, with what came back in their buffers.  `fd` is what
    comes back in the parameter desc.
    """

    errno: Errno | None
    ret: int | None = None
    errmsg: str | None = None
    values: tuple[object, ...] | None = None
    wanted: tuple[tuple[str, object], ...] | None = None
    fd: int | None = None

    @property
    def panicked(self) -> bool:
        """True if the kernel stopped instead of answering; `errmsg` says why."""
        return self.errno is None and self.ret is None

    @property
    def undefined(self) -> bool:
        """True if the kernel is a proposed design that has no answer; `errmsg` says to what."""
        return self.panicked and (self.errmsg or "").startswith(UNDEFINED)

    @property
    def ok(self) -> bool:
        """True if the call succeeded."""
        return self.errno is None and self.ret is not None

    @property
    def kind(self) -> str:
        """The answer without its numbers and texts: the errno's name, ok, panic, or undefined."""
        if self.errno is not None:
            return str(self.errno)
        if self.undefined:
            return "undefined"
        return "panic" if self.ret is None else "ok"


def kernel_bytes(text: str) -> str:
    """The bytes of user text, one character each."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("latin-1")


def user_text(raw: str) -> str:
    """The inverse of `kernel_bytes`; bytes that are not UTF-8 become surrogates."""
    return raw if raw.isascii() else raw.encode("latin-1").decode("utf-8", "surrogateescape")
