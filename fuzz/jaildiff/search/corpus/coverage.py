"""The coverage of programs: combinations of call, flags, state of the jail, and both answers.

Only commands and calls about a jail count; calls that name none, such as fork and exit, do not.
The programs are run again to measure it.  So searches do not pay for it, and equal programs always
have equal coverage.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from jail_kernel.call import (
    JAIL_DYING,
    JailAttach,
    JailAttachJd,
    JailGet,
    JailRemove,
    JailRemoveJd,
    JailSet,
    Value,
)
from jail_kernel.kernel import Kernel
from jail_kernel.lookup import prison_find_child, prison_find_name
from jail_kernel.state import Prison, PrisonState
from jaildiff.differ.comparison import Comparison
from jaildiff.differ.steps.lockstep import Lockstep
from jaildiff.findings.reports.parts.coverage import (
    ABSENT,
    ALIVE,
    APART,
    DYING,
    NO_JAIL,
    TARGETS,
    Cell,
    Coverage,
)
from jaildiff.programs.commands.command import Command, Op
from jaildiff.programs.program import FLAGS, OP_NAMES, Program

STATES = {PrisonState.ALIVE: ALIVE, PrisonState.DYING: DYING, PrisonState.INVALID: ABSENT}
ABOUT_JAILS = JailSet | JailGet | JailAttach | JailRemove | JailAttachJd | JailRemoveJd | Command
JAIL_SET, JAIL_GET = OP_NAMES[JailSet], OP_NAMES[JailGet]
FLAGS_OF_14 = {name.upper(): bit for name, bit in FLAGS.items() if bit <= JAIL_DYING}
NO_FLAGS, OTHER = "0", "other flags"


def coverages(programs: Iterable[Program], comparison: Comparison) -> Iterator[Coverage]:
    """Yield the coverage so far after each program; the counts are always the same object."""
    cells: Counter[Cell] = Counter()
    for number, program in enumerate(programs, 1):
        cells.update(cells_of(program, comparison))
        yield Coverage(number, cells, dict(rows()))


def cells_of(program: Program, comparison: Comparison) -> Iterator[Cell]:
    """Yield what a program covers, call by call, up to a panic."""
    lockstep = Lockstep(program.jail_max, comparison, program.setup)
    for call in program.calls:
        about_jail = isinstance(call, ABOUT_JAILS)
        target = target_of(call, lockstep) if about_jail else ""
        lockstep.step(call)
        old, new = lockstep.answers
        if about_jail:
            yield Cell(call_name(call), flags_of(call), target, old.kind, new.kind)
        if lockstep.panicked:
            return


def rows() -> Iterator[tuple[tuple[str, str], tuple[str, ...]]]:
    """All calls about jails, with the flags of 14 and the targets that they can have."""
    create, update, attach, dying = FLAGS_OF_14
    for what in ((create,), (update,), (create, update)):
        for more in ((), (attach,), (dying,), (attach, dying)):
            yield (JAIL_SET, "|".join((*what, *more))), tuple(TARGETS)
    yield from (((JAIL_GET, flags), tuple(TARGETS)) for flags in (NO_FLAGS, dying))
    named = tuple(target for target in TARGETS if target != NO_JAIL)
    yield from (((OP_NAMES[kind], ""), named) for kind in (JailAttach, JailRemove))


def call_name(call: Op) -> str:
    """The name of a call, or of a command's program."""
    return f"$ {call.argv[0]}" if isinstance(call, Command) else OP_NAMES[type(call)]


def flags_of(call: Op) -> str:
    """The flags of a call in the op language; those that 14 does not know count as one."""
    if not isinstance(call, JailSet | JailGet):
        return ""
    if call.flags & ~sum(FLAGS_OF_14.values()):
        return OTHER
    return "|".join(name for name, bit in FLAGS_OF_14.items() if call.flags & bit) or NO_FLAGS


def target_of(call: Op, lockstep: Lockstep) -> str:
    """The state, before a call, of the jail that it is about, in both kernels."""
    new = state_in(lockstep.new, call)
    return new if not lockstep.diverged or state_in(lockstep.old, call) == new else APART


def state_in(k: Kernel, call: Op) -> str:
    """The state in one kernel; a command may be about any number of jails."""
    pid = getattr(call, "pid", 0)
    mypr = k.procs[pid].cred.prison if pid in k.procs else k.prison0
    match call:
        case JailSet(params=named) | JailGet(by=named):
            return state_of_named(k, mypr, dict(named))
        case JailAttach(jid=jid) | JailRemove(jid=jid):
            return state_of(prison_find_child(k, mypr, jid))
        case JailAttachJd(fd=fd) | JailRemoveJd(fd=fd):
            file = k.fds.get(pid, {}).get(fd)
            return state_of(None if file is None else file.prison)
    return NO_JAIL


def state_of_named(k: Kernel, mypr: Prison, by: dict[str, Value]) -> str:
    """The state of a jail, by jid or else by name, as seen from `mypr`; jid 0 names none."""
    jid, name = by.get("jid"), by.get("name")
    if isinstance(jid, int) and jid:
        return state_of(prison_find_child(k, mypr, jid))
    if isinstance(name, str) and name:
        return state_of(prison_find_name(k, mypr, name))
    return NO_JAIL


def state_of(pr: Prison | None) -> str:
    """In words."""
    return ABSENT if pr is None else STATES[pr.state]
