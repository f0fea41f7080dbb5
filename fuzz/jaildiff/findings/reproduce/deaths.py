"""Programs as real processes can perform them.

In a model a killed process stays until its exit.  On a real system it is gone at once.  So a holder
keeps what a process that is still ending would keep: if jail_remove kills p2, and p2 exits later,
somebody holds p2's credential until then. p1 may enter a jail, but whoever runs the script stays
outside.  So p1 is a child of the shell.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from jail_kernel.call import Drop, Exit, Fork, Hold
from jail_kernel.kernel import Kernel
from jail_kernel.state import ProcState
from jail_userland.host import SHELL_PID
from jaildiff.kernels.registry import Model
from jaildiff.programs.commands.command import Op
from jaildiff.programs.program import Program

P1 = 9_999_999  # the child of the shell that is p1 in the program


@dataclass(frozen=True, slots=True)
class Group:
    """A step of a program, and the calls that are made for it."""

    step: int
    before: tuple[Hold, ...]
    call: Op
    after: tuple[Exit, ...]

    @property
    def calls(self) -> tuple[Op, ...]:
        """All of them."""
        return *self.before, self.call, *self.after


def with_deaths(program: Program, model: Model) -> Iterator[Group]:
    """The steps of a program as a kernel takes them, up to a panic.

    Calls of a process that has been killed are left out.
    """
    k = with_shell(program.jail_max, model)
    dead: set[int] = set()
    for step, call in enumerate(map(by_child, program.calls)):
        group = Group(step, (), call, ())
        if isinstance(call, Exit) and call.pid in dead:
            dead.remove(call.pid)
            group = Group(step, (), Drop(resource(call.pid)), ())
        elif getattr(call, "pid", 0) in dead:
            continue
        else:
            killed = killed_by(k, model, call)
            if killed is None:
                return
            dead.update(killed)
            holds = tuple(Hold(pid, resource(pid)) for pid in killed)
            group = Group(step, holds, call, tuple(map(Exit, killed)))
        for each in group.calls:
            model.step(k, each)
        yield group


def with_shell(jail_max: int, model: Model) -> Kernel:
    """A kernel with p1 and the shell that it comes from."""
    k = Kernel(jail_max)
    model.step(k, Fork(SHELL_PID, P1))
    return k


def by_child(call: Op) -> Op:
    """The call, made by the shell's child if p1 makes it."""
    fields: dict[str, Any] = {
        key: P1 for key in ("pid", "child") if getattr(call, key, None) == SHELL_PID
    }
    return replace(call, **fields)


def name_of(pid: int) -> str:
    """A process as the program calls it."""
    return f"p{SHELL_PID if pid == P1 else pid}"


def killed_by(k: Kernel, model: Model, call: Op) -> list[int] | None:
    """The processes that a call would kill; None if the kernel would panic.  The call is undone."""
    before = running(k)
    panicked = model.step(k, call).panicked
    after = {pid for pid, proc in k.procs.items() if proc.state is ProcState.KILLED}
    k.rollback()
    return None if panicked else sorted(before & after)


def resource(pid: int) -> str:
    """The name of what is held for a process that is ending."""
    return f"the end of {name_of(pid)}"


def running(k: Kernel) -> set[int]:
    """The processes that have not been killed."""
    return {pid for pid, proc in k.procs.items() if proc.state is ProcState.RUNNING}
