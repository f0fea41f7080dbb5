"""A kernel and the real processes that it knows about.

The kernel knows every process in a jail, under the pid that scripts see, and those on the host that
make a call.  Before each call `sync` tells it what has happened in the meantime.
"""

import signal
import time
from dataclasses import dataclass, field
from threading import RLock

from jail_kernel.call import Call, Drop, Exit, Fork, Result
from jail_kernel.kernel import Kernel
from jail_kernel.state import Proc, ProcState
from jail_userland.host import SHELL_PID, KinfoProc
from jaildiff.hosts.sandbox.linux.processes import (
    POLL,
    Status,
    mark_of,
    number_inside,
    running,
    send_signal,
    status_of,
)
from jaildiff.kernels.registry import Model
from jaildiff.programs.commands.machine import answer, getprocs

HELPERS = 1 << 22  # above the number of any process
DEATH_MAX = 5.0  # seconds for a killed process to go


@dataclass(frozen=True, slots=True)
class Real:
    """A process that has been found."""

    outer: int  # its pid as the server sees it
    inner: int  # its pid as scripts see it, which the kernel uses
    start: int


@dataclass(slots=True)
class World:
    """A machine; all methods may be called by several threads."""

    model: Model
    kernel: Kernel = field(default_factory=Kernel)
    top: int = 0  # the process above all others; 0 if there is none yet
    history: list[Call] = field(default_factory=list)  # every call, in order
    mounts: dict[str, tuple[str, str]] = field(default_factory=dict)  # device and type by directory
    interfaces: dict[str, list[str]] = field(default_factory=lambda: {"lo0": ["inet 127.0.0.1"]})
    moved: dict[str, int] = field(default_factory=dict)  # interface -> the jail it is in (seq)
    reals: dict[int, Real] = field(default_factory=dict)
    helpers: int = HELPERS
    holders: dict[int, str] = field(default_factory=dict)  # what each process holds until it ends
    lock: RLock = field(default_factory=RLock)

    def step(self, call: Call) -> Result:
        """Let the kernel answer.

        :raises PanicError: if it stops.
        """
        with self.lock:
            self.history.append(call)
            return answer(self.kernel, self.model.step, call)

    # PROCESSES

    def sync(self) -> None:
        """Tell the kernel about forks, then exits, since children keep their jail alive."""
        with self.lock:
            gone_before: set[Real] = set()
            while self.top:
                known = {real.outer: real.start for real in self.reals.values()}
                seen = running(self.top, known)
                for outer, status in seen.items():
                    if outer not in self.reals or self.reals[outer].start != status.start:
                        self.notice(outer, status)
                gone = {
                    real
                    for outer, real in self.reals.items()
                    if outer not in seen or seen[outer].start != real.start
                }
                if gone <= gone_before:
                    break
                gone_before = gone  # They may have forked since the processes were listed.
            for real in sorted(gone_before, key=lambda real: (real.start, real.inner)):
                self.forget(real)

    def notice(self, outer: int, status: Status) -> None:
        """Find the jail of a newly found process."""
        inner = number_inside(outer)
        if outer in self.reals:
            self.forget(self.reals[outer])
        self.reals[outer] = Real(outer, inner, status.start)
        mark = mark_of(outer)
        parent = self.reals.get(status.parent)
        above = None if parent is None else self.kernel.procs.get(parent.inner)
        if mark is None and (above is None or above.cred.prison is self.kernel.prison0):
            return
        if above is None or mark not in (None, above.cred.prison.seq):
            above = self.inmate(mark)
        if above is None:
            # Its jail is gone; we just did not see it in time.
            send_signal(outer, signal.SIGKILL)
        elif inner not in self.kernel.procs:
            self.step(Fork(above.pid, inner))

    def inmate(self, seq: int | None) -> Proc | None:
        """A process that runs in a jail."""
        return next(
            (
                proc
                for proc in self.kernel.procs.values()
                if proc.cred.prison.seq == seq and proc.state is ProcState.RUNNING
            ),
            None,
        )

    def forget(self, real: Real) -> None:
        """A process has ended."""
        del self.reals[real.outer]
        if real.inner in self.kernel.procs:
            self.step(Exit(real.inner))
        if real.inner in self.holders:
            self.step(Drop(self.holders.pop(real.inner)))

    def enter(self, outer: int, parent: int = SHELL_PID) -> int:
        """Register a process that makes calls; returns its pid.

        :raises ProcessLookupError: if it has ended meanwhile.
        """
        with self.lock:
            self.sync()
            if outer not in self.reals:
                self.notice(outer, status_of(outer)[1])
            inner = self.reals[outer].inner
            if inner not in self.kernel.procs:
                self.step(Fork(parent, inner))
            return inner

    def helper(self, parent: int) -> int:
        """A process that only the kernel sees."""
        with self.lock:
            self.helpers += 1
            self.step(Fork(parent, self.helpers))
            return self.helpers

    def leave(self, pid: int) -> None:
        """A program has done its work, and its process is about to end."""
        with self.lock:
            if pid in self.kernel.procs:
                self.step(Exit(pid))

    def outer(self, inner: int) -> int | None:
        """The pid of a process as the server sees it; None if it is gone or not a real one."""
        with self.lock:
            return next((real.outer for real in self.reals.values() if real.inner == inner), None)

    def getprocs(self) -> list[KinfoProc]:
        """The processes that the kernel knows.  kvm_getprocs(3)."""
        with self.lock:
            self.sync()
            return list(getprocs(self.kernel))

    def reap(self) -> None:
        """End the processes that jail_remove(2) has killed."""
        end = time.monotonic() + DEATH_MAX
        with self.lock:
            while self.killed() and time.monotonic() < end:
                for pid in self.killed():
                    outer = self.outer(pid)
                    if outer is not None:
                        send_signal(outer, signal.SIGKILL)
                self.sync()
                if self.killed():
                    time.sleep(POLL)

    def killed(self) -> list[int]:
        """The processes that were killed and are still there."""
        return [proc.pid for proc in self.kernel.procs.values() if proc.state is ProcState.KILLED]
