"""Find processes that have outlived the removal of their jail, and the holders that they left.

A removal kills every process of a jail except those that are still being forked.  These die at the
end of the fork, unless the jail is alive again by then.
"""

from jail_kernel.call import Drop, Exit, Fork, ForkBegin, ForkEnd, Hold
from jail_kernel.kernel import Kernel
from jail_kernel.proc import NEW, RUNNING
from jail_kernel.reference import DYING
from jaildiff.programs.commands.command import Op, process_of


class Survivors:
    """The survivors in one kernel, those that they have forked since, and the holders they left."""

    def __init__(self) -> None:
        self.forking: dict[int, bool] = {}  # by pid: whether its jail was dying during the fork
        self.pids: set[int] = set()
        self.holders: set[str] = set()

    def twin(self) -> "Survivors":
        """A copy."""
        twin = Survivors()
        twin.forking, twin.pids, twin.holders = {**self.forking}, {*self.pids}, {*self.holders}
        return twin

    def note(self, k: Kernel, call: Op) -> bool:
        """Update the survivors after a call; return whether the call is about one of them."""
        if isinstance(call, Drop):
            return call.res in self.holders
        if isinstance(call, ForkBegin):
            self.forking.setdefault(call.child, False)
        elif not self.forking and not self.pids:
            return False
        pid = process_of(call)
        p = k.procs.get(pid)
        if isinstance(call, ForkEnd) and p is not None and p.state is RUNNING:
            self.pids |= {pid} if self.forking.pop(pid, False) else set()
        survived = pid in self.pids
        if isinstance(call, Exit) and p is None:
            self.pids.discard(pid)
        if survived and isinstance(call, Hold):
            self.holders.add(call.res)
        if survived and isinstance(call, Fork | ForkBegin) and call.child in k.procs:
            self.pids.add(call.child)
        for child, dying in list(self.forking.items()):
            q = k.procs.get(child)
            if q is None or q.state is not NEW:
                del self.forking[child]
            elif not dying:
                self.forking[child] = q.cred.prison.state is DYING
        return survived
