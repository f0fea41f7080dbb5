"""The process that runs a program: its standard streams and its way out."""

from dataclasses import dataclass, field
from typing import NoReturn

from jail_userland.deltas import Release
from jail_userland.host import Host


class ProgramExit(Exception):  # noqa: N818  # ending is no error
    """The program ends."""

    @property
    def status(self) -> int | str:
        """The exit status, or "signal N"."""
        status: int | str = self.args[0]
        return status


@dataclass(slots=True)
class Process:
    """A running program; `name` is the prefix of its messages."""

    host: Host
    pid: int
    name: str
    release: Release
    stdin: str = ""
    became_command: bool = False  # execvp(3) has taken its place
    out: list[str] = field(default_factory=list)
    err: list[str] = field(default_factory=list)

    def print(self, text: str) -> None:
        """Write to standard output."""
        self.out.append(text)

    def warnx(self, message: str) -> None:
        """A message.  warnx(3)."""
        self.err.append(f"{self.name}: {message}\n")

    def errx(self, message: str, status: int = 1) -> NoReturn:
        """Print a message and end. errx(3).

        :raises ProgramExit: always.
        """
        self.warnx(message)
        raise ProgramExit(status)

    def usage(self, text: str) -> NoReturn:
        """Print the usage and end.

        :raises ProgramExit: always.
        """
        self.err.append(text)
        raise ProgramExit(1)
