"""Shorten a program while it still shows the same thing."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from functools import partial

from jail_kernel.call import JailGet, JailSet
from jaildiff.programs.commands.command import Command, Op
from jaildiff.programs.dependencies import closure
from jaildiff.programs.program import Program
from jaildiff.search.shrink.plain_names import canonical

Shows = Callable[[Program], bool]


def reduce(program: Program, shows: Shows, spare: Iterable[Collection[int]] = ()) -> Program:
    """The program with plain names, reduced until no call and no parameter can be removed.

    `shows` says whether a program still shows the thing in question.  It must hold for `program`.
    `spare` are sets of steps that it may well show without; the first that can go goes at once.
    """
    short = keep_related(drop_spare(program, shows, spare), shows)
    plain = canonical(drop_runs(short, shows), shows)
    while True:
        short = one_by_one(plain, shows)
        plain = canonical(short, shows)
        if plain == short:
            return short


def drop_spare(program: Program, shows: Shows, spare: Iterable[Collection[int]]) -> Program:
    """The program without the first of these sets of steps that can go."""
    for steps in spare:
        rest = tuple(call for step, call in enumerate(program.calls) if step not in steps)
        if rest and steps and shows(shorter := replace(program, calls=rest)):
            return shorter
    return program


def keep_related(program: Program, shows: Shows) -> Program:
    """The program with only the calls that its last one depends on, if that still shows it."""
    related = replace(program, calls=tuple(closure(program.calls, len(program.calls) - 1)))
    return related if shows(related) else program


def drop_runs(program: Program, shows: Shows) -> Program:
    """Drop runs of calls: halves of the program first, then quarters, down to single calls."""
    size = len(program.calls) // 2
    while size:
        start = 0
        while start < len(program.calls):
            rest = program.calls[:start] + program.calls[start + size :]
            if rest and shows(shorter := replace(program, calls=rest)):
                program = shorter
            else:
                start += size
        size //= 2
    return program


def one_by_one(program: Program, shows: Shows) -> Program:
    """Take away single things, round and round, until a whole round changes nothing."""
    ways = list(one_less(program))
    position = failed = 0
    while failed < len(ways):
        shorter = ways[position % len(ways)]()
        if shows(shorter):
            program, ways, failed = shorter, list(one_less(shorter)), 0
        else:
            position, failed = position + 1, failed + 1
    return program


def one_less(program: Program) -> Iterator[Callable[[], Program]]:
    """Ways to make programs with a single call, parameter, flag or item of the setup less."""
    for index, call in enumerate(program.calls):
        if len(program.calls) > 1:
            yield partial(with_instead, program, index, ())
        for simpler in simpler_calls(call):
            yield partial(with_instead, program, index, (simpler,))
    for name in ("files", "dirs", "behaviours"):
        for item in getattr(program.setup, name):
            yield partial(without_item, program, name, item)


def with_instead(program: Program, index: int, instead: tuple[Op, ...]) -> Program:
    """The program with these calls instead of one."""
    calls = program.calls
    return replace(program, calls=calls[:index] + instead + calls[index + 1 :])


def without_item(program: Program, name: str, item: object) -> Program:
    """The program without an item of its setup."""
    rest = tuple(other for other in getattr(program.setup, name) if other is not item)
    setup = replace(program.setup, **{name: rest})  # type: ignore[arg-type]  # each is a tuple
    return replace(program, setup=setup)


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
