"""What differs between two kernels for a user, in plain words with the values on both sides."""

from fuzz.differ.comparison import Words
from fuzz.differ.steps.observation import Key, meets
from fuzz.findings.story.call_words import listed, values_words
from fuzz.programs.op_language import quoted
from prison.call import user_text
from prison.jail_get import VIEW_FIELDS, host_view
from prison.kernel import Kernel
from prison.reference import ALIVE
from prison.state import Prison, Proc, ProcState

NOT_RUNNING = {
    ProcState.NEW: " (still being forked)",
    ProcState.RUNNING: "",
    ProcState.KILLED: " (killed, not yet gone)",
}


def difference(old: Kernel, new: Kernel, words: Words, key: Key, whats: tuple[str, ...]) -> str:
    """What differs under a key of `Differences`: a sentence without its full stop."""
    kind, which = key
    if kind == "name":
        return name_difference(old, new, words, str(which))
    if kind == "process":
        return process_difference(old, new, words, int(str(which)))
    if kind == "jail":
        return jail_difference(old, new, words, int(str(which)), whats)
    counters = f"{old.lastprid} on {words.old} and {new.lastprid} on {words.one}"
    return f"the last automatic jid is {counters}"


def jail_difference(
    old: Kernel, new: Kernel, words: Words, jid: int, whats: tuple[str, ...]
) -> str:
    """How a jid means different jails, or one that only one kernel has."""
    one, other = old.prid.get(jid), new.prid.get(jid)
    if one is None or other is None:
        there, pr = (words.new, other) if one is None else (words.old, one)
        return f"jail {jid} is there on {there} only" + (f", {jail(pr)}" if pr else "")
    if "state" in whats:
        return f"jail {jid} is {one.state} on {words.old} and {other.state} on {words.one}"
    views = host_view(one), host_view(other)
    rows = zip(VIEW_FIELDS, *views, strict=True)
    shown = tuple(b if field in whats else a for field, a, b in rows)
    return f"jail {jid} {values_words(views[0], shown, words)}"


def jail(pr: Prison) -> str:
    """A jail in two words."""
    named = user_text(pr.name)
    return str(pr.state) + (f" and named {quoted(named)}" if named != str(pr.jid) else "")


def process_difference(old: Kernel, new: Kernel, words: Words, pid: int) -> str:
    """How a process is elsewhere, or only in one kernel."""
    p, q = old.procs.get(pid), new.procs.get(pid)
    if p is None or q is None:
        there, one = (words.new, q) if p is None else (words.old, p)
        where = f", {place(one)}{NOT_RUNNING[one.state]}" if one else ""
        return f"process {pid} is there on {there} only{where}"
    if p.state is q.state:
        who = f"process {pid}{NOT_RUNNING[p.state]}"
        return f"{who} is {place(p)} on {words.old} and {place(q)} on {words.one}"
    one_place, other_place = (place(each) + NOT_RUNNING[each.state] for each in (p, q))
    return f"process {pid} is {one_place} on {words.old} and {other_place} on {words.one}"


def place(p: Proc) -> str:
    """Where a process is."""
    jid = p.cred.prison.jid
    return f"in jail {jid}" if jid else "on the host"


def name_difference(old: Kernel, new: Kernel, words: Words, name: str) -> str:
    """How a name means different jails, seen from the host or else from a jail."""
    one, other = meant(old, name), meant(new, name)
    shown = quoted(user_text(name))
    if one == other:
        return f"seen from within a jail, the name {shown} means different jails"
    return f"the name {shown} means {one} on {words.old} and {other} on {words.one}"


def meant(k: Kernel, name: str) -> str:
    """The jails that a full name means, in the order in which they are met."""
    found = [
        f"{'' if k.prid[jid].state is ALIVE else 'dying '}jail {jid}" for jid in meets(k, name)
    ]
    return listed(found) if found else "no jail"
