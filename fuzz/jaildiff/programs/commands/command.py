"""Commands: what root on the host types, and what is on the host.

A command is a single op of a program, however many system calls it makes.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from jail_kernel.call import Call, ForkEnd

PROGRAMS = ("jail", "jls", "jexec", "service", "sleep")
RELEASES = (14, 15)  # of the userland
SECS_MAX = 1_000_000_000
LEAVES_MAX = 1_000  # processes that one command leaves behind
FILES_MAX = 1_000
COMMAND_WEIGHT = 30  # calls
WORDS_MAX = 10_000  # of a command, and exit statuses of one
EXIT_MAX = 255
SPAN = re.compile(r"[0-9]{1,10}(?:\.[0-9]{1,6})?")
IGNORE, STAY = "ignore", "stay"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What a command started by another does, such as the exec.start that jail(8) runs.

    `text` identifies it: what follows `/bin/sh -c`, or else all words of the command.
    """

    text: str
    exits: tuple[int, ...] = ()  # statuses of its runs in order; the last repeats; empty: always 0
    secs: float | None = None  # how long it runs
    leaves: int = 0  # processes that it leaves in its jail
    term: float | str | None = None  # seconds from SIGTERM until it ends, or IGNORE
    kill: str | None = None  # STAY: when killed with its jail, its process lingers until it exits
    noexec: bool = False  # the program does not exist


@dataclass(frozen=True, slots=True)
class Command:
    """A command as typed; `stays`: in the background, as in `jexec web sleep 100 &`."""

    argv: tuple[str, ...]
    stdin: str = ""
    stays: bool = False
    behaviours: tuple[Behaviour, ...] = ()  # take precedence over the program's

    @property
    def secs(self) -> float:
        """How many seconds sleep(1) waits."""
        return float(self.argv[1])


Op = Call | Command


def weight(ops: Iterable[Op]) -> int:
    """The cost of some ops in calls, for limits that save time."""
    return sum(COMMAND_WEIGHT if isinstance(op, Command) else 1 for op in ops)


def process_of(op: Op) -> int:
    """The pid of the process that an op is about, or else that makes it; 0 if there is none."""
    return op.child if isinstance(op, ForkEnd) else getattr(op, "pid", 0)


@dataclass(frozen=True, slots=True)
class Setup:
    """What a program's commands find on the host."""

    userland: int | None = None  # its release on both sides; None: each kernel's own
    files: tuple[tuple[str, str], ...] = ()  # (name, text); relative names are below /work
    dirs: tuple[str, ...] = ()
    behaviours: tuple[Behaviour, ...] = ()


NO_SETUP = Setup()


def fault_of(argv: tuple[str, ...]) -> str:
    """What was expected instead, for a command that we cannot run; "" if we can."""
    program, *rest = argv or ("",)
    if program not in PROGRAMS:
        return f"one of {', '.join(PROGRAMS)}"
    if program == "service" and rest[:1] != ["jail"]:
        return "`service jail`"
    if program == "sleep" and (len(rest) != 1 or not is_number(rest[0])):
        return f"sleep with 0 to {SECS_MAX} seconds"
    if any("\0" in word for word in rest):
        return "words without a NUL byte"
    return ""


def is_number(word: str) -> bool:
    """Whether a word is a number of seconds that sleep(1) can wait."""
    return word.isascii() and SPAN.fullmatch(word) is not None and is_span(float(word))


def is_span(secs: float) -> bool:
    """Whether this many seconds are within our limit."""
    return math.isfinite(secs) and 0 <= secs <= SECS_MAX
