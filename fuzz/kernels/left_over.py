"""What a clean-up says, of a model or as recorded: in which way not everything was taken away."""

import re

from fuzz.kernels.bug_kinds import BugKind

BROKEN_LISTS = "the kernel's lists are broken"  # mostly by what was freed once too often

# What kernels say when they stop, as opposed to what a recorder says of things left over.
STOPPED = re.compile(
    r"page fault|signal \d|panic|assert|fatal|cannot|trying to|freed last|dangling|"
    r"under?flow|overflow|bad u?cred|not alive|still has|invalid prison|watchdog|[<>] 0",
    re.IGNORECASE,
)
COUNT_ONLY = re.compile(r"prison0: childcount -?\d+ ref 2 uref 2")
HOST = re.compile(r"prison0: childcount -?\d+ ref (-?\d+) uref (-?\d+)")
DUE = 2  # references of prison0: its own, and that of process 1, or of what stands for it

KINDS = {
    "stopped": BugKind.PANIC,
    "count": BugKind.WRONG_COUNT,
    "fewer": BugKind.DROPPED_TWICE,
    "left": BugKind.LEAKED_REFERENCE,
}


def way_left(text: str) -> str:
    """The kernel stopped, only a count is wrong, fewer references are left than are due, or
    something is left.
    """
    if STOPPED.search(text):
        return "stopped"
    if COUNT_ONLY.fullmatch(text):
        return "count"
    host = HOST.search(text)
    fewer = host is not None and min(map(int, host.groups())) < DUE
    return "fewer" if fewer or text.startswith(BROKEN_LISTS) else "left"


def kind_left(text: str) -> BugKind:
    """The kind of bug that shows when everything is taken away."""
    return KINDS[way_left(text)]
