"""A root as rules see it: one call on one state, and the outcome in either kernel.

It consists of calls, answers and observations only: what jail_get reads, where each process is,
and which jids come next.  Nothing here knows how a model works.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from jail_kernel.call import JailSet, Result
from jail_kernel.jail_get import VIEW_FIELDS, View
from jaildiff.programs.commands.command import Op

Procs = Mapping[int, tuple[int, str]]  # pid: jid and state

JID: Final = 0
NAME: Final = 1
PARENT: Final = 2
PATH: Final = 3
STATE: Final = 4
FIELD: Final = {name: position for position, name in enumerate(VIEW_FIELDS)}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one kernel answered, and what the jails concerned look like then."""

    result: Result
    after: Mapping[int, View]  # by jid, as the host reads them
    procs: Procs
    lastprid: int  # the last automatic jid
    lastdeadid: int  # the last jid given to a dying jail; 0: none yet
    hidden: frozenset[int] = frozenset()  # former jids of jails that no jid finds any more

    @property
    def ok(self) -> bool:
        """True if the call succeeded."""
        return self.result.ok

    @property
    def kind(self) -> str:
        """The errno's name, "ok", or "panic"."""
        return self.result.kind


@dataclass(frozen=True)
class RootExperiment:
    """A case: one call by a process of jail `me` on the state `before`, and both outcomes."""

    call: Op
    me: int  # jid of the caller's jail
    jid: int  # the jid that a jail_set asks for, directly or by a numeric name; 0: none
    named: int  # the jid of the jail with the name given, alive or else dying; 0: none
    before: Mapping[int, View]  # the jails concerned and their ancestors
    procs: Procs  # the processes in these jails, and others that the call concerns
    lastprid: int
    lastdeadid: int
    next_deadid: int  # the jid that a jail renumbered now must get; 0: none is left
    jids_left: int  # how many of the jids 1..JAIL_MAX are free
    old: Outcome
    new: Outcome
    old_effects: frozenset[str]  # what each kernel did (`effects`)
    new_effects: frozenset[str]
    leaves_traces: bool  # not only the answers differ but the states, too
    # If the old kernel brought a jail back and the sides differed before: what the new side has
    # under that jid after the step.
    instead: View | None = None

    def dying(self, jid: int) -> bool:
        """True if a dying jail has this jid before the call."""
        return jid in self.before and self.before[jid][STATE] != "alive"

    def alive(self, jid: int) -> bool:
        """True if an alive jail has this jid before the call."""
        return jid in self.before and self.before[jid][STATE] == "alive"

    def visible(self, jid: int) -> bool:
        """True if the caller's jail is above the jail with this jid."""
        return self.me in self.above(jid)

    def above(self, jid: int) -> list[int]:
        """The jids of the jails above, the nearest first; the last is 0, the host."""
        found = []
        while jid in self.before:
            jid = self.parent(jid)
            found.append(jid)
        return found

    def parent(self, jid: int) -> int:
        """The jid of the jail above."""
        parent = self.before[jid][PARENT]
        assert isinstance(parent, int)
        return parent

    def flag(self, bit: int) -> bool:
        """True if the call is a jail_set with this flag."""
        return isinstance(self.call, JailSet) and bool(self.call.flags & bit)

    def mirrored(self) -> "RootExperiment":
        """The same experiment with its sides swapped."""
        return replace(
            self,
            old=self.new,
            new=self.old,
            old_effects=self.new_effects,
            new_effects=self.old_effects,
        )

    @property
    def resurrected(self) -> int:
        """The jid of the jail that the old kernel brought back to life; 0 if none."""
        if "resurrected" in self.old_effects:
            for jid in self.before:
                if self.dying(jid) and alive_after(self.old, jid):
                    return jid
        return 0


@dataclass(frozen=True, slots=True)
class Echo:
    """One call on two states that already differ, both answers, and what newly differs."""

    call: Op
    old: Result
    new: Result
    appeared: tuple[str, ...] = ()  # such as "process exists", "jail state"
    roots: tuple[str | None, ...] = ()  # the rules of the roots that cause it
    survivor: bool = False  # about a process that outlived its jail's removal in the old kernel


def effects(
    before: Mapping[int, View], procs: Procs, lastprid: int, outcome: Outcome
) -> frozenset[str]:
    """The kinds of change between the observations before and after.

    Observations do not identify jails, so we infer.  A jail that appears dying is an old one under
    another jid.  An alive jail in place of a dying one is new if the dying one went elsewhere;
    otherwise it is that one, resurrected.  A jail is hidden if it dies and no jid finds it then.
    """
    found = set()
    appeared = [jid for jid in outcome.after if jid not in before]
    moved = any(outcome.after[jid][STATE] != "alive" for jid in appeared)
    if moved:
        found.add("renumbered")
    if any(outcome.after[jid][STATE] == "alive" for jid in appeared):
        found.add("created")
    for jid, view in before.items():
        now = outcome.after.get(jid)
        if now == view:
            continue
        gone = jid in outcome.hidden
        if now is None:
            if gone:
                found |= {"died", "hidden"} if view[STATE] == "alive" else set()
            elif not moved:
                found.add("removed")
        elif now[STATE] == view[STATE]:
            if without_count(now) != without_count(view):
                found.add("updated")
        elif now[STATE] == "alive":
            found.add("created" if moved or gone else "resurrected")
        else:
            found.add("died")
    if apart_from(outcome.hidden, procs, procs) != apart_from(outcome.hidden, procs, outcome.procs):
        found.add("processes")
    if outcome.lastprid != lastprid:
        found.add("next jid")
    return frozenset(found)


def apart_from(jids: frozenset[int], before: Procs, procs: Procs) -> Procs:
    """The processes, without those that were in the jails with these jids before."""
    if not jids:
        return procs
    return {pid: where for pid, where in procs.items() if before.get(pid, where)[0] not in jids}


def without_count(view: View) -> View:
    """A view without children.cur, which changes whenever something happens below."""
    return view[: FIELD["childcount"]] + view[FIELD["childcount"] + 1 :]


def alive_after(outcome: Outcome, jid: int) -> bool:
    """True if an alive jail has this jid after the call."""
    return jid in outcome.after and outcome.after[jid][STATE] == "alive"
