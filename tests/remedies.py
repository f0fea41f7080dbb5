"""What each piece of advice says, done: the remedies that jaildiff.differ.verdict.advice names.

A remedy is given a program up to a step that its rule claims.  It changes or continues the program
as the advice says, runs it on both kernels, and says whether that helps there; None if the advice
is not for this program, say because nobody is left on the host to follow it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

from jail_kernel import allow
from jail_kernel.call import (
    JAIL_CREATE,
    JAIL_DYING,
    JAIL_UPDATE,
    Drop,
    Exit,
    Fork,
    ForkEnd,
    Hold,
    JailAttach,
    JailGet,
    JailSet,
    Malformed,
    Result,
    Value,
)
from jail_kernel.kernel import Kernel
from jail_kernel.state import ProcState
from jaildiff.differ.comparison import LANDED, Comparison
from jaildiff.differ.diff import Report, diff
from jaildiff.differ.steps.root_experiment import FIELD, NAME, STATE, RootExperiment
from jaildiff.kernels.edited import Edit, variant
from jaildiff.kernels.fault import load
from jaildiff.kernels.registry import LEGACY, NEW, Model
from jaildiff.programs.commands.command import Command, Op
from jaildiff.programs.commands.host_state import boot
from jaildiff.programs.program import Program

FRESH = "zz9"  # a name that nobody has
HELPER = 9999  # a process that nobody has
NOT_DONE = Malformed("not done")
LIMIT = "prison limit exceeded"

OFFSETS = Edit(  # the names of the jails below are put together from their parents'
    "jail_kernel/jail_params.py",
    """\
        rest = c_string(tpr.buf, old)
        buf = overwrite(tpr.buf, new, rest + "\\0")
        k.set_name(tpr, overwrite(buf, 0, pr.buf[:new]))
""",
    """\
        last = tpr.name.rpartition(".")[2]
        k.set_name(tpr, overwrite(tpr.buf, 0, f"{tpr.parent.name}.{last}\\0"))
