"""The host: everything around the programs except the kernel.

It has files, users, names, a clock, and what commands do when they run.  Time is virtual, in
milliseconds, and passes only while somebody waits.  The kernel consists of two functions: one
answers system calls, one lists the processes as kvm_getprocs(3) does.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from jail_kernel.call import Call, Exit, Fork, JailRemove, Result
from jail_userland.events import (
    Called,
    Event,
    Executed,
    Exited,
    Forked,
    Killed,
    Left,
    ModuleLoaded,
    TimedOut,
    UserChanged,
)
from jail_userland.files import Files, SystemFailure
from jail_userland.param_types import ParamType

SECOND = 1000
DEFAULT_SECS = 0.1
SIGTERM = 15
SHELL_PID = 1


class User(NamedTuple):
    """A line of passwd(5)."""

    name: str
    uid: int
    home: str
    shell: str


class Hang(Exception):  # noqa: N818  # what happens to a program, not an error of ours
    """The program waits for something that never comes."""


class KinfoProc(NamedTuple):
    """What kvm_getprocs(3) says of a process."""

    pid: int
    jid: int
    killed: bool  # it is ending but still there


@dataclass(frozen=True, slots=True)
class Commands:
    """What commands do, by their text: the argument of `/bin/sh -c`, or all words.

    A list of exit statuses is for the first, second, ... run; the last one is repeated.
    """

    exits: Mapping[str, int | Sequence[int]] = field(default_factory=dict)
    secs: Mapping[str, float] = field(default_factory=dict)  # how long it runs
    leaves: Mapping[str, int] = field(default_factory=dict)  # processes that stay behind
    term: Mapping[str, float | str] = field(default_factory=dict)  # "ignore", or seconds to its end
    kill: Mapping[str, str] = field(default_factory=dict)  # "stay": lingers when it is killed
    noexec: Sequence[str] = ()  # there is no such program


@dataclass(slots=True)
class Task:
    """A process as the host sees it: when it ends, and how."""

    end: int | None = None  # when it ends; None if not of its own accord
    status: int | str = 0
    gone: bool = False
    term: float | str = DEFAULT_SECS  # effect of SIGTERM: "ignore", or the time until it ends
    stays: bool = False  # whether it lingers when it is killed


@dataclass(slots=True)
class Host:
    """A machine for the programs to run on.

    `syscall` answers for the kernel, `getprocs` lists its processes.  All that happens goes into
    `events`.
    """

    syscall: Callable[[Call], Result]
    getprocs: Callable[[], Iterable[KinfoProc]]
    files: Files
    users: Sequence[User] = ()
    addresses: Mapping[str, Sequence[str]] = field(default_factory=dict)  # of host names
    commands: Commands = field(default_factory=Commands)
    sysctls: Mapping[str, int] = field(default_factory=dict)
    # Parameters that the system knows and the kernel model does not: they are checked, not passed.
    unmodelled: Mapping[str, ParamType] = field(default_factory=dict)
    clock: int = 0
    lastpid: int = SHELL_PID
    events: list[Event] = field(default_factory=list)
    tasks: dict[int, Task] = field(default_factory=dict)
    runs: dict[str, int] = field(default_factory=dict)
    watched: list[int] = field(default_factory=list)  # kqueue(2): the processes waited for
    variables: dict[int, Mapping[str, str]] = field(default_factory=dict)  # of processes, by pid

    # SYSTEM CALLS

    def call(self, call: Call) -> Result:
        """A system call about jails.  Processes that it killed are gone before the next one."""
        result = self.syscall(call)
        self.events.append(Called(call, result))
        if isinstance(call, JailRemove):
            self.reap()
        return result

    def reap(self) -> None:
        """End the processes that were killed and do not linger."""
        for proc in list(self.getprocs()):
            if proc.killed and not self.lingers(proc.pid):
                self.end(proc.pid, "signal 9")

    def lingers(self, pid: int) -> bool:
        """Whether a killed process stays until somebody releases it."""
        task = self.tasks.get(pid)
        return task is not None and task.stays

    def end(self, pid: int, status: int | str) -> None:
        """A process is gone."""
        task = self.tasks.setdefault(pid, Task())
        task.gone, task.status, task.end = True, status, self.clock
        self.syscall(Exit(pid))
        self.events.append(Exited(pid, status))

    def jid_of(self, pid: int) -> int:
        """The jail that a process is in."""
        return next((proc.jid for proc in self.getprocs() if proc.pid == pid), 0)

    # PROCESSES

    def new_pid(self) -> int:
        """The next process number."""
        self.lastpid += 1
        return self.lastpid

    def start(self, parent: int = SHELL_PID) -> int:
        """Fork a process of the shell for a program."""
        pid = self.new_pid()
        self.syscall(Fork(parent, pid))
        return pid

    def fork(self, parent: int) -> int:
        """fork(2)."""
        child = self.start(parent)
        self.events.append(Forked(parent, child))
        return child

    def exec(self, pid: int, argv: Sequence[str], *, background: bool = False) -> Task:
        """execvp(3): the process becomes a command.

        :raises SystemFailure: if there is no such program.
        """
        text = argv[2] if tuple(argv[:2]) == ("/bin/sh", "-c") else " ".join(argv)
        jid = self.jid_of(pid)
        if text in self.commands.noexec:
            self.events.append(Executed(tuple(argv), pid, jid, errno="ENOENT"))
            raise SystemFailure("ENOENT")
        status = self.exit_status(text)
        secs = self.commands.secs.get(text)
        self.events.append(
            Executed(tuple(argv), pid, jid, status, background=background, secs=secs)
        )
        task = Task(
            status=status,
            term=self.commands.term.get(text, DEFAULT_SECS),
            stays=self.commands.kill.get(text) == "stay",
        )
        if secs is not None or not background:
            task.end = self.clock + milliseconds(DEFAULT_SECS if secs is None else secs)
        self.tasks[pid] = task
        for _ in range(self.commands.leaves.get(text, 0)):
            left = self.start(pid)
            self.tasks[left] = Task(term=task.term, stays=task.stays)
            self.events.append(Left(left, pid, jid))
        if status == 0:
            self.take_effect(argv)
        return task

    def exit_status(self, text: str) -> int:
        """What the next run of a command exits with."""
        run = self.runs[text] = self.runs.get(text, 0) + 1
        status = self.commands.exits.get(text, 0)
        return status if isinstance(status, int) else status[min(run, len(status)) - 1]

    def open_log(self, path: str) -> None:
        """The file that takes the output of the next command.

        :raises SystemFailure: if it cannot be opened.
        """
        self.files.open_to_write(path, append=True)

    def take_effect(self, argv: Sequence[str]) -> None:
        """What mount(8) and umount(8) do."""
        mounts = self.files.mounts
        if argv[0] == "/sbin/mount" and argv[1:2] == ["-t"]:
            mounts[self.files.absolute(argv[-1])] = argv[2]
        elif argv[0] == "/sbin/umount":
            mounts.pop(self.files.absolute(argv[-1]), None)

    def setenv(self, pid: int, variables: Mapping[str, str]) -> None:
        """setenv(3): what a process finds in its environment beside everything else."""
        self.variables[pid] = variables

    def exit_without_exec(self, pid: int, status: int | str) -> None:
        """End a child that has not become a command; its parent is told later."""
        self.tasks[pid] = Task(self.clock, status)
        self.events.append(Exited(pid, status, without_exec=True))

    def kill(self, pid: int, by: int, jid: int) -> None:
        """kill(2) with SIGTERM."""
        self.events.append(Killed(pid, SIGTERM, by, jid))
        task = self.tasks.setdefault(pid, Task())
        if isinstance(task.term, str):
            return
        end = self.clock + milliseconds(task.term)
        if task.end is None or end <= task.end:
            task.end, task.status = end, f"signal {SIGTERM}"

    # WAITING

    def watch(self, pid: int) -> None:
        """kevent(2): watch for the end of a process."""
        if pid not in self.watched:
            self.watched.append(pid)

    def unwatch(self, pid: int) -> None:
        """kevent(2): stop watching."""
        if pid in self.watched:
            self.watched.remove(pid)

    def wait(self, timeout: int | None) -> int | None:
        """kevent(2): the next process that ends, or None if the time runs out first.

        :raises Hang: if no time is given and nothing ever happens.
        """
        ends = [
            (end, order, pid)
            for order, pid in enumerate(self.watched)
            if (end := self.tasks[pid].end) is not None
        ]
        if ends and (timeout is None or min(ends)[0] <= self.clock + timeout):
            end, _, pid = min(ends)
            self.clock = max(self.clock, end)
            self.watched.remove(pid)
            if not self.tasks[pid].gone:
                self.end(pid, self.tasks[pid].status)
            return pid
        if timeout is None:
            raise Hang
        if timeout > 0:
            self.clock += timeout
            self.events.append(TimedOut(self.clock / SECOND))
        return None

    # THE REST

    def setusercontext(self, pid: int, user: User, *, whole: bool, clean: bool) -> None:
        """setusercontext(3): give a process to a user; `clean`: with the user's environment."""
        self.events.append(UserChanged(user.uid, pid, whole, clean))

    def kldload(self, name: str) -> None:
        """kldload(2): no module is there."""
        self.events.append(ModuleLoaded(name))

    def getpwnam(self, name: str) -> User | None:
        """The user of that name."""
        return next((user for user in self.users if user.name == name), None)

    def getpwuid(self, uid: int) -> User | None:
        """The user with that number."""
        return next((user for user in self.users if user.uid == uid), None)


def milliseconds(secs: float) -> int:
    """A span of time in the clock's unit."""
    return round(secs * SECOND)
