"""What differs between two kernels for a user, in plain words with the values on both sides."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from jail_kernel.call import user_text
from jail_kernel.jail_get import VIEW_FIELDS, View, host_view
from jail_kernel.kernel import Kernel
from jail_kernel.lookup import named
from jail_kernel.reference import ALIVE, DYING
from jail_kernel.state import Prison, Proc, ProcState
from jaildiff.differ.comparison import Words
from jaildiff.differ.steps.lockstep import Lockstep
from jaildiff.differ.steps.name_views import viewers
from jaildiff.differ.steps.observation import Key, location, meets
from jaildiff.findings.story.call_words import listed, values_words
from jaildiff.support.printable import quoted

NOT_RUNNING = {
    ProcState.NEW: " (still being forked)",
    ProcState.RUNNING: "",
    ProcState.KILLED: " (killed, not yet gone)",
}
STATE = VIEW_FIELDS.index("state")
NAMES_MAX = 3  # names that mean different jails; the rest is counted

Pair = tuple[object, object]  # what either kernel shows


@dataclass(frozen=True, slots=True)
class Pairs:
    """What differs between two kernels at one time, under the keys of `Differences`."""

    found: dict[Key, Pair] = field(default_factory=dict)

    def changed(self, before: "Pairs", key: Key, *, deep: bool) -> tuple[str, ...]:
        """What differs under a key and did not before, or not in this way. If a jid means different
        jails (deep), everything under it, as soon as anything changed there.
        """
        pair, earlier = self.found[key], before.found.get(key)
        if pair == earlier:
            return ()
        if key[0] != "jail" or None in pair:
            return ("exists",)
        if deep or earlier is None or None in earlier:
            return fields_of(pair)
        rows = zip(VIEW_FIELDS, *both(pair), *both(earlier), strict=True)
        return tuple(name for name, a, b, c, d in rows if a != b and (a, b) != (c, d))


def both(pair: Pair) -> tuple[View, View]:
    """Two views."""
    one, other = pair
    assert isinstance(one, tuple)
    assert isinstance(other, tuple)
    return one, other


def fields_of(pair: Pair) -> tuple[str, ...]:
    """The parameters in which two views differ."""
    return tuple(name for name, a, b in zip(VIEW_FIELDS, *both(pair), strict=True) if a != b)


def pairs(old: Kernel, new: Kernel, keys: Iterable[Key]) -> Pairs:
    """What differs between two kernels now."""
    return Pairs({key: pair(old, new, key) for key in keys})


def pair(old: Kernel, new: Kernel, key: Key) -> Pair:
    """What either kernel shows under a key."""
    kind, which = key
    if kind == "jail":
        found = (k.prid.get(int(str(which))) for k in (old, new))
        one, other = (None if pr is None else host_view(pr) for pr in found)
        return one, other
    if kind == "process":
        found_procs = (k.procs.get(int(str(which))) for k in (old, new))
        at, other_at = (None if p is None else location(p) for p in found_procs)
        return at, other_at
    if kind == "name":
        return meets(old, str(which)), meets(new, str(which))
    return old.lastprid, new.lastprid


class Differing:
    """Tells what differs between two kernels."""

    def __init__(self, lockstep: Lockstep) -> None:
        self.lockstep, self.words = lockstep, lockstep.comparison.words
        self.told: dict[int, tuple[int, int]] = {}  # by jid, two jails that look alike, by age
        self.said: dict[Key, tuple[str, Pair]] = {}  # of jids, as they were told last
        self.born: tuple[dict[int, int], dict[int, int]] = ({}, {})  # by age, the step that made it

    @property
    def old(self) -> Kernel:
        """The old side."""
        return self.lockstep.old

    @property
    def new(self) -> Kernel:
        """The new side."""
        return self.lockstep.new

    def all(self, changed: Mapping[Key, tuple[str, ...]]) -> list[str]:
        """Everything that differs, what matters most first.  Only some names are listed."""
        rank = {"jail": 0, "process": 1, "name": 2, "next jid": 3}
        keys = sorted(changed, key=lambda key: (rank[key[0]], not self.deep(key)))
        names = [key for key in keys if key[0] == "name"]
        texts = [self.news(key, changed[key]) for key in keys if key not in names[NAMES_MAX:]]
        told = [*dict.fromkeys(filter(None, texts))]  # The same is said under two jids of a jail.
        more = len(names) - NAMES_MAX
        if more > 0:
            mean = "name means" if more == 1 else "names mean"
            told.append(f"{more} more {mean} different jails")
        return told

    def news(self, key: Key, whats: tuple[str, ...]) -> str:
        """What differs under a key; where that has been said, only what came to differ since."""
        text = self.one(key, whats)
        now = pair(self.old, self.new, key)
        earlier, self.said[key] = self.said.get(key), (text, now)
        if earlier is None or earlier[0] != text or not self.deep(key):
            return text
        if None in now:
            return ""
        rows = zip(*both(now), *both(earlier[1]), strict=True)
        moved = [a != b and (a, b) != (c, d) for a, b, c, d in rows]
        one, other = both(now)
        shown = tuple(b if new else a for a, b, new in zip(one, other, moved, strict=True))
        values = values_words(one, shown, self.words)
        return f"jail {key[1]}, another on each kernel, {values}" if any(moved) else ""

    def deep(self, key: Key) -> bool:
        """Whether a jid means another jail on the other side, or none, or in another state."""
        if key[0] != "jail":
            return False
        one, other = (k.prid.get(int(str(key[1]))) for k in (self.old, self.new))
        if one is None or other is None:
            return True
        return one.state is not other.state or not self.same(one, other)

    def same(self, one: Prison, other: Prison) -> bool:
        """Whether a jail of the old side and one of the new side were made by one step."""
        return self.born[0].get(one.seq) == self.born[1].get(other.seq)

    def alike(self, found: Mapping[Key, object]) -> Iterator[str]:
        """Jids that the last step gave to different jails that look alike to a user."""
        touched = {obj.jid for k in (self.old, self.new) for obj in k.before if type(obj) is Prison}
        for jid in sorted(touched):
            one, other = self.old.prid.get(jid), self.new.prid.get(jid)
            if not one or not other or self.same(one, other) or ("jail", jid) in found:
                continue
            if self.told.get(jid) != (one.seq, other.seq):
                self.told[jid] = one.seq, other.seq
                yield self.jail_difference(jid, ())

    def one(self, key: Key, whats: tuple[str, ...]) -> str:
        """What differs under a key of `Differences`: a sentence without its full stop."""
        kind, which = key
        if kind == "name":
            return name_difference(self.old, self.new, self.words, str(which))
        if kind == "process":
            return process_difference(self.old, self.new, self.words, int(str(which)))
        if kind == "jail":
            return self.jail_difference(int(str(which)), whats)
        counters = f"{self.old.lastprid} on {self.words.old} and {self.new.lastprid} on"
        return f"the last automatic jid is {counters} {self.words.one}"

    def jail_difference(self, jid: int, whats: tuple[str, ...]) -> str:
        """That a jid means different jails, or a jail that only one kernel has."""
        one, other = self.old.prid.get(jid), self.new.prid.get(jid)
        words = self.words
        if one is None or other is None:
            return self.one_sided(jid, one, other)
        if not self.same(one, other):
            made, other_made = (
                f"the one that step {born.get(pr.seq)} made"
                for born, pr in zip(self.born, (one, other), strict=True)
            )
            first = f"jail {jid} on {words.old} is {made}, {jail(self.old, one)}"
            second = f"on {words.one} it is {other_made}, {jail(self.new, other)}"
            return f"{first}, and {second}{self.values(one, other)}"
        views = host_view(one), host_view(other)
        rows = zip(VIEW_FIELDS, *views, strict=True)
        told = ("state", "name") if "state" in whats else ()  # in the words for the state
        shown = tuple(b if name in whats and name not in told else a for name, a, b in rows)
        values = values_words(views[0], shown, words) if shown != views[0] else ""
        if "state" not in whats:
            return f"jail {jid} {values}"
        states = f"{jail(self.old, one)} on {words.old} and {jail(self.new, other)} on {words.one}"
        return f"jail {jid} is {states}" + (f", and {values}" if values else "")

    def values(self, one: Prison, other: Prison) -> str:
        """The values that differ between two live jails of one jid, except their names."""
        if not one.state is other.state is ALIVE:
            return ""
        view, other_view = host_view(one), host_view(other)
        rows = zip(VIEW_FIELDS, view, other_view, strict=True)
        shown = tuple(a if field == "name" else b for field, a, b in rows)
        return f"; it {values_words(view, shown, self.words)}" if shown != view else ""

    def one_sided(self, jid: int, one: Prison | None, other: Prison | None) -> str:
        """That only one kernel has a jid; the jail may have another jid on the other side."""
        words = self.words
        if other is None and one is not None:
            twins = [twin for twin in self.new.allprison if self.same(one, twin)]
            there, k, pr = words.old, self.old, one
            pair = (one, *twins[:1])
        elif other is not None:
            twins = [twin for twin in self.old.allprison if self.same(twin, other)]
            there, k, pr = words.new, self.new, other
            pair = (*twins[:1], other)
        else:
            return f"jail {jid} is gone"
        if not twins:
            return f"jail {jid} is there on {there} only, {jail(k, pr)}"
        first, second = pair
        gone = "" if first.jid in self.new.prid else f" (no jail is {first.jid} there)"
        told = jail(self.new, second)
        if first.state is second.state is DYING:
            jids = f"is {first.jid} on {words.old} and {second.jid} on {words.one}"
            return f"the dying jail {jids}{gone}{told.removeprefix(str(DYING))}"
        same = f"jail {first.jid} of {words.old} is jail {second.jid} on {words.one}"
        return f"{same}{gone}, {told}"


def jail(k: Kernel, pr: Prison) -> str:
    """A jail in a few words: its state, its name if that is not its jid, and who holds it."""
    name = user_text(pr.name)
    told = str(pr.state) + (f", named {quoted(name)}" if name != str(pr.jid) else "")
    keep = holders(k, pr) if pr.state is DYING else []
    return told + (f", held by {listed(keep)}" if keep else "")


def holders(k: Kernel, pr: Prison) -> list[str]:
    """What keeps a jail in the system."""
    found = [f"process {p.pid}{NOT_RUNNING[p.state]}" for p in pr.procs.values()]
    found += [f"the holder {quoted(res)}" for res, cred in k.resources.items() if cred.prison is pr]
    return found + [f"jail {child.jid} below it" for child in pr.children.values()]


def process_difference(old: Kernel, new: Kernel, words: Words, pid: int) -> str:
    """That a process is in another place or state, or in one kernel only."""
    p, q = old.procs.get(pid), new.procs.get(pid)
    if p is None or q is None:
        there, one = (words.new, q) if p is None else (words.old, p)
        where = f", {place(one)}{NOT_RUNNING[one.state]}" if one else ""
        return f"process {pid} is there on {there} only{where}"
    one_place, other_place = (place(each) + NOT_RUNNING[each.state] for each in (p, q))
    return f"process {pid} is {one_place} on {words.old} and {other_place} on {words.one}"


def place(p: Proc) -> str:
    """Where a process is."""
    jid = p.cred.prison.jid
    return f"in jail {jid}" if jid else "on the host"


def name_difference(old: Kernel, new: Kernel, words: Words, name: str) -> str:
    """That a name means different jails, seen from the host or from within a jail."""
    inside = {pr.jid: pr for pr in viewers(new)}
    asking = [(pr, inside[pr.jid]) for pr in viewers(old) if pr.jid in inside]
    meanings = [(mypr.jid, meant(old, mypr, name), meant(new, twin, name)) for mypr, twin in asking]
    jid, one, other = next(((me, a, b) for me, a, b in meanings if a != b), meanings[0])
    seen = f"seen from within jail {jid}, the" if jid else "the"
    return (
        f"{seen} name {quoted(user_text(name))} means {one} on {words.old} and {other} on "
        f"{words.one}"
    )


def meant(k: Kernel, mypr: Prison, name: str) -> str:
    """The jails that a name means for those inside one, in the order in which they are met."""
    found = named(k, mypr, name)
    jails = [f"{'' if pr.state is ALIVE else 'dying '}jail {pr.jid}" for pr in found]
    return listed(jails) or "no jail"