""",
)


@dataclass(frozen=True, slots=True)
class Met:
    """A program whose last call is one that a rule claims."""

    program: Program
    rule: str
    case: RootExperiment | None  # of a root
    causes: tuple[int, ...] = ()  # of an echo

    @property
    def step(self) -> int:
        """The last one."""
        return len(self.program.calls) - 1

    @property
    def before(self) -> tuple[Op, ...]:
        """The calls before the last."""
        return self.program.calls[:-1]

    @property
    def call(self) -> JailSet:
        """The last call, if it is a jail_set."""
        found = self.program.calls[-1]
        assert isinstance(found, JailSet)
        return found

    @property
    def root(self) -> RootExperiment:
        """The experiment."""
        assert self.case is not None
        return self.case

    def then(self, *calls: Op) -> Report:
        """What the kernels make of more calls."""
        return diff(replace(self.program, calls=(*self.program.calls, *calls)), LANDED)

    def instead(self, *calls: Op) -> Report:
        """What the kernels make of other calls in the place of the last."""
        return diff(replace(self.program, calls=(*self.before, *calls)), LANDED)

    def claimed(self, report: Report) -> bool:
        """Whether the rule claims something at the last step of a program, or behind it."""
        return any(d.rule == self.rule and d.step >= self.step for d in report.divergences)

    def params(self, *without: str, **given: Value) -> tuple[tuple[str, Value], ...]:
        """The parameters of the call without some, and with others."""
        kept = [pair for pair in self.call.params if pair[0] not in {*without, *given}]
        return (*kept, *given.items())

    def host(self) -> int | None:
        """A process on the host in both kernels, after the last call."""
        found: set[int] | None = None
        for model in LANDED.models:
            k = after(self.program, model)
            running = {
                p.pid
                for p in k.procs.values()
                if p.state is ProcState.RUNNING and p.cred.prison is k.prison0
            }
            found = running if found is None else found & running
        return min(found, default=None) if found else None


Remedy = Callable[[Met], bool | None]


def after(program: Program, model: Model) -> Kernel:
    """One kernel after a program."""
    k = boot(program)
    for call in program.calls:
        if model.step(k, call).panicked:
            break
    return k


def last(report: Report) -> tuple[Result, Result]:
    """The last answers."""
    return report.answers[-1]


def renumbered(met: Met) -> int:
    """The jid that the dying jail has in the new kernel."""
    case = met.root
    (jid,) = (
        j for j in case.new.after if j not in case.before and case.new.after[j][STATE] != "alive"
    )
    return jid


def is_dying(result: Result, jid: int) -> bool:
    """jail_get has found the dying jail of this jid."""
    return result.ret == jid and result.values is not None and result.values[STATE] != "alive"


# WHERE IS THE DYING JAIL?


def walk(met: Met) -> bool | None:
    """All jails are asked for one after another: one of the answers is the dying jail."""
    pid, due, at = met.host(), renumbered(met), 0
    if pid is None:
        return None
    while True:
        found = last(met.then(JailGet(pid, JAIL_DYING, (("lastjid", at),))))[1]
        if found.ret is None or found.ret >= due:
            return is_dying(found, due)
        at = found.ret


def ask_dying(met: Met) -> bool | None:
    """The jail that was not found is asked for, dying ones too."""
    case = met.root
    jid = case.jid if case.dying(case.jid) else case.named
    if not case.visible(jid):
        return None
    old, new = last(met.then(JailGet(met.call.pid, JAIL_DYING, (("jid", jid),))))
    return is_dying(new, jid) and old.ret == jid


# OTHER CALLS IN ITS PLACE


def alike(met: Met, *calls: Op) -> bool:
    """In place of the call come others, and both kernels answer the last of them with one error, or
    with none; the rule has nothing to claim.
    """
    report = met.instead(*calls)
    old, new = last(report)
    return old.errno == new.errno and not met.claimed(report)


def as_by_its_parent(met: Met, *calls: Op) -> bool:
    """In place of the call come others, and both kernels answer the last of them as the old one
    answers the call: it goes by the jail's own parent.
    """
    _, new = last(met.instead(*calls))
    return alike(met, *calls) and new.errno == met.root.old.result.errno


def without_dying(met: Met) -> bool:
    """The flag JAIL_DYING is left out: nothing is brought back."""
    call = replace(met.call, flags=met.call.flags & ~JAIL_DYING)
    report = met.instead(call)
    return not met.claimed(report)


def refused_without_dying(met: Met) -> bool:
    """The same, and the old kernel refuses, from the state in which it brought the jail back."""
    call = replace(met.call, flags=met.call.flags & ~JAIL_DYING)
    return without_dying(met) and last(met.instead(call))[0].errno is not None


def create_without_dying(met: Met) -> bool:
    """The same, and both kernels make a jail."""
    call = replace(met.call, flags=met.call.flags & ~JAIL_DYING)
    return alike(met, call) and last(met.instead(call))[1].ok


def create_by_name(met: Met) -> bool:
    """A create by name, without jid and JAIL_DYING: both kernels do the same."""
    name = dict(met.call.params).get("name")
    parent = str(name).rpartition(".") if isinstance(name, str) else ("", "", "")
    own = parent[2] if parent[2] and not parent[2].isdecimal() else FRESH
    params = met.params("jid", "name", persist=True, name=f"{parent[0]}{parent[1]}{own}")
    flags = (met.call.flags | JAIL_CREATE) & ~(JAIL_DYING | JAIL_UPDATE)
    return alike(met, replace(met.call, flags=flags, params=params))


def persist(met: Met) -> bool:
    """The update with JAIL_DYING says persist: nothing is alive without a reference."""
    at = met.causes[-1] if met.causes else met.step
    calls = list(met.program.calls)
    call = calls[at]
    assert isinstance(call, JailSet)
    params = tuple(pair for pair in call.params if pair[0] != "persist")
    calls[at] = replace(call, params=(*params, ("persist", True)))
    report = diff(replace(met.program, calls=tuple(calls)), LANDED)
    held = all(violation.invariant != "alive-is-held" for violation in report.violations)
    return held and not met.claimed(report)


def without_update(met: Met) -> bool:
    """Only JAIL_CREATE: no live jail is changed."""
    flags = (met.call.flags | JAIL_CREATE) & ~(JAIL_UPDATE | JAIL_DYING)
    params = met.params(persist=True)
    report = met.instead(replace(met.call, flags=flags, params=params))
    old, new = last(report)
    return bool(old.errno and new.errno) and not met.claimed(report)


def read_jid(met: Met) -> bool | None:
    """The jid that a create returns is that of the jail."""
    pid = met.call.pid
    made = JailSet(pid, JAIL_CREATE, (("name", FRESH), ("persist", True)))
    jid = last(met.then(made))[1].ret
    if jid is None:
        return None
    found = last(met.then(made, JailGet(pid, 0, (("jid", jid),))))[1]
    return found.ret == jid


def other_name(met: Met) -> bool:
    """A name that no jail has: the new kernel no longer says that it is taken, and when the dying
    jail is gone the old one does as the new.
    """
    parent, dot, _ = str(dict(met.call.params)["name"]).rpartition(".")
    call = replace(met.call, params=met.params(name=f"{parent}{dot}{FRESH}"))
    old, new = last(met.instead(*let_go(met), call))
    return not met.claimed(met.instead(call)) and old.errno == new.errno


def again(met: Met) -> bool:
    """The same call once more: the new kernel finds a jid."""
    return last(met.then(met.call))[1].errmsg != "no available jail IDs"


def full_name(met: Met) -> bool:
    """The jail is named by its full name, as the caller knows it, and not by its jid."""
    case = met.root
    above = f"{case.before[case.me][NAME]}." if case.me else ""
    name = str(case.before[case.jid][NAME]).removeprefix(above)
    return as_by_its_parent(met, replace(met.call, params=met.params("jid", "name", name=name)))


def from_inside(met: Met) -> bool | None:
    """The same call by a process in the jail's own parent; it must be root there."""
    case, call = met.root, met.call
    if not int(str(case.before[case.parent(case.jid)][FIELD["allow"]])) & allow.SUSER:
        return None
    enter = Fork(call.pid, HELPER), JailAttach(HELPER, case.parent(case.jid))
    given = dict(call.params).get("name")
    params = met.params("name")
    if isinstance(given, str):
        params += (("name", given.rpartition(".")[2]),)
    return as_by_its_parent(met, *enter, replace(call, pid=HELPER, params=params))


