"""The same program with plainer names: processes and resources counted up, small jids, letters."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from string import ascii_lowercase
from typing import Any, TypeVar

from fuzz.programs.program import Program
from prison.call import Call, JailGet, JailSet

T = TypeVar("T")

SMALL_JIDS = range(1, 10)


@dataclass(frozen=True, slots=True)
class Renaming:
    """What is called otherwise; what is not mentioned keeps its name."""

    pids: Mapping[int, int] = field(default_factory=dict)
    resources: Mapping[str, str] = field(default_factory=dict)
    jids: Mapping[int, int] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)  # components of names

    def __call__(self, program: Program) -> Program:
        """The program with other names."""
        return replace(program, calls=tuple(map(self.call, program.calls)))

    def call(self, call: Call) -> Call:
        """One call with other names."""
        changes: dict[str, Any] = {}
        for name, names in (("pid", self.pids), ("child", self.pids), ("jid", self.jids)):
            if hasattr(call, name):
                changes[name] = names.get(getattr(call, name), getattr(call, name))
        if hasattr(call, "res"):
            changes["res"] = self.resources.get(call.res, call.res)
        if isinstance(call, JailSet):
            return JailSet(changes["pid"], call.flags, self.keys(call.params))
        if isinstance(call, JailGet):
            return replace(call, pid=changes["pid"], by=self.keys(call.by))
        return replace(call, **changes) if changes else call

    def keys(self, params: tuple[tuple[str, Any], ...]) -> tuple[tuple[str, Any], ...]:
        """Parameters with other jids and names."""
        return tuple((key, self.value(key, value)) for key, value in params)

    def value(self, key: str, value: object) -> object:
        """One value, if it is a jid or a name."""
        if key in ("jid", "lastjid") and type(value) is int:
            return self.jids.get(value, value)
        if key == "name" and isinstance(value, str):
            return ".".join(self.parts.get(part, part) for part in value.split("."))
        return value


def canonical(program: Program, shows: Callable[[Program], bool]) -> Program:
    """The program with the plainest names with which it still shows what it is about."""
    counted = count_up(program)(program)
    if shows(counted):
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
    """The program after the first renaming with which it still shows it, and the new name; as it
    is, and None, if there is no such renaming.
    """
    for name, rename in renamings:
        renamed = rename(program)
        if shows(renamed):
            return renamed, name
    return program, None


def count_up(program: Program) -> Renaming:
    """Processes 1, 2, ... and resources r1, r2, ... in order of appearance."""
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
    """The values of these keys in order of appearance, in parameters and as arguments."""
    found: dict[Any, None] = {}
    for call in program.calls:
        params = getattr(call, "params", getattr(call, "by", ()))
        values = [value for key, value in params if key in keys]
        values += [getattr(call, key) for key in keys if hasattr(call, key)]
        found.update((value, None) for value in values if type(value) is kind)
    return list(found)
