"""Jids as a program knows them, and as the machine does.

A program starts on a kernel on which no jail has been.  A machine has had some: its automatic jids
go on where they were, and so do those of dying jails.  Both go the same way, so each step is
repeated in the program's numbers.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

JAIL_MAX = 999999
DIGITS = re.compile(r"(?<![\w.])\d+(?!\w)|(?<=\.)\d+(?![\w])")


class Jids:
    """What is called how; `last` is the automatic jid that the machine has given last."""

    def __init__(self, last: int) -> None:
        self.last = last
        self.program_last = 0
        self.program_dead = JAIL_MAX + 1
        self.machine: dict[int, int] = {}  # by the program's
        self.program: dict[int, int] = {}  # by the machine's
        self.present: set[int] = set()  # in the machine's numbers

    def observe(self, listed: Iterable[int], made: int | None, asked: int | None) -> None:
        """All jails that there are now; `made` has just been made, with the jid `asked` for."""
        now = set(listed)
        for jid in sorted(now - self.present - {made}, reverse=True):
            self.program_dead = self.free_below(self.program_dead)
            self.known(self.program_dead, jid)
        if made is not None and asked is not None:
            self.known(asked, made)
        elif made is not None:
            self.automatic(made)
        self.present = now

    def automatic(self, made: int) -> None:
        """The machine has gone on to a jid that was free; so does the program."""
        passed = made - self.last if made > self.last else JAIL_MAX - self.last + made
        used = {jid for jid in self.present if self.last < jid < made}
        for _ in range(passed - len(used)):
            self.program_last = self.free_above(self.program_last)
        self.last = made
        self.known(self.program_last, made)

    def known(self, program: int, machine: int) -> None:
        """A jail has these numbers."""
        self.machine[program] = machine
        self.program[machine] = program

    def used(self) -> set[int]:
        """The numbers that the program has for what there is."""
        return {self.program[jid] for jid in self.present if jid in self.program}

    def free_above(self, jid: int) -> int:
        """The next jid that the program's kernel would give."""
        used = self.used()
        jid = jid % JAIL_MAX + 1
        while jid in used:
            jid = jid % JAIL_MAX + 1
        return jid

    def free_below(self, jid: int) -> int:
        """The next one for a dying jail."""
        used = self.used()
        jid -= 1
        while jid in used:
            jid -= 1
        return jid

    def in_order(self) -> bool:
        """Whether the jails that there are stand in the same order in both."""
        numbers = [self.program[jid] for jid in sorted(self.present) if jid in self.program]
        return numbers == sorted(numbers)

    def last_to_machine(self, last: int) -> int:
        """Where to look on from, if they do: behind the last one that the program would pass."""
        passed = [jid for jid in self.present if self.program.get(jid, jid) <= last]
        return max(passed) if passed else min(last, 0)

    def to_machine(self, jid: int) -> int:
        """The machine's number for one of the program."""
        return self.machine.get(jid, jid)

    def to_program(self, jid: int) -> int:
        """The program's number for one of the machine."""
        return self.program.get(jid, jid)

    def name_to_machine(self, name: str) -> str:
        """A name, in which a jid can stand for a jail that has no other, or will have."""
        following = self.last % JAIL_MAX + 1
        while following in self.present:
            following = following % JAIL_MAX + 1
        numbers = {self.free_above(self.program_last): following, **self.machine}
        return DIGITS.sub(lambda found: other_number(found[0], numbers), name)

    def text_to_program(self, text: str) -> str:
        """A name or a message of the machine, as the program would have it."""
        return DIGITS.sub(lambda found: other_number(found[0], self.program), text)


def other_number(digits: str, numbers: dict[int, int]) -> str:
    """Another number, if it is one that has another; "05" is none."""
    number = int(digits)
    return str(numbers[number]) if number in numbers and str(number) == digits else digits