def other_name_inside(met: Met) -> bool:
    """A short name that nobody has, given by a process in the jail's own parent."""
    enter = Fork(met.call.pid, HELPER), JailAttach(HELPER, met.root.parent(met.root.jid))
    call = replace(met.call, pid=HELPER, params=met.params(name=FRESH))
    return alike(met, *enter, call) and last(met.instead(*enter, call))[1].ok


def not_at_all(met: Met) -> bool:
    """The call, or that from which an echo comes, is not made."""
    left = {met.causes[-1] if met.causes else met.step}
    calls = [NOT_DONE if at in left else call for at, call in enumerate(met.program.calls)]
    return not met.claimed(diff(replace(met.program, calls=tuple(calls)), LANDED))


def fork_ends_first(met: Met) -> bool | None:
    """The fork ends before the jail is brought back."""
    fork = met.program.calls[-1]
    if not isinstance(fork, ForkEnd):
        return None  # It is about what the process did afterwards.
    calls = list(met.before)
    calls.insert(met.causes[0], fork)
    report = diff(replace(met.program, calls=tuple(calls)), LANDED)
    return all(
        found.rule != met.rule or found.step != met.causes[0] for found in report.divergences
    )


def cause_without_dying(met: Met) -> bool:
    """The steps from which an echo comes do not have the flag JAIL_DYING."""
    calls = [
        replace(call, flags=call.flags & ~JAIL_DYING)
        if at in met.causes and isinstance(call, JailSet)
        else call
        for at, call in enumerate(met.program.calls)
    ]
    return not met.claimed(diff(replace(met.program, calls=tuple(calls)), LANDED))


# WAITING


