"""Both kernels side by side, op by op: which op is where they come to differ.

An op is a *root* if the kernels step differently from the same state (the old one's, or the new
one's); else a difference is an *echo* of earlier roots.  As long as no root has been met the
states are equal and the lockstep itself is the experiment.  After that each op is first tried
with the other kernel's handler and taken back.  A panic that only a trial had shows nothing: it
can come from a state in which that kernel never is.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from fuzz.differ.experiment import Case, Outcome
from fuzz.differ.observation import Differences, Key, location
from fuzz.kernels.registry import LEGACY, NEW, Model
from fuzz.kernels.snapshot import is_panic
from prison.call import Call, JailSet, Result
from prison.jail_conf import jail_conf
from prison.jail_get import View, host_view
from prison.jail_start import wanted_jid
from prison.kernel import Journaled, Kernel, by_jid
from prison.lookup import prison_find_name, siblings_named
from prison.reference import ALIVE, ancestry
from prison.state import JAIL_MAX, Prison, Proc

Writes = dict[tuple[str, int], object]


@dataclass(slots=True)
class Step:
    """An op at which the kernels differ."""

    index: int
    call: Call
    old: Result
    new: Result
    cases: tuple[Case, ...]  # the experiments, on either state, that make it a root; none: an echo
    appeared: list[tuple[Key, str]]  # what differs now and did not before

    @property
    def kinds(self) -> tuple[str, ...]:
        """What differs newly, without saying where: "process exists", "jail state", ..."""
        return tuple(f"{key[0]} {what}" for key, what in self.appeared)


class Lockstep:
    """Two kernels that are called alike."""

    def __init__(self, jail_max: int = JAIL_MAX, old: Model = LEGACY, new: Model = NEW) -> None:
        self.models = (old, new)
        self.old, self.new = Kernel(jail_max), Kernel(jail_max)
        self.differences = Differences()
        self.diverged = False
        self.panicked = False
        self.index = -1
        self.answers = (Result(None), Result(None))  # of the last op

    def step(self, call: Call) -> Step | None:
        """Call both; what is different, or None.  Not to be called after a panic."""
        self.index += 1
        old, new = self.models
        if not self.diverged:
            result = old.step(self.old, call)
            if result == new.step(self.new, call) and same_writes(self.old, self.new):
                self.panicked = is_panic(result)
                self.answers = (result, result)
                return None
            self.old.rollback()
            self.new.rollback()
        return self._step_apart(call, old, new)

    def _step_apart(self, call: Call, old: Model, new: Model) -> Step | None:
        old_result, old_case = experiment(self.old, old, new, call)
        new_result, new_case = experiment(self.new, new, old, call)
        self.panicked = is_panic(old_result) or is_panic(new_result)
        cases = tuple(
            case
            for case in (old_case, new_case)
            if case is not None and (self.panicked or not ends_in_panic(case))
        )
        self.answers = (old_result, new_result)
        self.diverged = self.diverged or bool(cases)
        appeared = self.differences.update(self.old, self.new)
        unseen = old_result == new_result and not appeared
        if unseen and not any(case.leaves_traces for case in cases):
            return None
        return Step(self.index, call, old_result, new_result, cases, appeared)


def ends_in_panic(case: Case) -> bool:
    """One of the kernels panics."""
    return is_panic(case.old.result) or is_panic(case.new.result)


def same_writes(one: Kernel, other: Kernel) -> bool:
    """True if the last op wrote the same, in the same order, to two equal kernels."""
    if len(one.before) != len(other.before) or one.lastprid != other.lastprid:
        return False
    return all(a.image() == b.image() for a, b in zip(one.before, other.before, strict=True))


def experiment(k: Kernel, own: Model, other: Model, call: Call) -> tuple[Result, Case | None]:
    """Step `k` with its own model; a case if the other model steps differently from there."""
    if own.handlers[type(call)] is other.handlers[type(call)]:
        return own.step(k, call), None
    other_result = other.step(k, call)
    other_writes, concerned = writes(k), list(k.before)
    k.rollback()
    result = own.step(k, call)
    leaves_traces = writes(k) != other_writes
    if result == other_result and not leaves_traces:
        return result, None
    concerned += k.before
    k.rollback()
    return result, make_case(k, own, other, call, concerned, leaves_traces=leaves_traces)


def writes(k: Kernel) -> Writes:
    """What the last op changed: the after-images of what has changed indeed."""
    changed: Writes = {("counters", 0): (k.lastprid, k.lastdeadid)}
    for obj, before in k.before.items():
        after = obj.image()
        if isinstance(obj, Prison):
            gone = obj is not k.prison0 and k.prid.get(obj.jid) is not obj
            unchanged = not gone and bool(before) and obj.image_of(before) == after
            key = ("prison", obj.seq)
        elif isinstance(obj, Proc):
            gone = k.procs.get(obj.pid) is not obj
            key, unchanged = ("process", obj.pid), False
        else:
            gone = False
            key, unchanged = ("credential", id(obj)), False
        if not unchanged and not (gone and not before):  # Made and unmade is no change.
            changed[key] = None if gone else after
    return changed


def make_case(
    k: Kernel,
    own: Model,
    other: Model,
    call: Call,
    concerned: list[Journaled],
    *,
    leaves_traces: bool,
) -> Case:
    """The experiment in full; leaves `k` stepped by its own model."""
    old, new = (own, other) if own.key == "old" else (other, own)
    pid = getattr(call, "pid", 0)
    me = k.procs[pid].cred.prison if pid in k.procs else k.prison0
    jid, named = asked_for(k, me, call)
    jids = concerned_jids(k, [me, k.prid.get(jid), k.prid.get(named), *concerned])
    pids = concerned_pids(k, jids, concerned) | {pid: None}
    before = {j: host_view(k.prid[j]) for j in jids}
    procs, lastprid, lastdeadid = locations(k, pids), k.lastprid, k.lastdeadid
    deadid_due = next_deadid(k)
    jids_left = k.jail_max - bisect_right(k.allprison, k.jail_max, key=by_jid)
    outcomes = {}
    for model in (other, own):
        result = model.step(k, call)
        outcomes[model.key] = Outcome(
            result, views(k, jids), locations(k, pids), k.lastprid, k.lastdeadid
        )
        if model is other:
            k.rollback()
    return Case(
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
        old=outcomes[old.key],
        new=outcomes[new.key],
        leaves_traces=leaves_traces,
    )


def asked_for(k: Kernel, me: Prison, call: Call) -> tuple[int, int]:
    """The jid that a call asks for, and the jid of the jail that its name means."""
    if not isinstance(call, JailSet):
        return getattr(call, "jid", 0), 0
    conf = jail_conf(call)
    if isinstance(conf, Result):
        return 0, 0
    found = [] if conf.name is None else siblings(k, me, conf.name)
    meant = [pr for pr in found if pr.state is ALIVE] or found[-1:]
    return wanted_jid(call, conf), meant[0].jid if meant else 0


def siblings(k: Kernel, me: Prison, name: str) -> list[Prison]:
    """The jails of this name among the children of the jail that its parent part names."""
    parent, dot, namelc = name.rpartition(".")
    ppr = prison_find_name(k, me, parent) if dot else me
    return [] if ppr is None else siblings_named(k, ppr, namelc)


def concerned_jids(k: Kernel, concerned: Iterable[Journaled | None]) -> dict[int, None]:
    """The jids of the given prisons that exist, and of all above them, but prison0."""
    jids: dict[int, None] = {}
    for obj in concerned:
        if isinstance(obj, Prison) and k.prid.get(obj.jid) is obj:
            jids.update((pr.jid, None) for pr in ancestry(k, obj) if pr is not k.prison0)
    return jids


def concerned_pids(
    k: Kernel, jids: Iterable[int], concerned: Iterable[Journaled]
) -> dict[int, None]:
    """The processes in these jails, and those among `concerned` that exist."""
    pids = {pid: None for jid in jids for pid in k.prid[jid].procs}
    return pids | {obj.pid: None for obj in concerned if isinstance(obj, Proc)}


def next_deadid(k: Kernel) -> int:
    """The next free jid below the last one given to a dying jail, else the highest; 0: none."""
    last = k.lastdeadid or k.jail_max + 1
    below = highest_free(k, last - 1)
    return below or highest_free(k, k.jail_max)


def highest_free(k: Kernel, jid: int) -> int:
    """The highest jid up to `jid` that no jail has; 0: none."""
    while jid in k.prid:
        jid -= 1
    return jid


def views(k: Kernel, jids: Iterable[int]) -> dict[int, View]:
    """What the host reads of these jails and of those that the last op touched."""
    touched = [obj.jid for obj in k.before if isinstance(obj, Prison)]
    return {j: host_view(k.prid[j]) for j in dict.fromkeys([*jids, *touched]) if j in k.prid}


def locations(k: Kernel, pids: Iterable[int]) -> dict[int, tuple[int, str]]:
    """Where these processes are."""
    return {pid: location(k.procs[pid]) for pid in pids if pid in k.procs}
