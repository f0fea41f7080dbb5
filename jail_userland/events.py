"""What a program does that others can see, in order."""

from dataclasses import dataclass

from jail_kernel.call import Call, Result


@dataclass(frozen=True, slots=True)
class Called:
    """A system call that is about jails, with its answer."""

    call: Call
    result: Result


@dataclass(frozen=True, slots=True)
class Forked:
    """fork(2), before a command."""

    pid: int
    child: int


@dataclass(frozen=True, slots=True)
class Executed:
    """execve(2): the command that a process becomes, and what the host's tables say of it."""

    argv: tuple[str, ...]
    pid: int
    jid: int  # the jail that the process is in; 0 is the host
    exit: int | None = None  # its exit status
    errno: str | None = None  # it did not get that far
    background: bool = False
    secs: float | None = None  # how long it runs, if a table says so


@dataclass(frozen=True, slots=True)
class UserChanged:
    """setusercontext(3); `whole`: all but group and login name, else path and environment."""

    uid: int
    pid: int
    whole: bool
    clean: bool = False  # nothing of the earlier environment is left


@dataclass(frozen=True, slots=True)
class Left:
    """A process that stays behind when its parent ends."""

    pid: int
    by: int
    jid: int


@dataclass(frozen=True, slots=True)
class Exited:
    """A process is gone; `without_exec`: before it became a command."""

    pid: int
    status: int | str
    without_exec: bool = False


@dataclass(frozen=True, slots=True)
class Killed:
    """kill(2)."""

    pid: int
    signal: int
    by: int
    jid: int


@dataclass(frozen=True, slots=True)
class TimedOut:
    """A wait timed out; seconds."""

    time: float


@dataclass(frozen=True, slots=True)
class ModuleLoaded:
    """kldload(2) was tried."""

    name: str


Event = Called | Forked | Executed | UserChanged | Left | Exited | Killed | TimedOut | ModuleLoaded
