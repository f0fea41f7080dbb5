"""Results of other commands, read from their JSON: `explore` and `designs`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from jaildiff.findings.reports.parts.coverage import Coverage
from jaildiff.findings.reports.parts.curves import Curves
from jaildiff.support.checks import is_count, is_utf8
from jaildiff.support.errors import InputError, mismatch
from jaildiff.support.inputs import opened
from jaildiff.support.json_lines import value_of

FILE_MAX = 64 << 20  # bytes
EFFECTS = ("breaks", "changes", "improves", "undefined")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Explored:
    """A universe that was searched."""

    universe: str
    statement: str  # what is known for certain
    pairs: int  # of kernels
    transitions: int
    classes: int


@dataclass(frozen=True, slots=True)
class Design:
    """What a design means to users of 14: the number of rules by effect, and its mistakes."""

    name: str
    title: str
    rests_on: str
    rules: dict[str, int]
    has: int
    removes: int


@dataclass(frozen=True, slots=True)
class Searched:
    """What was run for a report, as far as that is known."""

    coverage: Coverage | None = None
    curves: Curves | None = None
    explored: Explored | None = None
    designs: tuple[Design, ...] = ()


def read_explored(path: Path) -> Explored:
    """What `jaildiff explore --json` printed.  Raises InputError if the file is something else."""
    return read_result(path, "explore", explored)


def read_designs(path: Path) -> tuple[Design, ...]:
    """What `jaildiff designs --json` printed.  Raises InputError if the file is something else."""
    return read_result(path, "designs", lambda value: tuple(map(design, list_in(value, "designs"))))


def read_result(path: Path, command: str, made: Callable[[dict[str, object]], T]) -> T:
    """The object in a file."""
    try:
        with opened(path) as stream:
            value = value_of(stream.read(FILE_MAX), FILE_MAX)
        return made(mapping(value))
    except InputError as error:
        message = f"{error.message} (expected what `jaildiff {command} --json` prints)"
        raise InputError(str(path), error.line, error.column, message) from None


def explored(value: dict[str, object]) -> Explored:
    """The result of a search."""
    numbers = (number_of(value, key) for key in ("states", "transitions", "classes"))
    return Explored(text_of(value, "text"), text_of(value, "statement"), *numbers)


def design(value: object) -> Design:
    """One design."""
    one = mapping(value)
    rules: dict[str, set[str]] = {effect: set() for effect in EFFECTS}
    for effect, rule in effects(one):
        rules[effect].add(rule)
    return Design(
        text_of(one, "design"),
        text_of(one, "title"),
        text_of(one, "rests_on"),
        {effect: len(found) for effect, found in rules.items()},
        len(mapping(one.get("has"))),
        len(mapping(one.get("removes"))),
    )


def effects(one: dict[str, object]) -> Iterator[tuple[str, str]]:
    """The effects of a design, each with the rule that says so."""
    for entry in list_in(one, "effects"):
        found = mapping(entry)
        effect = text_of(found, "effect")
        if effect not in EFFECTS:
            raise InputError("", 0, 0, mismatch(f'"effect": {", ".join(EFFECTS)}', effect))
        yield effect, text_of(found, "rule")


def mapping(value: object) -> dict[str, object]:
    """An object of JSON."""
    if not isinstance(value, dict):
        raise InputError("", 0, 0, mismatch("an object", value))
    return value


def list_in(value: dict[str, object], key: str) -> list[object]:
    """The list of that name."""
    found = value.get(key)
    if not isinstance(found, list):
        raise InputError("", 0, 0, mismatch(f'"{key}": a list', found))
    return found


def text_of(value: dict[str, object], key: str) -> str:
    """The text of that name."""
    found = value.get(key)
    if not is_utf8(found):
        raise InputError("", 0, 0, mismatch(f'"{key}": text', found))
    return found


def number_of(value: dict[str, object], key: str) -> int:
    """The number of that name."""
    found = value.get(key)
    if not is_count(found):
        raise InputError("", 0, 0, mismatch(f'"{key}": a number', found))
    return found
