"""The output of `jls -d -n --libxo json`: the jails that there are, to start from."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jail_kernel.call import (
    JAIL_CREATE,
    Call,
    Exit,
    Fork,
    Hold,
    JailAttach,
    JailRemove,
    JailSet,
    Params,
    Value,
    kernel_bytes,
)
from jail_kernel.kernel import Kernel
from jaildiff.kernels.registry import LEGACY
from jaildiff.support.checks import is_text
from jaildiff.support.errors import InputError, mismatch

JLS = "jls -d -n --libxo json"
MAKER_PID = 50_000  # pids of the processes that make the jails
TEXT_PARAMS = ("path", "host.hostname")
NUMBER_PARAMS = ("children.max", "securelevel")
ADDRESS_PARAMS = ("ip4.addr", "ip6.addr")


@dataclass(frozen=True, slots=True)
class Row:
    """A jail of the list."""

    jid: int
    parent: int  # the jid of the jail above; 0 is the host
    name: str
    dying: bool
    params: tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True)
class State:
    """The jails of a system, and the calls that make such jails."""

    path: str
    rows: tuple[Row, ...]
    calls: tuple[Call, ...]

    @property
    def running(self) -> tuple[str, ...]:
        """The names of those that are not dying."""
        return tuple(row.name for row in self.rows if not row.dying)


def read_state(file: Path, text: str) -> State:
    """Read the list.

    :raises InputError: if it is no such list, or if no system can have these jails.
    """
    try:
        value = json.loads(text.encode("latin-1"))
    except (ValueError, RecursionError) as error:
        raise InputError(str(file), getattr(error, "lineno", 0), 0, f"not JSON: {error}") from None
    information = value.get("jail-information") if isinstance(value, dict) else None
    found = information.get("jail") if isinstance(information, dict) else None
    if not isinstance(found, list):
        raise InputError(str(file), 0, 0, f"expected the output of {JLS}, found other JSON")
    rows = tuple(row_of(file, row) for row in found)
    refuse_loops(file, rows)
    calls = tuple(Maker(rows).children(0))
    hold_against_kernel(file, calls)
    return State(str(file), rows, calls)


def row_of(file: Path, row: object) -> Row:
    """One jail.

    :raises InputError: if it is none.
    """
    if not isinstance(row, dict) or not str(row.get("jid", "")).isdecimal():
        expected = f"a jail with a jid; use {JLS}"
        raise InputError(str(file), 0, 0, mismatch(expected, row))
    name = row.get("name")
    if not is_text(name) or "dying" not in row:
        expected = f"the name of jail {row['jid']} and whether it is dying; use {JLS}"
        raise InputError(str(file), 0, 0, mismatch(expected, row))
    parent = str(row.get("parent", 0))
    if not parent.isdecimal() or parent == str(row["jid"]):
        raise InputError(str(file), 0, 0, mismatch("the jid of a parent", row.get("parent")))
    params = tuple(params_of(file, row))
    return Row(int(row["jid"]), int(parent), name, is_true(row["dying"]), params)


def is_true(value: object) -> bool:
    """A boolean as jls prints it, by name or by value."""
    return value in (True, "true", "1", 1)


def params_of(file: Path, row: Mapping[str, Any]) -> Iterator[tuple[str, Value]]:
    """The parameters that make such a jail."""
    for name in TEXT_PARAMS:
        if is_text(row.get(name)):
            yield name, row[name]
    for name in NUMBER_PARAMS:
        if name in row:
            try:
                yield name, int(row[name])
            except (TypeError, ValueError):
                raise InputError(str(file), 0, 0, mismatch(f"{name} a number", row[name])) from None
    for name in ADDRESS_PARAMS:
        listed = row.get(name)
        if isinstance(listed, list) and listed and all(map(is_text, listed)):
            yield name, tuple(listed)
    if row.get("vnet") in ("new", "1", 1):
        yield "vnet", "new"
    for name, value in row.items():
        if name.startswith("allow."):
            head, _, last = name.rpartition(".")
            yield (name if is_true(value) else f"{head}.no{last}"), None


def refuse_loops(file: Path, rows: tuple[Row, ...]) -> None:
    """Check that each jail is below the host, and that each jid occurs once.

    :raises InputError: if not.
    """
    above = {row.jid: row.parent for row in rows}
    if len(above) < len(rows):
        raise InputError(str(file), 0, 0, "expected each jid once, found one twice")
    for jid in above:
        parent, left = jid, len(rows)
        while parent and left >= 0:
            parent, left = above.get(parent, -1), left - 1
            if parent < 0:
                raise InputError(str(file), 0, 0, f"jail {jid} is below one that is not listed")
        if parent:
            raise InputError(str(file), 0, 0, f"jail {jid} is below itself")


@dataclass(slots=True)
class Maker:
    """Makes jails from the top down.  Below each parent the dying ones come first, since a live one
    may have the name of one of them.
    """

    rows: tuple[Row, ...]
    pid: int = MAKER_PID

    def children(self, parent: int) -> Iterator[Call]:
        """The jails below one; 0 is the host."""
        below = [row for row in self.rows if row.parent == parent]
        for row in below:
            if row.dying:
                yield from self.dying(row)
                yield JailRemove(1, row.jid)
        for row in below:
            if not row.dying:
                yield creation(row)
                yield from self.children(row.jid)

    def dying(self, row: Row) -> Iterator[Call]:
        """Make a jail and those below it, hold it, and remove it."""
        yield creation(row)
        self.pid += 1
        pid = self.pid
        yield from (Fork(1, pid), JailAttach(pid, row.jid), Hold(pid, f"s{pid}"), Exit(pid))
        for inner in self.rows:
            if inner.parent == row.jid:
                yield from self.dying(inner)


def creation(row: Row) -> JailSet:
    """The call that makes a jail."""
    given: Params = (("jid", row.jid), ("name", row.name), ("persist", None), *row.params)
    return JailSet(1, JAIL_CREATE, given)


def hold_against_kernel(file: Path, calls: tuple[Call, ...]) -> None:
    """Check that a kernel makes them.

    :raises InputError: if it refuses.
    """
    kernel = Kernel()
    for call in calls:
        result = LEGACY.step(kernel, call)
        if not result.ok:
            jail = dict(call.params)["name"] if isinstance(call, JailSet) else call
            message = f"such a jail cannot be: {jail}: {result.errmsg or result.kind}"
            raise InputError(str(file), 0, 0, kernel_bytes(message))
