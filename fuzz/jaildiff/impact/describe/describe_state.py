"""What a step looked like, in a sentence."""

import re

from jail_kernel.call import user_text
from jail_kernel.jail_get import VIEW_FIELDS
from jail_kernel.state import PrisonState
from jaildiff.impact.lifecycle_runs.comparing import CHILDCOUNT, JID, Difference
from jaildiff.impact.lifecycle_runs.comparing_acts import NAME, STATE
from jaildiff.impact.lifecycle_runs.running import COMPLAINT, PANIC, WARNING, StepResult

SHOWN_MAX = 4  # of jails or parameters


def describe_state(seen: StepResult, jails: tuple[str, ...]) -> str:
    """How a command ended, and what became of the jails."""
    if seen.exit == PANIC:
        return f"the system stops: {seen.stderr}"
    said = complaint(seen, jails)
    ends = "works" if seen.ok else f"fails{f': {said}' if said else ''}"
    return "; ".join([ends, *states(seen, jails)])


def complaint(seen: StepResult, jails: tuple[str, ...]) -> str:
    """What a failed command said, preferably about the jails in question."""
    lines = [
        line
        for text in (WARNING.sub("", seen.stderr), seen.stdout)
        for line in text.splitlines()
        if line.strip(" .")
    ]
    errors = [line[line.index(COMPLAINT) :] for line in lines if COMPLAINT in line]
    about = [line for line in errors if any(re.search(rf"\b{re.escape(n)}\b", line) for n in jails)]
    return (about or errors or lines or [""])[0]


def states(seen: StepResult, jails: tuple[str, ...]) -> list[str]:
    """Which jails run, under which jid, and which are dying."""
    found = []
    for name in jails[:SHOWN_MAX]:
        own = [view for view in seen.jails if user_text(str(view[NAME])) == name]
        alive = [str(view[JID]) for view in own if view[STATE] is PrisonState.ALIVE]
        dying = [str(view[JID]) for view in own if view[STATE] is not PrisonState.ALIVE]
        words = [f"runs as jid {jid}" for jid in alive] or ["does not run"]
        words += [f"an old one is dying as jid {', '.join(dying)}"] if dying else []
        found.append(f"{name} {', '.join(words)}")
    return found


def other_values(found: Difference) -> list[str]:
    """What differs in jails that run on both sides: "securelevel of web: 3, then -1"."""
    old = {view[NAME]: view for view in found.before.jails if view[STATE] is PrisonState.ALIVE}
    new = {view[NAME]: view for view in found.after.jails if view[STATE] is PrisonState.ALIVE}
    told = [
        f"{field} of {user_text(str(name))}: {old[name][at]} on 14, {new[name][at]} on 15"
        for name in old
        if name in new and user_text(str(name)) in found.jails
        for at, field in enumerate(VIEW_FIELDS)
        if old[name][at] != new[name][at] and at not in (JID, NAME, STATE, CHILDCOUNT)
    ]
    return told[:SHOWN_MAX]
