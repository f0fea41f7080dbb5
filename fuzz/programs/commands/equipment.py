"""What every simulated host has (users, host names, sysctls), and how it calls its kernel."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from jail_kernel.call import Call, JailGet, Result
from jail_kernel.kernel import Kernel
from jail_kernel.state import ProcState
from jail_userland import Host
from jail_userland.files import Files
from jail_userland.host import KinfoProc, User
from jail_userland.libjail import noname

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
    """The kernel panicked."""


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
    """The kernel's answer to a call from the userland.

    :raises PanicError: if the kernel panics.
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
    """Whether the wish list asks for a boolean under both of its names (x and nox)."""
    names = {name for name, _ in call.want}
    return any(noname(name) in names for name in names)


def answer_each(k: Kernel, take: Take, call: JailGet) -> Result:
    """Answer a jail_get that asks for a boolean under both of its names, one wish at a time.

    A real kernel takes both for one option and fills only the last buffer.  The stand-in with
    which the sessions were recorded filled both, and we follow the recordings.
    """
    wanted: list[tuple[str, object]] = []
    for wish in call.want:
        result = take(k, replace(call, want=(wish,)))
        if result.errno is not None:
            return result
        wanted += result.wanted or ()
    return result._replace(wanted=tuple(wanted))
