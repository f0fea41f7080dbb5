"""Leaks of every kind: a call takes or gives back one reference too many of some jail."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

from jail_kernel.call import Drop, ForkEnd, JailAttach, JailGet, JailRemove, JailSet, Poke, Result
from jail_kernel.kernel import Kernel
from jail_kernel.reference import prison_deref
from jail_kernel.state import Prison, Ucred
from jaildiff.kernels.bug_kinds import BugKind
from jaildiff.kernels.registry import Model
from jaildiff.programs.commands.command import Op
from jaildiff.programs.program import OP_NAMES

NAMING = (JailSet, JailGet, JailAttach, JailRemove)  # a jail
WHOSE = ("the caller's jail", "the jail concerned", "the jail above it")
COUNTS = {"ref": "reference", "uref": "user reference"}


@dataclass(frozen=True, slots=True)
class Leak:
    """What one kind of call does to one count, when it succeeds or when it fails."""

    call: type[Op]
    fails: bool
    whose: str
    field: str
    keeps: bool  # else it gives back one too many

    @property
    def name(self) -> str:
        """A short name for machines."""
        words = (OP_NAMES[self.call], "fails" if self.fails else "ok", *self.whose.split()[1:])
        return "-".join((*words, f"{'+' if self.keeps else '-'}{self.field}"))

    @property
    def title(self) -> str:
        """What happens, for people."""
        when = "that fails" if self.fails else "that succeeds"
        does = "keeps a" if self.keeps else "gives back twice a"
        return f"{OP_NAMES[self.call]} {when} {does} {COUNTS[self.field]} of {self.whose}"

    @property
    def kind(self) -> BugKind:
        """The kind of bug of a kernel with this leak."""
        return BugKind.LEAKED_REFERENCE if self.keeps else BugKind.DROPPED_TWICE

    def model(self, base: Model) -> Model:
        """A model that leaks so."""
        inner = base.handlers[self.call]

        def handler(k: Kernel, call: Op) -> Result:
            caller, asked = caller_of(k, call), k.prid.get(getattr(call, "jid", 0))
            result = inner(k, call)
            if (result.errno is not None) is self.fails:
                answered = k.prid.get(result.ret or 0) if self.call in (JailSet, JailGet) else None
                pr = caller if self.whose == WHOSE[0] else answered or asked
                if self.whose == WHOSE[2]:
                    pr = pr and pr.parent
                self.leak(k, pr)
            return result

        return replace(base, handlers={**base.handlers, self.call: handler})

    def leak(self, k: Kernel, pr: Prison | None) -> None:
        """Take one reference too many, or give one back."""
        if pr is None or (pr is not k.prison0 and k.prid.get(pr.jid) is not pr):
            return
        k.lock(pr)
        if self.keeps:
            setattr(pr, self.field, getattr(pr, self.field) + 1)
        else:
            prison_deref(k, pr, ref=self.field == "ref", uref=self.field == "uref")


def caller_of(k: Kernel, call: Op) -> Prison | None:
    """The jail of the process that calls, of the child, or of the resource."""
    cred: Ucred | None = None
    if isinstance(call, Drop):
        cred = k.resources.get(call.res)
    else:
        pid = getattr(call, "child" if isinstance(call, ForkEnd) else "pid", 0)
        cred = k.procs[pid].cred if pid in k.procs else None
    return None if cred is None else cred.prison


def leaks() -> Iterator[Leak]:
    """All leaks, those that keep a reference first."""
    for keeps, call, fails, whose, field in product(
        (True, False), OP_NAMES, (False, True), WHOSE, COUNTS
    ):
        if call is not Poke and (whose == WHOSE[0] or call in NAMING):
            yield Leak(call, fails, whose, field, keeps)
