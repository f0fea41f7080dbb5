"""The machine: a kernel with processes, files, commands and time, driven step by step."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import InitVar, dataclass, field, replace

from jail_kernel.call import Call, Drop, Exit, Fork, Hold, JailAttach, JailGet, Result
from jail_kernel.jail_get import View, host_view
from jail_kernel.kernel import Kernel
from jail_kernel.reference import ALIVE
from jail_kernel.state import Prison, ProcState
from jail_userland.deltas import Release
from jail_userland.files import Files
from jail_userland.host import SHELL_PID, Commands, Host, KinfoProc, Task, User, milliseconds
from jail_userland.libjail import noname
from jail_userland.program import Outcome
from jail_userland.service import ServiceError
from jail_userland.shell import run

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
ACTOR = 100_000  # the pids of those who enter jails between the commands

Take = Callable[[Kernel, Call], Result]  # a kernel's answer to a call


class PanicError(Exception):
    """The kernel panicked."""


@dataclass(slots=True)
class Machine:
    """A kernel, whose calls `take` answers, and the host around it with a release's programs.

    Whatever is done raises PanicError if the kernel panics.
    """

    release: Release
    take: Take
    files: InitVar[Files]
    kernel: Kernel = field(default_factory=Kernel)
    commands: Commands = field(default_factory=Commands)  # what commands do, unless told otherwise
    host: Host = field(init=False)
    actors: int = field(default=ACTOR, init=False)
    held: list[str] = field(default_factory=list, init=False)  # what lingers

    def __post_init__(self, files: Files) -> None:
        self.host = Host(
            lambda call: answer(self.kernel, self.take, call),
            lambda: getprocs(self.kernel),
            files,
            users=USERS,
            addresses=ADDRESSES,
            sysctls=SYSCTLS,
        )

    def run(
        self,
        argv: Sequence[str],
        *,
        commands: Commands | None = None,
        stdin: str = "",
        stays: bool = False,
        shell: int = SHELL_PID,
    ) -> Outcome:
        """Run a command that the process `shell` starts (jail_userland/shell.py)."""
        try:
            return run(
                self.host,
                self.release,
                argv,
                commands=commands or self.commands,
                stdin=stdin,
                stays=stays,
                shell=shell,
            )
        except ServiceError as error:
            return Outcome("", f"{argv[0]}: {error}\n", 1)

    def sleep(self, secs: float) -> None:
        """Let time pass."""
        self.host.clock += milliseconds(secs)

    def enter(self, name: str) -> int | None:
        """The pid of a new process in the live jail of that name; None if there is none."""
        pr = next((pr for pr in self.living() if pr.name == name), None)
        if pr is None:
            return None
        self.actors += 1
        self.host.syscall(Fork(SHELL_PID, self.actors))
        self.host.syscall(JailAttach(self.actors, pr.jid))
        return self.actors

    def linger(self, name: str, *, stuck: bool = False) -> None:
        """Let something of a jail outlive it, if it lives: a credential, or a stuck process."""
        pid = self.enter(name)
        if pid is None:
            return
        if stuck:
            self.host.tasks[pid] = Task(term="ignore", stays=True)
            return
        self.held.append(f"h{pid}")
        self.host.syscall(Hold(pid, self.held[-1]))
        self.host.syscall(Exit(pid))

    def let_go(self) -> None:
        """Drop the credentials that linger."""
        while self.held:
            self.host.syscall(Drop(self.held.pop(0)))

    def jails(self) -> tuple[View, ...]:
        """What jls -d shows."""
        return tuple(map(host_view, self.kernel.allprison))

    def living(self) -> list[Prison]:
        """The jails that are not dying."""
        return [pr for pr in self.kernel.allprison if pr.state is ALIVE]


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
