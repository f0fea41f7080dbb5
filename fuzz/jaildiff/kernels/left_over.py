"""Classify what is left after a clean-up, from the message of a model or of the recorder."""

import re
from typing import Final

from jaildiff.kernels.bug_kinds import BugKind

# Mostly because something was freed once too often.
BROKEN_LISTS: Final = "the kernel's lists are broken"

# Words of kernels that panic; a recorder that lists left-overs uses none of them.
STOPPED = re.compile(
    r"page fault|signal \d|panic|assert|fatal|cannot|trying to|freed last|dangling|"
    r"under?flow|overflow|bad u?cred|not alive|still has|invalid prison|watchdog|[<>] 0",
    re.IGNORECASE,
)
COUNT_ONLY = re.compile(r"prison0: childcount -?\d+ ref 2 uref 2")
HOST = re.compile(r"prison0: childcount -?\d+ ref (-?\d+) uref (-?\d+)")
DUE: Final = 2  # references of prison0: its own, and that of process 1 or its stand-in

KINDS = {
    "stopped": BugKind.PANIC,
    "count": BugKind.WRONG_COUNT,
    "fewer": BugKind.DROPPED_TWICE,
    "left": BugKind.LEAKED_REFERENCE,
}


def way_left(text: str) -> str:
    """The class of a message, a key of KINDS: "stopped", "count", "fewer" or "left"."""
    if STOPPED.search(text):
        return "stopped"
    if COUNT_ONLY.fullmatch(text):
        return "count"
    host = HOST.search(text)
    fewer = host is not None and min(map(int, host.groups())) < DUE
    return "fewer" if fewer or text.startswith(BROKEN_LISTS) else "left"


def kind_left(text: str) -> BugKind:
    """The kind of bug behind a message."""
    return KINDS[way_left(text)]
