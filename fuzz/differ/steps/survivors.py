"""Processes of a kernel that have outlived the removal of their jail.

A removal kills every process of a jail but those that are still being forked.  These end with the
fork, unless the jail is alive again by then.
"""

from fuzz.programs.commands.command import Op
from prison.call import Exit, Fork, ForkBegin, ForkEnd
from prison.kernel import Kernel
from prison.reference import DYING
from prison.state import ProcState


class Survivors:
    """Those of one kernel, and whom they have forked since."""

    def __init__(self) -> None:
        self.forking: dict[int, bool] = {}  # by pid: whether its jail has been dying meanwhile
        self.pids: set[int] = set()

    def note(self, k: Kernel, call: Op) -> bool:
        """Look at a kernel that has taken a call: whether that is about one of them."""
        if not self.forking and not self.pids and not isinstance(call, ForkBegin):
            return False
        pid = call.child if isinstance(call, ForkEnd) else getattr(call, "pid", 0)
        p = k.procs.get(pid)
        if isinstance(call, ForkEnd) and p and p.state is ProcState.RUNNING:
            self.pids |= {pid} if self.forking.pop(pid, False) else set()
        survived = pid in self.pids
        if isinstance(call, Exit) and p is None:
            self.pids.discard(pid)
        if isinstance(call, Fork | ForkBegin) and call.child in k.procs:
            self.pids |= {call.child} if survived else set()
        self.forking = {
            q.pid: q.cred.prison.state is DYING or self.forking.get(q.pid, False)
            for q in k.procs.values()
            if q.state is ProcState.NEW
        }
        return survived
