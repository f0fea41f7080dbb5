"""What a tool does with a jail: acts, each of them commands and system calls."""

from dataclasses import dataclass
from enum import StrEnum

WORKS, FAILS, PANICS = "works", "fails", "the system panics"
THERE, NOT_THERE = "says that the jail is there", "says that the jail is not there"
AT_ONCE = "ends at once"
WITH_THE_LAST = "ends when nothing lingers any more"
NEVER = "never ends"
BAD = frozenset({FAILS, PANICS, NEVER})
OUTCOMES = (WORKS, *sorted(BAD), THERE, NOT_THERE, AT_ONCE, WITH_THE_LAST)


class FailsOn(StrEnum):
    """What a tool takes for a failure of a command."""

    STATUS = "status"  # an exit status that is not 0; of a call: an errno
    STDERR = "stderr"  # anything on standard error
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class ToolCommand:
    """A command, or a call in the op language; {jid} is the jid that the tool has noted."""

    text: str
    is_call: bool = False
    stdin: str = ""  # the file that is fed to it
    fails_on: FailsOn = FailsOn.STATUS
    keeps_jid: bool = False  # the tool notes the jid that this prints or returns
    unseen: bool = False  # the tool throws away what it prints
    there_if: str = ""  # for a probe: the output that shows the jail; "" if it only has to work


class ActKind(StrEnum):
    """How the outcome of an act comes about."""

    DO = "do"  # works, unless a command fails
    CHECK = "check"  # asks whether the jail is there
    WAIT = "wait"  # asks until the jail is gone


@dataclass(frozen=True, slots=True)
class Act:
    """What a tool does at once."""

    name: str
    commands: tuple[ToolCommand, ...]
    kind: ActKind = ActKind.DO

    @property
    def shown(self) -> str:
        """The act for people."""
        return self.name
