"""The host of a program that runs in the sandbox: real files, real processes, real time."""

import os
import pwd
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from errno import errorcode

from jail_kernel.call import Call, JailRemove, Result
from jail_kernel.state import Prison
from jail_userland.events import Called
from jail_userland.files import SystemFailure
from jail_userland.host import SECOND, SHELL_PID, SIGTERM, Hang, Host, Task, User
from jaildiff.hosts.sandbox.files import RealFiles, real
from jaildiff.hosts.sandbox.hands import Hands, Orders
from jaildiff.hosts.sandbox.linux.processes import MARK, await_end, send_signal
from jaildiff.hosts.sandbox.world import World
from jaildiff.programs.commands.machine import SYSCTLS

CLEAN_PATH = "/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin"


@dataclass(frozen=True, slots=True)
class Site:
    """What all programs of a sandbox share."""

    world: World
    folder: str  # of the sandbox, a byte string; `bin` in it has the commands
    programs: tuple[str, ...]  # where the system's own programs are inside, byte strings
    chroot: bool = False  # a jail's path is the root of its commands


@dataclass(frozen=True, slots=True)
class Changed:
    """The user that a process is to become."""

    user: User
    clean: bool


def now() -> int:
    """The time, in the clock's unit."""
    return round(time.monotonic() * SECOND)


def user_of(entry: pwd.struct_passwd) -> User:
    """A line of the host's passwd(5)."""
    return User(entry.pw_name, entry.pw_uid, entry.pw_dir, entry.pw_shell)


@dataclass(slots=True)
class RealHost(Host):
    """The host of one program.  `pid` is its process, whose hands start its commands."""

    files: RealFiles
    site: Site = field(kw_only=True)
    pid: int = field(kw_only=True)
    environment: Mapping[str, str] = field(kw_only=True)  # byte strings
    hands: dict[int, Hands] = field(default_factory=dict, kw_only=True)
    forked: dict[int, tuple[Hands, int]] = field(default_factory=dict, kw_only=True)
    users_of: dict[int, Changed] = field(default_factory=dict, kw_only=True)
    log: str = ""

    # SYSTEM CALLS

    def call(self, call: Call) -> Result:
        """A system call about jails.  Processes that it killed are gone before the next one."""
        world = self.site.world
        with world.lock:
            world.sync()
            result = self.syscall(call)
            if isinstance(call, JailRemove):
                world.reap()
        self.events.append(Called(call, result))
        self.clock = now()
        return result

    def prison_of(self, pid: int) -> Prison:
        """The jail that a process is in."""
        return self.site.world.kernel.procs[pid].cred.prison

    # PROCESSES

    def start(self, parent: int = SHELL_PID) -> int:
        """A process for a program that runs inside ours and shares our hands."""
        pid = self.site.world.helper(parent)
        self.hands[pid] = self.hands[self.pid]
        return pid

    def fork(self, parent: int) -> int:
        """fork(2)."""
        number, hands = self.hands[parent].fork()
        pid = self.site.world.enter(hands.connection.peer(), parent)
        self.hands[pid] = hands
        self.forked[pid] = self.hands[parent], number
        self.tasks[pid] = Task()
        self.clock = now()
        return pid

    def exec(self, pid: int, argv: Sequence[str], *, background: bool = False) -> Task:
        """execvp(3): the process becomes a command.

        :raises SystemFailure: if there is no such program.
        """
        del background  # Nobody waits for its end.
        prison = self.prison_of(pid)
        jailed = prison is not self.site.world.kernel.prison0
        user = self.users_of.get(pid)
        environment = dict(self.environment)
        if user is not None:
            environment = self.environment_of(user)
        environment |= self.variables.pop(pid, {})
        environment.pop(MARK, None)
        root, folder = "", self.files.went
        if jailed:
            environment[MARK] = str(prison.seq)
            if not folder and real(prison.path).is_dir():
                folder = prison.path
            if self.site.chroot:
                root, folder = prison.path, "/"
        self.files.went = ""
        log, self.log = self.log, ""
        orders = Orders(argv, environment, root, folder, log, switched(user))
        errno = self.hands[pid].exec(orders)
        if errno:
            raise SystemFailure(errorcode.get(errno, "EINVAL"))
        return self.tasks.setdefault(pid, Task())

    def environment_of(self, changed: Changed) -> dict[str, str]:
        """The environment of a process that became a user's.  login.conf(5)."""
        user = changed.user
        kept = {} if changed.clean else dict(self.environment)
        if changed.clean and "TERM" in self.environment:
            kept["TERM"] = self.environment["TERM"]
        kept |= {"PATH": f"{self.site.folder}/bin:{CLEAN_PATH}"}
        return kept | {"HOME": user.home, "SHELL": user.shell or "/bin/sh", "USER": user.name}

    def exit_without_exec(self, pid: int, status: int | str) -> None:
        """End a child that has not become a command; its parent learns that when it waits."""
        self.hands[pid].end(status)

    def kill(self, pid: int, by: int, jid: int) -> None:
        """kill(2) with SIGTERM."""
        del by, jid
        outer = self.site.world.outer(pid)
        if outer is not None:
            send_signal(outer, SIGTERM)
        self.tasks.setdefault(pid, Task())

    # WAITING

    def wait(self, timeout: int | None) -> int | None:
        """kevent(2): the next process that ends, or None if the time runs out first.

        :raises Hang: if there is nothing to wait for.
        """
        if not self.watched:
            raise Hang
        self.hands[self.pid].flush()
        world = self.site.world
        outers = {world.outer(pid) or -1: pid for pid in self.watched}
        ended = -1
        if -1 not in outers:
            found = await_end(outers, None if timeout is None else timeout / SECOND)
            self.clock = now()
            if found is None:
                return None
            ended = found
        pid = outers[ended]
        self.watched.remove(pid)
        if pid in self.forked:
            parent, number = self.forked.pop(pid)
            self.tasks[pid].status = parent.wait(number)
        world.sync()
        world.leave(pid)
        self.clock = now()
        return pid

    # THE REST

    def setusercontext(self, pid: int, user: User, *, whole: bool, clean: bool) -> None:
        """setusercontext(3): a process becomes a user's when it becomes a command."""
        del whole
        self.users_of[pid] = Changed(user, clean)

    def open_log(self, path: str) -> None:
        """The file that takes the output of the next command.

        :raises SystemFailure: if it cannot be opened.
        """
        self.log = self.files.open_to_write(path, append=True)

    def getpwnam(self, name: str) -> User | None:
        """The user of that name."""
        try:
            return user_of(pwd.getpwnam(name))
        except (KeyError, ValueError):
            return None

    def getpwuid(self, uid: int) -> User | None:
        """The user with that number."""
        try:
            return user_of(pwd.getpwuid(uid))
        except KeyError:
            return None


def host_for(
    site: Site, pid: int, hands: Hands, environment: Mapping[str, str], cwd: str
) -> RealHost:
    """The host of a program that a client asks for."""
    return RealHost(
        site.world.step,
        site.world.getprocs,
        RealFiles(cwd=cwd, devices=site.world.mounts),
        sysctls=SYSCTLS,
        site=site,
        pid=pid,
        environment=environment,
        hands={pid: hands},
    )


def switched(changed: Changed | None) -> tuple[int, int] | None:
    """The numbers of a user to become, unless it is the one who we are."""
    if changed is None or changed.user.uid == os.geteuid():
        return None
    return changed.user.uid, pwd.getpwuid(changed.user.uid).pw_gid
