"""What root sees of a command.

This module stays source in a compiled build: mypyc cannot compile a class that extends a tuple.
"""

from typing import Self

from jail_kernel.call import Result
from jail_userland.events import Event


class CommandResult(Result):
    """A command's answer: a Result whose values are the ending and the output.

    `events` tells what it did on the way.  It takes no part in comparisons: commands with the
    same ending and output are equal.
    """

    events: tuple[Event, ...] = ()

    @classmethod
    def of(
        cls, status: int | str, stdout: str, stderr: str, events: tuple[Event, ...] = ()
    ) -> Self:
        """The answer of a command that ended with an exit status or by "signal N"."""
        signal = str(status).removeprefix("signal ")
        ret = status if isinstance(status, int) else 128 + int(signal)
        ending = f"exit {status}" if isinstance(status, int) else status
        found = cls(None, ret, None, (ending, stdout, stderr))
        found.events = events
        return found

    @classmethod
    def panic(cls, why: str | None, events: tuple[Event, ...]) -> Self:
        """The answer of a command during which the kernel panicked."""
        found = cls(None, None, why)
        found.events = events
        return found

    @property
    def ending(self) -> str:
        """How it ended: "exit 0", "signal 11"."""
        return self._seen(0)

    @property
    def stdout(self) -> str:
        """Its standard output."""
        return self._seen(1)

    @property
    def stderr(self) -> str:
        """Its standard error output."""
        return self._seen(2)

    def _seen(self, place: int) -> str:
        return "" if self.values is None else str(self.values[place])

    def json(self) -> dict[str, object]:
        """The ending and the output."""
        status = self.ret if self.ending.startswith("exit") else self.ending
        return {"exit": status, "stdout": self.stdout, "stderr": self.stderr}

    @property
    def ok(self) -> bool:
        """Whether it exited with status 0."""
        return self.ret == 0

    @property
    def kind(self) -> str:
        """The class of the answer: "ok", "panic", or else how it ended."""
        return "panic" if self.panicked else "ok" if self.ok else self.ending
