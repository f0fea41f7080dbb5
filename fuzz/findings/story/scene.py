"""The scene of a step: who calls, what the call is about, and how that came to differ.

A program is run once more, and before each step that a story tells of the two kernels are looked
at: what differs there already, since when, and how the call comes to meet it.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from fuzz.differ.comparison import Comparison
from fuzz.differ.steps.experiment import asked_for
from fuzz.differ.steps.lockstep import Lockstep, Step
from fuzz.differ.steps.observation import Key
from fuzz.differ.walk import Walk
from fuzz.findings.story.call_words import listed
from fuzz.findings.story.difference_words import NOT_RUNNING, difference, place
from fuzz.programs.op_language import quoted
from fuzz.programs.program import Program
from prison.call import (
    JAIL_CREATE,
    Call,
    Drop,
    ForkEnd,
    JailGet,
    JailRemove,
    JailSet,
    Result,
    kernel_bytes,
)
from prison.jail_conf import jail_conf
from prison.kernel import Kernel
from prison.lookup import prison_find_name, prison_ischild
from prison.reference import DYING, ancestry, descendants
from prison.state import Prison, Proc

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
    links: list[Link] = field(default_factory=list)
    after: list[str] = field(default_factory=list)  # what differs newly
    step: Step | None = None  # none if nothing differs


class Scenes:
    """Runs a program and keeps the scenes of some of its steps."""

    def __init__(self, program: Program, comparison: Comparison, steps: Collection[int]) -> None:
        self.walk = Walk(program.jail_max, comparison, every_op=False)
        self.lockstep = self.walk.lockstep
        self.words = comparison.words
        self.since: dict[tuple[Key, str], int] = {}
        self.dying: dict[tuple[int, int], int] = {}  # by side and age, since which step
        self.found: dict[int, Scene] = {}
        for call in program.calls:
            self.run(call, told=self.lockstep.index + 1 in steps)
            if self.lockstep.panicked:
                break

    def run(self, call: Call, *, told: bool) -> None:
        """Take one step, and keep its scene if it is told of."""
        lockstep = self.lockstep
        if told:
            before = {
                key: list(self.known(key, whats)) for key, whats in lockstep.differences.now.items()
            }
            keys = mentions(lockstep, call)
            scene = Scene(who(lockstep, call), tuple(self.facts(call)))
        step = next((event for event in self.walk.take(call) if isinstance(event, Step)), None)
        for side, k in enumerate((lockstep.old, lockstep.new)):
            for obj, image in k.before.items():
                if isinstance(obj, Prison) and obj.state is DYING != image.get("state"):
                    self.dying[side, obj.seq] = lockstep.index
        appeared: dict[Key, list[str]] = {}
        for key, what in step.appeared if step else ():
            self.since[key, what] = lockstep.index
            appeared.setdefault(key, []).append(what)
        if told:
            keys = {**met(lockstep, call), **keys}
            scene.after = [self.describe(key, tuple(whats)) for key, whats in appeared.items()]
            scene.links = [
                Link(since, text, how)
                for key, how in keys.items()
                for since, text in before.get(key, ())
            ]
            scene.step = step
            self.found[lockstep.index] = scene

    def known(self, key: Key, whats: tuple[str, ...]) -> Iterator[tuple[int, str]]:
        """What differs there before a step, by the step since which it does; first the state."""
        steps = {what: self.since[key, what] for what in whats}
        for since in dict.fromkeys(sorted(steps.values(), key=lambda s: s != steps.get("state"))):
            yield since, self.describe(key, tuple(w for w in whats if steps[w] == since))

    def describe(self, key: Key, whats: tuple[str, ...]) -> str:
        """What differs there now."""
        return difference(self.lockstep.old, self.lockstep.new, self.words, key, whats)

    def facts(self, call: Call) -> Iterator[str]:
        """What is to be known of the jails that a call asks for, where the kernels agree, and of
        a holder where they do not.
        """
        old, new = self.lockstep.old, self.lockstep.new
        if isinstance(call, Drop):
            kept, other_kept = kept_jail(old, call.res), kept_jail(new, call.res)
            if kept != other_kept:
                words = self.words
                yield f"before, it kept {kept} on {words.old} and {other_kept} on {words.one}"
            return
        me, other = caller_jail(old, call), caller_jail(new, call)
        asked = asked_for(old, me, call)
        for jid in dict.fromkeys(asked) if asked == asked_for(new, other, call) else ():
            pr, twin = old.prid.get(jid), new.prid.get(jid)
            if pr is None or twin is None or pr.state is not twin.state:
                continue
            seen = prison_ischild(old, me, pr)
            if pr.state is DYING:
                since, other_since = self.dying[0, pr.seq], self.dying[1, twin.seq]
                keep = holders(old, pr)
                by = f", held by {listed(keep)}" if keep == holders(new, twin) else ""
                same = since == other_since
                dying = f"has been dying since step {since}" if same else "is dying"
                yield f"jail {jid} {dying}{by}"
                if not seen:
                    yield f"the caller's jail is not above jail {jid}"
            elif seen and pr.parent is not me:
                here = "on the host" if me is old.prison0 else "in the caller's jail"
                yield f"jail {jid} lies in jail {pr.parent.jid}, not directly {here}"
            elif jid != asked[0]:
                yield f"the name that the call gives is that of jail {jid}, which is alive"


def who(lockstep: Lockstep, call: Call) -> str:
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


def kept_jail(k: Kernel, res: str) -> str:
    """The jail that a holder keeps."""
    cred = k.resources.get(res)
    if cred is None:
        return "nothing"
    return f"jail {cred.prison.jid}" if cred.prison.jid else "the host"


def holders(k: Kernel, pr: Prison) -> list[str]:
    """What keeps a jail in the system."""
    found = [f"process {p.pid}{NOT_RUNNING[p.state]}" for p in pr.procs.values()]
    found += [f"the holder {quoted(res)}" for res, cred in k.resources.items() if cred.prison is pr]
    return found + [f"jail {child.jid} below it" for child in pr.children.values()]


def caller_jail(k: Kernel, call: Call) -> Prison:
    """The jail of the caller, or prison0 if there is none."""
    p = k.procs.get(getattr(call, "pid", 0))
    return k.prison0 if p is None else p.cred.prison


def mentions(lockstep: Lockstep, call: Call) -> Keys:
    """What a call refers to before it is made: by jid, by name, by its caller."""
    keys: Keys = {}
    for k in (lockstep.old, lockstep.new):
        me = caller_jail(k, call)
        jid, named = asked_for(k, me, call)
        name = None
        if isinstance(call, JailSet):
            conf = jail_conf(call)
            name = None if isinstance(conf, Result) else conf.name
        elif isinstance(call, JailGet):
            by = dict(call.by)
            jid = int(by.get("jid", 0))
            name = kernel_bytes(str(by["name"])) if "name" in by and not jid else None
        if jid:
            keys.setdefault(("jail", jid), "asks for that jid")
        if name is not None:
            keys = {**named_keys(k, me, name), **keys}
        if named:
            keys.setdefault(("jail", named), "asks for that jail by its name")
        pid = call.child if isinstance(call, ForkEnd) else getattr(call, "pid", 0)
        keys.setdefault(("process", pid), "is about that process")
        keys.setdefault(("jail", me.jid), "comes from that jail")
        if isinstance(call, Drop) and call.res in k.resources:
            keys.setdefault(("jail", k.resources[call.res].prison.jid), "lets go of that jail")
        if isinstance(call, JailRemove) and call.jid in k.prid:
            for pr in descendants(k.prid[call.jid]):
                keys.setdefault(("jail", pr.jid), "removes that jail, too")
        if isinstance(call, JailSet) and call.flags & JAIL_CREATE:
            for pr in ancestry(k, me):
                keys.setdefault(("jail", pr.jid), "may make a jail below it")
            if not jid:
                keys.setdefault(("next jid", 0), "needs the next automatic jid")
    return keys


def named_keys(k: Kernel, me: Prison, name: str) -> Keys:
    """What a name refers to: itself, and what stands before its last dot."""
    prefix = "" if me is k.prison0 else f"{me.name}."
    keys: Keys = {("name", prefix + name): "asks for that name"}
    parent = name.rpartition(".")[0]
    ppr = prison_find_name(k, me, parent) if parent else None
    if ppr is not None:
        keys["jail", ppr.jid] = "names a jail below it"
        keys["name", prefix + parent] = "names a jail below it"
    return keys


def met(lockstep: Lockstep, call: Call) -> Keys:
    """What a call turns out to be about: what it answers, and what it writes to."""
    keys: Keys = {}
    if isinstance(call, JailSet | JailGet):
        for result in lockstep.answers:
            if result.ret is not None:
                keys.setdefault(("jail", result.ret), "comes upon that jail")
    for k in (lockstep.old, lockstep.new):
        for obj in k.before:
            if isinstance(obj, Prison):
                keys.setdefault(("jail", obj.jid), "changes that jail")
            elif isinstance(obj, Proc):
                keys.setdefault(("process", obj.pid), "changes that process")
    return keys
