"""A kernel on which the commands of a reproducer are tried before they are written down."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from jail_kernel.call import Call, JailGet, JailSet, Result, user_text
from jail_kernel.clone import clone
from jail_kernel.freeze import freeze
from jail_kernel.kernel import Kernel
from jail_userland.deltas import Release
from jaildiff.findings.reproduce.calls import Jids
from jaildiff.findings.reproduce.plan import Answer
from jaildiff.kernels.registry import Model
from jaildiff.kernels.snapshot import values_json
from jaildiff.programs.commands.host_state import files_of
from jaildiff.programs.commands.machine import Machine, PanicError

FIRST_PID = 10_000_000  # pids of commands, far from those of programs
PANIC = Answer(ok=False, text=("panic",))


@dataclass(slots=True)
class TriedKernel:
    """A kernel, the folders that are there, and whether it has panicked."""

    model: Model
    kernel: Kernel
    folders: dict[str, None] = field(default_factory=dict)
    panicked: bool = False

    def take(self, calls: Sequence[Call]) -> list[Result]:
        """Let the kernel answer, up to a panic."""
        results: list[Result] = []
        for call in calls:
            if not self.panicked:
                results.append(self.model.step(self.kernel, call))
                self.panicked = results[-1].panicked
        return results

    def look(self, call: JailGet) -> Result:
        """What a call answers; the state is kept."""
        return self.model.step(self.kernel, call)

    def jid_of(self, pid: int) -> int:
        """The jail that a process is in; 0: none."""
        proc = self.kernel.procs.get(pid)
        return 0 if proc is None else proc.cred.prison.jid

    def command(self, argv: Sequence[str]) -> "tuple[Answer, TriedKernel]":
        """What a command answers, and the kernel after it."""
        if self.panicked:
            return PANIC, self
        after = self.copy()
        files = files_of({}, tuple(self.folders))
        machine = Machine(Release.R15, self.model.step, files, after.kernel)
        machine.host.lastpid = FIRST_PID
        try:
            seen = machine.run(argv)
        except PanicError:
            after.panicked = True
            return PANIC, after
        ok = seen.exit == 0
        text = user_text(seen.stdout if ok else seen.stderr.strip().rpartition("\n")[2])
        return Answer(ok, (text.removesuffix("\n").removeprefix(f"{argv[0]}: "),)), after

    def copy(self) -> "TriedKernel":
        """Another kernel in the same state."""
        return TriedKernel(self.model, clone(self.kernel), self.folders, self.panicked)

    def is_as(self, other: "TriedKernel") -> bool:
        """Whether the kernels are in the same state."""
        return freeze(self.kernel) == freeze(other.kernel)


def answer_of(call: Call, result: Result, jids: Jids) -> Answer:
    """What `jailcall` answers to a call: its jid, or the errno with the message."""
    if result.panicked:
        return PANIC
    if result.ok:
        printed = isinstance(call, JailSet | JailGet) and result.ret is not None
        return Answer(ok=True, text=jids.word(result.ret or 0) if printed else ())
    message = f": {result.errmsg}" if result.errmsg else ""
    if jids.occur_in(message) or not message.isprintable():
        message = ""
    return Answer(ok=False, text=(f"{result.errno}{message}",))


def differing(one: Result, other: Result | None) -> tuple[str, ...]:
    """The parameters whose values differ between two answers to a jail_get."""
    if other is None or one.values is None or other.values is None:
        return ()
    values, others = values_json(one.values), values_json(other.values)
    return tuple(name for name in values if values[name] != others.get(name))