def let_go(met: Met) -> list[Op]:
    """Every holder lets go, and every killed process ends."""
    earlier = replace(met.program, calls=met.before)
    killed = {
        p.pid
        for model in LANDED.models
        for p in after(earlier, model).procs.values()
        if p.state is not ProcState.RUNNING
    }
    held = dict.fromkeys(call.res for call in met.before if isinstance(call, Hold))
    return [*map(Drop, held), *map(ForkEnd, killed), *map(Exit, sorted(killed))]


def wait(met: Met) -> bool | None:
    """Everything lets go, and the call is made again: nothing dying stands in its way."""
    case = met.root
    jid = case.jid if case.dying(case.jid) else case.named
    gone = [
        after(replace(met.program, calls=(*met.before, *let_go(met))), m) for m in LANDED.models
    ]
    if any(jid in k.prid for k in gone):
        return None  # A live process or jail holds it.
    report = met.instead(*let_go(met), met.call)
    return not met.claimed(report) and last(report)[1].errmsg != LIMIT


def wait_is_no_use(met: Met) -> bool | None:
    """Everything lets go, and the new kernel still refuses for the same reason, as the old one does
    then.
    """
    old, new = last(met.instead(*let_go(met), met.call))
    return old.errno == new.errno == met.root.new.result.errno


def wait_and_create(met: Met) -> bool | None:
    """Everything lets go, and a jail is made then: both kernels make it."""
    made = JailSet(met.call.pid, JAIL_CREATE, (("name", FRESH), ("persist", True)))
    old, new = last(met.instead(*let_go(met), made))
    return old.ok and new.ok


def create_parent(met: Met) -> bool:
    """The parent is made anew before, and the jid left out: nothing is dying in the way, on either
    kernel.
    """
    parent = str(dict(met.call.params)["name"]).rpartition(".")[0]
    params: tuple[tuple[str, Value], ...] = (("name", parent), ("persist", True))
    call = replace(met.call, params=met.params("jid"))
    report = met.instead(JailSet(met.call.pid, JAIL_CREATE, params), call)
    return not any((answer.errmsg or "").endswith(" is dying") for answer in last(report))


# MENDED KERNELS


@cache
def mended(remedy: str) -> Comparison:
    """The kernels as whoever mends them is advised to make them, and as they were."""
    if remedy == "offsets":
        return Comparison(variant(LEGACY, (OFFSETS,)), variant(NEW, (OFFSETS,)))
    return Comparison(LEGACY, load()[remedy].apply())


def with_mended_kernel(met: Met, remedy: str) -> bool:
    """The mended kernels show nothing of it."""
    compared = mended(remedy)
    report = diff(met.program, replace(compared, new=replace(compared.new, shipped_as="new")))
    return not any(d.rule == met.rule for d in report.divergences)


def without_d(met: Met) -> bool | None:
    """The command is typed without -d, and jail.conf has no allow.dying."""
    program = met.program
    command, setup = program.calls[-1], program.setup
    if not isinstance(command, Command):
        return None
    argv = tuple(word for word in command.argv if word != "-d")
    files = tuple((name, text.replace("allow.dying;", "")) for name, text in setup.files)
    cured = replace(program, setup=replace(setup, files=files))
    return not met.claimed(replace(met, program=cured).instead(replace(command, argv=argv)))


REMEDIES: dict[str, Remedy] = {
    "walk": walk,
    "ask-dying": ask_dying,
    "without-dying": without_dying,
    "refused-without-dying": refused_without_dying,
    "create-without-dying": create_without_dying,
    "create-by-name": create_by_name,
    "persist": persist,
    "without-update": without_update,
    "read-jid": read_jid,
    "other-name": other_name,
    "again": again,
    "full-name": full_name,
    "from-inside": from_inside,
    "other-name-inside": other_name_inside,
    "not-at-all": not_at_all,
    "fork-ends-first": fork_ends_first,
    "cause-without-dying": cause_without_dying,
    "wait": wait,
    "wait-and-create": wait_and_create,
    "wait-is-no-use": wait_is_no_use,
    "create-parent": create_parent,
    "without-d": without_d,
}


def helps(met: Met, remedy: str) -> bool | None:
    """Whether a remedy helps where a rule is met."""
    known = REMEDIES.get(remedy)
    return known(met) if known else with_mended_kernel(met, remedy)
