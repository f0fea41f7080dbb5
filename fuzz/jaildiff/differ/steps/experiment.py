"""The experiment that tells roots from echoes: both kernels take one call from the same state."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import replace

from jail_kernel.call import Call, JailSet, Result
from jail_kernel.freeze import freeze
from jail_kernel.jail_conf import jail_conf
from jail_kernel.jail_get import View, host_view
from jail_kernel.jail_start import wanted_jid
from jail_kernel.kernel import STANDARD_FILES, Kernel, by_jid
from jail_kernel.lookup import prison_find_name, siblings_named
from jail_kernel.reference import ALIVE, ancestry
from jail_kernel.state import File, Journaled, Prison, Proc
from jaildiff.differ.steps.observation import location
from jaildiff.differ.steps.root_experiment import Outcome, RootExperiment, effects
from jaildiff.kernels.left_over import BROKEN_LISTS
from jaildiff.kernels.registry import Model
from jaildiff.programs.commands.command import Command, Op
from jaildiff.programs.commands.host_state import release_on

Writes = dict[tuple[str, int], object]


def experiments(k: Kernel, own: Model, other: Model, op: Op) -> tuple[Result, list[RootExperiment]]:
    """Let `k` take an op with its own model; return the cases where the other steps differently.

    A command has a case for each system call that differs, tried from the state in which it is
    made.  If none differs, the command itself is tried with the other's userland on k's own kernel.
    """
    if not isinstance(op, Command):
        answer, case = experiment(k, own, other, op)
        return answer, [] if case is None else [case]
    cases: list[RootExperiment] = []

    def take(k: Kernel, call: Call) -> Result:
        result, case = experiment(k, own, other, call)
        cases.extend([] if case is None else [case])
        return result

    answer = own.run(k, op, take)
    if not cases and release_on(k, own.userland) is not release_on(k, other.userland):
        k.rollback()
        upgraded = replace(own, userland=other.userland)
        answer, case = experiment(k, own, upgraded, op)
        cases += [] if case is None else [case]
    return answer, cases


def experiment(
    k: Kernel, own: Model, other: Model, call: Op
) -> tuple[Result, RootExperiment | None]:
    """Step `k` with its own model; return a case if the other model steps differently from there.

    In the case, the own model is on the old side.
    """
    if own.steps_as(other, call):
        return own.step(k, call), None
    other_result = trial(k, other, call)
    other_traces, concerned = traces(k, call), list(k.before)
    k.rollback()
    result = trial(k, own, call)
    leaves_traces = traces(k, call) != other_traces
    if result == other_result and not leaves_traces:
        return result, None
    concerned += k.before
    k.rollback()
    return result, make_case(k, own, other, call, concerned, leaves_traces=leaves_traces)


def answer(k: Kernel, own: Model, other: Model, op: Op) -> Result:
    """Let `k` take an op as in `experiments`, without trying the other model."""

    def take(k: Kernel, call: Call) -> Result:
        return own.step(k, call) if own.steps_as(other, call) else trial(k, own, call)

    return own.run(k, op, take) if isinstance(op, Command) else take(k, op)


def trial(k: Kernel, model: Model, call: Op) -> Result:
    """One step.  A kernel that fails on a state that another kernel left counts as panicked."""
    try:
        return model.step(k, call)
    except LookupError as error:
        return Result(None, None, f"{BROKEN_LISTS}: {error}")


def traces(k: Kernel, op: Op) -> object:
    """What the last op changed; after a command, the whole state, as its processes come and go."""
    if not isinstance(op, Command):
        return writes(k)
    try:
        return freeze(k), k.host
    except LookupError:  # The lists of a broken kernel are inconsistent.
        return None


def writes(k: Kernel) -> Writes:
    """The after-images of the objects that the last op really changed."""
    changed: Writes = {("counters", 0): (k.lastprid, k.lastdeadid)}
    for obj, before in k.before.items():
        after = obj.image()
        if isinstance(obj, Prison):
            gone = obj is not k.prison0 and not k.has(obj)
            unchanged = not gone and before == after
            key = ("prison", obj.seq)
        elif isinstance(obj, Proc):
            gone = k.procs.get(obj.pid) is not obj
            key, unchanged = ("process", obj.pid), False
        elif isinstance(obj, File):
            continue  # The tables below cover it.
        else:
            gone = False
            key, unchanged = ("credential", id(obj)), before == obj.saved()
        if not unchanged and not (gone and not before):  # Created and removed again: no change.
            changed[key] = None if gone else after
    if k.fds or k.osd:
        changed["files", 0] = files_and_texts(k)
    return changed


def files_and_texts(k: Kernel) -> object:
    """The contents of tables that only some kernels fill; jails are given by age."""
    tables = {
        pid: {fd: file and file.image() for fd, file in table.items()}
        for pid, table in k.fds.items()
        if table != STANDARD_FILES
    }
    return tables, {pr.seq: texts for pr, texts in k.osd.items()}


def make_case(
    k: Kernel,
    own: Model,
    other: Model,
    call: Op,
    concerned: list[Journaled],
    *,
    leaves_traces: bool,
) -> RootExperiment:
    """Repeat the experiment with full observations; leaves `k` stepped by its own model.

    This is separate because observing is slow and most steps do not differ.
    """
    pid = getattr(call, "pid", 0)
    me = k.procs[pid].cred.prison if pid in k.procs else k.prison0
    jid, named = asked_for(k, me, call)
    jids = concerned_jids(k, [me, k.prid.get(jid), k.prid.get(named), *concerned])
    pids = concerned_pids(k, jids, concerned) | {pid: None}
    before = {j: host_view(k.prid[j]) for j in jids}
    procs, lastprid, lastdeadid = locations(k, pids), k.lastprid, k.lastdeadid
    deadid_due = next_deadid(k)
    jids_left = k.jail_max - bisect_right(k.allprison, k.jail_max, key=by_jid)
    other_outcome = outcome(k, other, call, jids, pids)
    k.rollback()
    own_outcome = outcome(k, own, call, jids, pids)
    return RootExperiment(
        call=call,
        me=me.jid,
        jid=jid,
        named=named,
        before=before,
        procs=procs,
        lastprid=lastprid,
        lastdeadid=lastdeadid,
        next_deadid=deadid_due,
        jids_left=jids_left,
        old=own_outcome,
        new=other_outcome,
        old_effects=effects(before, procs, lastprid, own_outcome),
        new_effects=effects(before, procs, lastprid, other_outcome),
        leaves_traces=leaves_traces,
    )


def outcome(k: Kernel, model: Model, call: Op, jids: Iterable[int], pids: Iterable[int]) -> Outcome:
    """One kernel's outcome of the call; leaves `k` stepped."""
    result = trial(k, model, call)
    after, where = views(k, jids), locations(k, pids)
    return Outcome(result, after, where, k.lastprid, k.lastdeadid, frozenset(k.buried_now))


