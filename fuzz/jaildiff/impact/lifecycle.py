"""What is tried: a few commands in a row, and what happens to the system between them.

What a tool does is made into lifecycles as well (jaildiff.profiles.tool_lifecycles).  Everything
after this module works on lifecycles only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from jaildiff.impact.acts import Act
from jaildiff.impact.source_location import SourceLocation


class When(StrEnum):
    """When somebody meets this."""

    ALWAYS = "always"
    LINGERS = "while something lingers"
    RACE = "only in a race"


class Lingering(StrEnum):
    """What can keep a jail dying."""

    CREDENTIAL = "a TCP connection in TIME_WAIT, or a mount,"
    PROCESS = "a process that is stuck"


@dataclass(frozen=True, slots=True)
class TypedCommand:
    """A command as it is typed, by the host or inside a jail."""

    argv: tuple[str, ...]
    inside: str = ""
    place: SourceLocation | None = None  # where it is written, if it is
    typed: str = ""  # how it is written, if not as it is run

    @property
    def shown(self) -> str:
        """The command for people."""
        if self.typed:
            return self.typed
        words = ("jexec", self.inside, *self.argv) if self.inside else self.argv
        return " ".join(map(quoted_word, words))


@dataclass(frozen=True, slots=True)
class Linger:
    """From now on something of a jail outlives it; "" means each live jail."""

    jail: str
    what: Lingering = Lingering.CREDENTIAL
    others: tuple[str, ...] = ()  # jails of which something outlives them, too

    @property
    def shown(self) -> str:
        """What happens, for people."""
        return f"({self.what} of {self.jail or 'every jail'} lingers)"


@dataclass(frozen=True, slots=True)
class LetGo:
    """Credentials that linger are dropped."""

    shown = "(nothing lingers any more)"


@dataclass(frozen=True, slots=True)
class FileEdit:
    """The configuration is changed: a jail's block gets one more statement."""

    jail: str
    line: str
    path: str  # of the file, absolute; a byte string
    position: int  # where in the file

    @property
    def shown(self) -> str:
        """What happens, for people."""
        return f"({self.line} is added to {self.jail})"


Step = TypedCommand | Linger | LetGo | FileEdit | Act


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """Steps.  `jails` are those that it is about; the first one matters most."""

    title: str
    when: When
    jails: tuple[str, ...]
    steps: tuple[Step, ...]
    files: Mapping[str, str] | None = field(default=None, repr=False)  # instead of all of them


def quoted_word(word: str) -> str:
    """A word as it can be typed, quoted if a shell would interpret it."""
    plain = word and all(char.isalnum() or char in "_-./:=,@+%" for char in word)
    return word if plain else "'" + word.replace("'", "'\\''") + "'"


def jail(*words: str, place: SourceLocation | None = None) -> TypedCommand:
    """A run of jail(8)."""
    return TypedCommand(("jail", *words), place=place)


def service(*words: str) -> TypedCommand:
    """A run of `service jail`."""
    return TypedCommand(("service", "jail", *words))
