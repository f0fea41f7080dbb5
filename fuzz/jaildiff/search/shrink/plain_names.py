"""Give a program plainer names: processes and resources in order, small jids, single letters."""

from collections.abc import Callable
from string import ascii_lowercase
from typing import Any, TypeVar

from jaildiff.programs.program import Program
from jaildiff.programs.renaming import Renaming

T = TypeVar("T")

SMALL_JIDS = range(1, 10)


def canonical(program: Program, shows: Callable[[Program], bool]) -> Program:
    """The program with the plainest names with which it still shows the same thing."""
    counted = count_up(program)(program)
    if counted != program and shows(counted):
        program = counted
    jids: list[int] = []
    for jid in used(program, ("jid", "lastjid"), int):
        plainer = [n for n in SMALL_JIDS if n < jid and n not in jids]
        program, now = first_that(
            shows, program, [(n, Renaming(jids={jid: n, n: jid})) for n in plainer]
        )
        jids.append(jid if now is None else now)
    parts: list[str] = []
    names = used(program, ("name",), str)
    for part in dict.fromkeys(part for name in names for part in name.split(".")):
        letters = [a for a in ascii_lowercase if (a < part or len(part) > 1) and a not in parts]
        plain = letters[: len(names) + 1]
        program, letter = first_that(
            shows, program, [(a, Renaming(parts={part: a, a: part})) for a in plain]
        )
        parts.append(letter or part)
    return program


def first_that(
    shows: Callable[[Program], bool], program: Program, renamings: list[tuple[T, Renaming]]
) -> tuple[Program, T | None]:
    """The program after the first renaming that still shows the same thing, and the new name; if
    there is none, the program itself and None.
    """
    for name, rename in renamings:
        renamed = rename(program)
        if shows(renamed):
            return renamed, name
    return program, None


def count_up(program: Program) -> Renaming:
    """A renaming to processes 1, 2, ... and resources r1, r2, ... in order of appearance."""
    pids: dict[int, int] = {1: 1}
    resources: dict[str, str] = {}
    for call in program.calls:
        for name in ("pid", "child"):
            if hasattr(call, name):
                pids.setdefault(getattr(call, name), len(pids) + 1)
        if hasattr(call, "res"):
            resources.setdefault(call.res, f"r{len(resources) + 1}")
    return Renaming(pids=pids, resources=resources)


def used(program: Program, keys: tuple[str, ...], kind: type) -> list[Any]:
    """The values of these keys, in parameters and arguments, in order of appearance."""
    found: dict[Any, None] = {}
    for call in program.calls:
        params = getattr(call, "params", getattr(call, "by", ()))
        values = [value for key, value in params if key in keys]
        values += [getattr(call, key) for key in keys if hasattr(call, key)]
        found.update((value, None) for value in values if type(value) is kind)
    return list(found)