def asked_for(k: Kernel, me: Prison, call: Op) -> tuple[int, int]:
    """The jid that a call asks for, and the jid of the jail with the name in it."""
    if not isinstance(call, JailSet):
        return getattr(call, "jid", 0), 0
    conf = jail_conf(call)
    if isinstance(conf, Result):
        return 0, 0
    found = [] if conf.name is None else siblings(k, me, conf.name)
    meant = [pr for pr in found if pr.state is ALIVE] or found[-1:]
    return wanted_jid(call, conf), meant[0].jid if meant else 0


def siblings(k: Kernel, me: Prison, name: str) -> list[Prison]:
    """The jails with the name's last component below the parent that its other part names."""
    parent, dot, namelc = name.rpartition(".")
    ppr = prison_find_name(k, me, parent) if dot else me
    return [] if ppr is None else siblings_named(k, ppr, namelc)


def concerned_jids(k: Kernel, concerned: Iterable[Journaled | None]) -> dict[int, None]:
    """The jids of the given prisons and of all above them, as far as a jid finds them."""
    jids: dict[int, None] = {}
    for obj in concerned:
        if isinstance(obj, Prison) and k.prid.get(obj.jid) is obj:
            above = ancestry(k, obj)
            jids.update((pr.jid, None) for pr in above if k.prid.get(pr.jid) is pr)
    return jids


def concerned_pids(
    k: Kernel, jids: Iterable[int], concerned: Iterable[Journaled]
) -> dict[int, None]:
    """The processes in these jails, and those among `concerned` that exist."""
    pids = {pid: None for jid in jids for pid in k.prid[jid].procs}
    return pids | {obj.pid: None for obj in concerned if isinstance(obj, Proc)}


def next_deadid(k: Kernel) -> int:
    """The next free jid below the last one given to a dying jail, or else the highest; 0: none."""
    last = k.lastdeadid or k.jail_max + 1
    below = highest_free(k, last - 1)
    return below or highest_free(k, k.jail_max)


def highest_free(k: Kernel, jid: int) -> int:
    """The highest free jid up to `jid`; 0: none."""
    while jid in k.prid:
        jid -= 1
    return jid


def views(k: Kernel, jids: Iterable[int]) -> dict[int, View]:
    """What the host reads about these jails and those that the last op touched."""
    touched = [obj.jid for obj in k.before if isinstance(obj, Prison) and obj not in k.buried]
    return {j: host_view(k.prid[j]) for j in dict.fromkeys([*jids, *touched]) if j in k.prid}


def locations(k: Kernel, pids: Iterable[int]) -> dict[int, tuple[int, str]]:
    """The jail and state of each of these processes."""
    return {pid: location(k.procs[pid]) for pid in pids if pid in k.procs}
