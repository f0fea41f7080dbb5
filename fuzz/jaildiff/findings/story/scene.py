"""The scene of a step: who calls, what the call is about, and how that came to differ.

The program is run again.  Before each step that a story tells, both kernels are inspected: what
differs already, since when, and how the call meets that difference.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from jail_kernel.call import (
    JAIL_CREATE,
    Drop,
    Fork,
    ForkBegin,
    ForkEnd,
    Hold,
    JailGet,
    JailRemove,
    JailSet,
    Result,
    kernel_bytes,
)
from jail_kernel.clone import clone
from jail_kernel.jail_conf import jail_conf
from jail_kernel.kernel import Kernel
from jail_kernel.lookup import prison_find_name
from jail_kernel.reference import DYING, ancestry, descendants
from jail_kernel.state import Prison, Proc, was
from jaildiff.differ.comparison import Comparison
from jaildiff.differ.steps.lockstep import Lockstep, Step
from jaildiff.differ.steps.observation import Key
from jaildiff.differ.walk import Walk
from jaildiff.findings.story.difference_words import NOT_RUNNING, Differing, Pairs, pairs, place
from jaildiff.findings.story.facts import asked_by, caller_jail, facts
from jaildiff.findings.story.refusal_words import reason
from jaildiff.programs.commands.command import Op, process_of
from jaildiff.programs.program import Program

Keys = dict[Key, str]  # what a call meets, and how


@dataclass(frozen=True, slots=True)
class Link:
    """A difference that was there before a call, and how the call meets it."""

    since: int
    difference: str
    meets: str


@dataclass(slots=True)
class Scene:
    """One step as a story tells it."""

    who: str  # the caller
    facts: tuple[str, ...]  # about what the call asks for
    checks: tuple[str, ...]  # why the call is refused
    links: list[Link] = field(default_factory=list)
    after: list[str] = field(default_factory=list)  # what differs after the step and did not before
    step: Step | None = None  # none if nothing differs


class Scenes:
    """Runs a program and keeps the scenes of some of its steps."""

    def __init__(self, program: Program, comparison: Comparison, steps: Collection[int]) -> None:
        self.walk = Walk(program.jail_max, comparison, program.setup, every_op=False)
        self.lockstep = self.walk.lockstep
        self.words = comparison.words
        self.differing = Differing(self.lockstep)
        self.since: dict[tuple[Key, str], int] = {}
        self.dying: tuple[dict[int, int], dict[int, int]] = ({}, {})  # by age, since which step
        self.found: dict[int, Scene] = {}
        for call in program.calls:
            self.run(call, told=self.lockstep.index + 1 in steps)
            if self.lockstep.panicked:
                break

    def run(self, call: Op, *, told: bool) -> None:
        """Take one step, and keep its scene if the story tells it."""
        lockstep = self.lockstep
        if told:
            differences = lockstep.differences.now
            before = pairs(lockstep.old, lockstep.new, differences)
            known = {key: list(self.known(key, whats)) for key, whats in differences.items()}
            keys = mentions(lockstep, call)
            scene = Scene(who(lockstep, call), tuple(self.facts(call)), tuple(self.checks(call)))
            start = (clone(lockstep.old), clone(lockstep.new))  # before a command's first call
        step = next((event for event in self.walk.take(call) if isinstance(event, Step)), None)
        self.note(step)
        if told:
            keys |= {key: how for key, how in met(lockstep, call).items() if key not in keys}
            scene.after = [] if lockstep.panicked else self.appeared(before)
            scene.links = [
                Link(since, text, how)
                for key, how in keys.items()
                for since, text in known.get(key, ())
            ]
            scene.step = step
            if step is not None and step.cases and step.cases[0].call is not call:
                scene.facts = tuple(self.facts(step.cases[0].call, *start))
            self.found[lockstep.index] = scene

    def note(self, step: Step | None) -> None:
        """Note since when each jail exists or is dying, and since when each difference is there."""
        lockstep = self.lockstep
        sides = zip((lockstep.old, lockstep.new), self.differing.born, self.dying, strict=True)
        for k, born, dying in sides:
            for obj, image in k.before.items():
                if not isinstance(obj, Prison):
                    continue
                if not image:
                    born[obj.seq] = lockstep.index
                if obj.state is DYING and (not image or was(obj, image, "state") is not DYING):
                    dying[obj.seq] = lockstep.index
        for key, what in step.appeared if step else ():
            self.since[key, what] = lockstep.index

    def appeared(self, before: Pairs) -> list[str]:
        """What differs now and did not before, or not in this way."""
        lockstep = self.lockstep
        now = pairs(lockstep.old, lockstep.new, lockstep.differences.now)
        deep = self.differing.deep
        changed = {key: now.changed(before, key, deep=deep(key)) for key in now.found}
        told = self.differing.all({key: whats for key, whats in changed.items() if whats})
        return [*self.differing.alike(now.found), *told]

    def known(self, key: Key, whats: tuple[str, ...]) -> Iterator[tuple[int, str]]:
        """The differences before a step, by the step that brought them; first the state."""
        steps = {what: self.since[key, what] for what in whats}
        for since in dict.fromkeys(sorted(steps.values(), key=lambda s: s != steps.get("state"))):
            yield since, self.differing.one(key, tuple(w for w in whats if steps[w] == since))

    def facts(self, call: Op, *kernels: Kernel) -> Iterator[str]:
        """The facts about the jails that a call asks for; one sentence where the kernels agree."""
        k, other = kernels or (self.lockstep.old, self.lockstep.new)
        old, new = [*facts(k, call, self.dying[0])], [*facts(other, call, self.dying[1])]
        yield from (fact for fact in old if fact in new)
        words = self.words
        yield from (f"on {words.old}, {fact}" for fact in old if fact not in new)
        yield from (f"on {words.new}, {fact}" for fact in new if fact not in old)

    def checks(self, call: Op) -> Iterator[str]:
        """The check that makes either kernel refuse, where its answer does not say so."""
        lockstep, found = self.lockstep, []
        models = lockstep.comparison.models
        for k, model in zip((lockstep.old, lockstep.new), models, strict=True):
            result = model.step(k, call)
            k.rollback()
            why = reason(k, model, call, result)
            verb = "panics" if result.panicked else "refuses"
            found.append(why and f"{verb} because {why}")
        old, new = found
        if old and old == new:
            yield f"each kernel {old}"
        else:
            sides = ((self.words.old, old), (self.words.new, new))
            yield from (f"{side} {why}" for side, why in sides if why)


def who(lockstep: Lockstep, call: Op) -> str:
    """The caller of a step, and where it is."""
    pid = getattr(call, "pid", 0)
    p, q = (k.procs.get(pid) for k in (lockstep.old, lockstep.new))
    if p is None and q is None:
        return f"process {pid}, which does not exist,"
    one, other = (place(each) + NOT_RUNNING[each.state] if each else "gone" for each in (p, q))
    if one != other:
        words = lockstep.comparison.words
        return f"process {pid} ({one} on {words.old}, {other} on {words.one})"
    return "the host" if pid == 1 and one == "on the host" else f"process {pid}, {one},"


def mentions(lockstep: Lockstep, call: Op) -> Keys:
    """What a call refers to before it is made: by jid, by name, by its caller."""
    keys: Keys = {}
    for k in (lockstep.old, lockstep.new):
        me = caller_jail(k, call)
        jid, named = asked_by(k, me, call)
        name = None
        if isinstance(call, JailSet):
            conf = jail_conf(call)
            name = None if isinstance(conf, Result) else conf.name
        elif isinstance(call, JailGet) and not jid and "name" in dict(call.by):
            name = kernel_bytes(str(dict(call.by)["name"]))
        if jid:
            keys.setdefault(("jail", jid), "asks for that jid")
        if name is not None:
            keys = {**named_keys(k, me, name), **keys}
        if named:
            keys.setdefault(("jail", named), "asks for that jail by its name")
        pid = process_of(call)
        about = "is about" if isinstance(call, ForkEnd) else "comes from"
        elsewhere = ("process", pid) in lockstep.differences.now
        if elsewhere:  # The caller's place matters most.
            keys = {("process", pid): f"{about} that process", **keys}
        else:
            keys.setdefault(("jail", me.jid), "comes from that jail")
        if isinstance(call, Drop) and call.res in k.resources:
            keys.setdefault(("jail", k.resources[call.res].prison.jid), "lets go of that jail")
        if isinstance(call, JailRemove) and call.jid in k.prid:
            for pr in descendants(k.prid[call.jid]):
                keys.setdefault(("jail", pr.jid), "removes that jail, too")
        if isinstance(call, JailSet) and call.flags & JAIL_CREATE:
            for pr in () if elsewhere else ancestry(k, me):
                keys.setdefault(("jail", pr.jid), "may make a jail below it")
            if not jid:
                keys.setdefault(("next jid", 0), "needs the next automatic jid")
    return keys


def named_keys(k: Kernel, me: Prison, name: str) -> Keys:
    """What a name refers to: itself, and the name before its last dot."""
    prefix = "" if me is k.prison0 else f"{me.name}."
    keys: Keys = {("name", prefix + name): "asks for that name"}
    parent = name.rpartition(".")[0]
    ppr = prison_find_name(k, me, parent) if parent else None
    if ppr is not None:
        keys["jail", ppr.jid] = "names a jail below it"
        keys["name", prefix + parent] = "names a jail below it"
    return keys


def met(lockstep: Lockstep, call: Op) -> Keys:
    """What a call turns out to be about: the jail in its answer, and what it writes to."""
    keys: Keys = {}
    if isinstance(call, JailSet | JailGet):
        for result in lockstep.answers:
            if result.ret is not None:
                keys.setdefault(("jail", result.ret), "comes upon that jail")
    for k in (lockstep.old, lockstep.new):
        for obj, image in k.before.items():
            if isinstance(obj, Prison):
                if isinstance(call, Fork | ForkBegin | Hold):
                    continue  # which take a reference, and that no user sees
                tried = not image and k.prid.get(obj.jid) is not obj
                how = "tries that jid" if tried else "changes that jail"
                keys.setdefault(("jail", obj.jid), how)
            elif isinstance(obj, Proc):
                keys.setdefault(("process", obj.pid), "changes that process")
    return keys
