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
        self.advance(made)
        self.program_last = free_above(self.program_last, self.used())
        self.known(self.program_last, made)

    def advance(self, made: int) -> None:
        """The machine has given this jid, of which the program knows nothing; what lies between was
        taken by a create that failed.
        """
        passed = made - self.last if made > self.last else JAIL_MAX - self.last + made
        for _ in range(passed - 1 - sum(self.last < jid < made for jid in self.present)):
            self.program_last = free_above(self.program_last, self.used())
        self.last = made

    def known(self, program: int, machine: int) -> None:
        """A jail has these numbers."""
        self.machine[program] = machine
        self.program[machine] = program

    def used(self) -> set[int]:
        """The numbers that the program has for what there is."""
        return {self.program[jid] for jid in self.present if jid in self.program}

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

    def foretold(self) -> tuple[int, int]:
        """The next automatic jid, in the program's numbers and in the machine's."""
        return free_above(self.program_last, self.used()), free_above(self.last, self.present)

    def name_to_machine(self, name: str, *, foretells: bool = False) -> str:
        """A name, in which a jid can stand for a jail that has no other; it `foretells` the jid of
        a jail that is to be made.
        """
        numbers = dict([self.foretold()]) if foretells else {}
        return DIGITS.sub(lambda found: other_number(found[0], {**numbers, **self.machine}), name)

    def text_to_program(self, text: str) -> str:
        """A name or a message of the machine, as the program would have it."""
        program, machine = self.foretold()
        numbers = {machine: program, **self.program}
        return DIGITS.sub(lambda found: other_number(found[0], numbers), text)


def free_above(jid: int, used: set[int]) -> int:
    """The jid that a kernel gives next."""
    jid = jid % JAIL_MAX + 1
    while jid in used:
        jid = jid % JAIL_MAX + 1
    return jid


def other_number(digits: str, numbers: dict[int, int]) -> str:
    """Another number, if it is one that has another; "05" is none."""
    number = int(digits)
    return str(numbers[number]) if number in numbers and str(number) == digits else digits
