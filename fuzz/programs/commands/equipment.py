"""What every host has: users, names of hosts, settings; and how its kernel is asked."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from prison.call import Call, JailGet, Result
from prison.kernel import Kernel
from prison.state import ProcState
from userland import Host
from userland.files import Files
from userland.host import KinfoProc, User
from userland.libjail import noname

USERS = (
    User("root", 0, "/root", "/bin/sh"),
    User("www", 80, "/nonexistent", "/bin/sh"),
    User("admin", 1001, "/home/admin", "/bin/tcsh"),
)
ADDRESSES = {
    "web.example.org": ("10.0.0.80",),
    "dual.example.org": ("10.0.0.81", "2001:db8::81"),
    "six.example.org": ("2001:db8::6",),
}
SYSCTLS = {
    "security.jail.set_hostname_allowed": 1,
    "security.jail.socket_unixiproute_only": 1,
}

Take = Callable[[Kernel, Call], Result]  # a kernel's answer to a call


class PanicError(Exception):
    """The kernel stopped."""


def equipped(k: Kernel, take: Take, files: Files) -> Host:
    """A host on a kernel, with these files."""
    return Host(
        lambda call: answer(k, take, call),
        lambda: getprocs(k),
        files,
        users=USERS,
        addresses=ADDRESSES,
        sysctls=SYSCTLS,
    )


def answer(k: Kernel, take: Take, call: Call) -> Result:
    """What a kernel answers to a program of the userland.

    :raises PanicError: if it stops.
    """
    if isinstance(call, JailGet) and asks_twice(call):
        return answer_each(k, take, call)
    result = take(k, call)
    if result.panicked:
        raise PanicError(result.errmsg)
    return result


def getprocs(k: Kernel) -> Iterator[KinfoProc]:
    """The processes.  kvm_getprocs(3)."""
    for proc in k.procs.values():
        killed = proc.state is ProcState.KILLED
        yield KinfoProc(proc.pid, proc.cred.prison.jid, killed)


def asks_twice(call: JailGet) -> bool:
    """Whether two wishes are the same boolean."""
    names = {name for name, _ in call.want}
    return any(noname(name) in names for name in names)


def answer_each(k: Kernel, take: Take, call: JailGet) -> Result:
    """A jail_get that wants a boolean under both of its names.

    The kernel fills only the buffer of the last, as it takes both for one option.  What stood
    in for it when the sessions were recorded filled each.
    """
    wanted: list[tuple[str, object]] = []
    for wish in call.want:
        result = take(k, replace(call, want=(wish,)))
        if result.errno is not None:
            return result
        wanted += result.wanted or ()
    return result._replace(wanted=tuple(wanted))
