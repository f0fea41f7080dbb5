"""What a command does below its surface: its system calls and the commands that it runs."""

from collections.abc import Iterator
from itertools import zip_longest

from jail_kernel.call import Result
from jail_userland.events import Called, Event, Executed
from jaildiff.kernels.snapshot import answer_line
from jaildiff.programs.commands.command_result import CommandResult
from jaildiff.programs.op_language import call_text
from jaildiff.support.printable import quoted

Doing = tuple[str, str]  # what is done, and its result


def side_by_side(old: Result, new: Result) -> Iterator[tuple[str, str, str]]:
    """What both sides do, in order, with the result on each; "" where a side does not do it.

    As long as both do the same they share rows.  From the first difference on each has its own.
    """
    apart = False
    one, other = list(doings(old)), list(doings(new))
    for mine, theirs in zip_longest(one, other, fillvalue=("", "")):
        apart = apart or mine[0] != theirs[0]
        if not apart:
            yield mine[0], mine[1], theirs[1]
            continue
        if mine[0]:
            yield mine[0], mine[1], ""
        if theirs[0]:
            yield theirs[0], "", theirs[1]


def doings(result: Result) -> Iterator[Doing]:
    """What one side does."""
    for event in result.events if isinstance(result, CommandResult) else ():
        doing = doing_of(event)
        if doing is not None:
            yield doing


def doing_of(event: Event) -> Doing | None:
    """One event, if it is a system call about jails or a command."""
    match event:
        case Called(call, result):
            return call_text(call), answer_line(result)
        case Executed(argv, pid, jid, status, errno):
            ending = str(errno) if errno is not None else f"exit {status}"
            where = f"in jail {jid}" if jid else "on the host"
            return f"p{pid}: exec {quoted(' '.join(argv))}", f"{ending}, {where}"
    return None
