"""Shorten a program while it still shows the same thing."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from fuzz.programs.commands.command import Command, Op
from fuzz.programs.dependencies import closure
from fuzz.programs.program import Program
from fuzz.search.shrink.plain_names import canonical
from prison.call import JailGet, JailSet

Shows = Callable[[Program], bool]


def reduce(program: Program, shows: Shows) -> Program:
    """The program with plain names, reduced until no call and no parameter can be removed.

    `shows` says whether a program still shows the thing in question.  It must hold for `program`.
    """
    program = take_away(keep_related(program, shows), shows)
    return take_away(canonical(program, shows), shows)


def take_away(program: Program, shows: Shows) -> Program:
    """Drop and simplify calls until nothing more can be removed."""
    while True:
        calls = drop_calls(program, list(program.calls), shows)
        shorter = replace(program, calls=tuple(simplify_calls(program, calls, shows)))
        shorter = drop_setup(shorter, shows)
        if shorter == program:
            return program
        program = shorter


def keep_related(program: Program, shows: Shows) -> Program:
    """The program with only the calls that its last one depends on, if that still shows it."""
    related = replace(program, calls=tuple(closure(program.calls, len(program.calls) - 1)))
    return related if shows(related) else program


def drop_calls(program: Program, calls: list[Op], shows: Shows) -> list[Op]:
    """Drop runs of calls from the end, halving their length down to single calls."""
    size = max(len(calls) // 2, 1)
    while True:
        dropped = False
        end = len(calls)
        while end > 0:
            start = max(end - size, 0)
            rest = calls[:start] + calls[end:]
            if rest and shows(replace(program, calls=tuple(rest))):
                calls, dropped = rest, True
            end = start
        if size == 1 and not dropped:
            return calls
        size = max(size // 2, 1)


def drop_setup(program: Program, shows: Shows) -> Program:
    """Drop items of the setup that are not needed, one by one."""
    for name in ("files", "dirs", "behaviours"):
        for item in getattr(program.setup, name):
            rest = tuple(other for other in getattr(program.setup, name) if other is not item)
            setup = replace(program.setup, **{name: rest})  # type: ignore[arg-type]  # each is a tuple
            barer = replace(program, setup=setup)
            program = barer if shows(barer) else program
    return program


def simplify_calls(program: Program, calls: Sequence[Op], shows: Shows) -> list[Op]:
    """Simplify each call while the program still shows it."""
    found = list(calls)
    for index in range(len(found)):
        simpler = True
        while simpler:
            simpler = False
            for call in simpler_calls(found[index]):
                candidate = [*found[:index], call, *found[index + 1 :]]
                if shows(replace(program, calls=tuple(candidate))):
                    found, simpler = candidate, True
                    break
    return found


def simpler_calls(call: Op) -> list[Op]:
    """The calls that are one step simpler: without one parameter or one flag."""
    if isinstance(call, JailSet):
        fewer = [
            JailSet(call.pid, call.flags, call.params[:i] + call.params[i + 1 :])
            for i in range(len(call.params))
        ]
        bits = [1 << n for n in range(call.flags.bit_length()) if call.flags & 1 << n]
        return [*fewer, *(JailSet(call.pid, call.flags & ~bit, call.params) for bit in bits)]
    if isinstance(call, JailGet):
        wants = [call.want[:i] + call.want[i + 1 :] for i in range(len(call.want))]
        unflagged = [replace(call, flags=0)] if call.flags else []
        return [*unflagged, *(replace(call, want=want) for want in wants)]
    if isinstance(call, Command):
        kept = [call.behaviours[:i] + call.behaviours[i + 1 :] for i in range(len(call.behaviours))]
        return [replace(call, behaviours=fewer) for fewer in kept]
    return []
