"""Commands: what root on the host types, what it finds there, and what it sees.

To a program a command is one op, whatever system calls it makes.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from prison.call import Call, Result
from userland.events import Event

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
    """What a command does that a command runs, as jail(8) runs exec.start.

    Its text is what stands behind `/bin/sh -c`, else all its words.
    """

    text: str
    exits: tuple[int, ...] = ()  # of its first, second, ... run; the last is repeated; none: 0
    secs: float | None = None  # how long it runs
    leaves: int = 0  # processes that stay behind in its jail
    term: float | str | None = None  # after SIGTERM it ends in so many seconds, or IGNOREs it
    kill: str | None = None  # STAY: killed with its jail, it stays until its process exits
    noexec: bool = False  # there is no such program


@dataclass(frozen=True, slots=True)
class Command:
    """A command as it is typed; `stays`: in the background, as `jexec web sleep 100 &`."""

    argv: tuple[str, ...]
    stdin: str = ""
    stays: bool = False
    behaviours: tuple[Behaviour, ...] = ()  # these come before those of the program

    @property
    def secs(self) -> float:
        """How long sleep(1) is to wait."""
        return float(self.argv[1])


Op = Call | Command


def weight(ops: Iterable[Op]) -> int:
    """As how many calls some ops count where calls are counted to save time."""
    return sum(COMMAND_WEIGHT if isinstance(op, Command) else 1 for op in ops)


@dataclass(frozen=True, slots=True)
class Setup:
    """What the commands of a program find on the host."""

    userland: int | None = None  # the release of both sides; None: that of each kernel
    files: tuple[tuple[str, str], ...] = ()  # by name; a relative one is below /work
    dirs: tuple[str, ...] = ()
    behaviours: tuple[Behaviour, ...] = ()


NO_SETUP = Setup()


class CommandResult(Result):
    """What a command answers: a Result to everybody who compares, its output in place of values.

    `events` is what it did to get there; two commands that end alike are alike without it.
    """

    events: tuple[Event, ...] = ()

    @classmethod
    def of(
        cls, status: int | str, stdout: str, stderr: str, events: tuple[Event, ...] = ()
    ) -> Self:
        """A command that has ended, with a status or by "signal N"; its output in user text."""
        signal = str(status).removeprefix("signal ")
        ret = status if isinstance(status, int) else 128 + int(signal)
        ending = f"exit {status}" if isinstance(status, int) else status
        found = cls(None, ret, None, (ending, stdout, stderr))
        found.events = events
        return found

    @classmethod
    def panic(cls, why: str | None, events: tuple[Event, ...]) -> Self:
        """The kernel stopped while it ran."""
        found = cls(None, None, why)
        found.events = events
        return found

    @property
    def ending(self) -> str:
        """Its exit status, or the signal that ended it: "exit 0", "signal 11"."""
        return self._seen(0)

    @property
    def stdout(self) -> str:
        """Its standard output."""
        return self._seen(1)

    @property
    def stderr(self) -> str:
        """Its messages."""
        return self._seen(2)

    def _seen(self, place: int) -> str:
        return "" if self.values is None else str(self.values[place])

    def json(self) -> dict[str, object]:
        """The ending and the output."""
        status = self.ret if self.ending.startswith("exit") else self.ending
        return {"exit": status, "stdout": self.stdout, "stderr": self.stderr}

    @property
    def ok(self) -> bool:
        """True if it says that it succeeded."""
        return self.ret == 0

    @property
    def kind(self) -> str:
        """Its ending, "ok" or "panic"."""
        return "panic" if self.panicked else "ok" if self.ok else self.ending


def fault_of(argv: tuple[str, ...]) -> str:
    """What is expected instead of a command that cannot be run; empty if it can be."""
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
    """Whether a word is a span of time, in seconds."""
    return word.isascii() and SPAN.fullmatch(word) is not None and is_span(float(word))


def is_span(secs: float) -> bool:
    """Whether somebody can wait that long."""
    return math.isfinite(secs) and 0 <= secs <= SECS_MAX
