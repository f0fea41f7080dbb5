"""Translate between the jids of a program and those of the machine.

A program starts on a kernel that has had no jails.  A machine has had some: its counters for
automatic jids and for dying jails go on from where they were.  Both move in the same way, so each
step is repeated in the program's numbers.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

JAIL_MAX = 999999
DIGITS = re.compile(r"(?<![\w.])\d+(?!\w)|(?<=\.)\d+(?![\w])")


class Jids:
    """The two numberings; `last` is the last automatic jid that the machine has given."""

    def __init__(self, last: int) -> None:
        self.last = last
        self.program_last = 0
        self.program_dead = JAIL_MAX + 1
        self.machine: dict[int, int] = {}  # by the program's
        self.program: dict[int, int] = {}  # by the machine's
        self.present: set[int] = set()  # in the machine's numbers

    def observe(self, listed: Iterable[int], made: int | None, asked: int | None) -> None:
        """Note all jails there are now.  `made` is new, and got the jid `asked` for, if any."""
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
        """The machine has gone on to a free jid, and the program does the same."""
        self.advance(made)
        self.program_last = free_above(self.program_last, self.used())
        self.known(self.program_last, made)

    def advance(self, made: int) -> None:
        """The machine has given this jid without the program's knowledge.  Creates that failed took
        the jids in between.
        """
        passed = made - self.last if made > self.last else JAIL_MAX - self.last + made
        for _ in range(passed - 1 - sum(self.last < jid < made for jid in self.present)):
            self.program_last = free_above(self.program_last, self.used())
        self.last = made

    def known(self, program: int, machine: int) -> None:
        """Note the two numbers of a jail."""
        self.machine[program] = machine
        self.program[machine] = program

    def used(self) -> set[int]:
        """The program's numbers of the jails there are."""
        return {self.program[jid] for jid in self.present if jid in self.program}

    def free_below(self, jid: int) -> int:
        """The next one for a dying jail."""
        used = self.used()
        jid -= 1
        while jid in used:
            jid -= 1
        return jid

    def in_order(self) -> bool:
        """Whether the jails come in the same order in both numberings."""
        numbers = [self.program[jid] for jid in sorted(self.present) if jid in self.program]
        return numbers == sorted(numbers)

    def last_to_machine(self, last: int) -> int:
        """Where a walk goes on in that case: after the last jail that the program would pass."""
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
        """A name for the machine.  A jid in it can stand for a jail without another name, or
        `foretells` that of a jail to be made.
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
    """The translation of a number, if it has one; "05" is no number."""
    number = int(digits)
    return str(numbers[number]) if number in numbers and str(number) == digits else digits
