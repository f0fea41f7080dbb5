"""Other labels: a permutation of processes, holders, letters, and of the digits of jids.

A jail without a name is called by its jid, and a numeric name means a jid.  So the digits change
alike in both: 5 and "5" become 3 and "3", 50 and "a.50" become 30 and "a.30".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from fuzz.search.exhaustive.symmetry import Renaming
from prison.call import (
    Call,
    Fork,
    ForkBegin,
    ForkEnd,
    JailAttach,
    JailGet,
    JailRemove,
    JailSet,
    Result,
)
from prison.jail_get import VIEW_FIELDS

V = TypeVar("V")

JID_IN_TEXT = re.compile(r"(?<=jail )\d+|(?<=after )\d+|(?<=jid=)\d+")
JIDS = [VIEW_FIELDS.index("jid"), VIEW_FIELDS.index("parent.jid")]


class Others(dict[V, V]):
    """A permutation of some; all others stay."""

    def __missing__(self, key: V) -> V:
        return key


@dataclass(frozen=True, slots=True)
class Relabelling:
    """Who is called what instead."""

    renaming: Renaming  # its letters include the digits
    digits: Mapping[int, str]  # for str.translate

    def jid(self, jid: int) -> int:
        """Another jid; none and negative ones stay."""
        return int(str(jid).translate(self.digits)) if jid > 0 else jid

    def call(self, call: Call) -> Call:
        """A call, by and about those who are relabelled."""
        call = self.renaming.call(call)
        match call:
            case JailSet():
                return replace(call, params=tuple(self.key(*pair) for pair in call.params))
            case JailGet():
                return replace(call, by=tuple(self.key(*pair) for pair in call.by))
            case JailAttach() | JailRemove():
                return replace(call, jid=self.jid(call.jid))
            case _:
                return call

    def key(self, key: str, value: V) -> tuple[str, V]:
        """A parameter; only jids are left to relabel."""
        if key in ("jid", "lastjid", "parent") and isinstance(value, int):
            return key, type(value)(self.jid(value))
        return key, value

    def result(self, call: Call, result: Result) -> Result:
        """What the answer to a call becomes."""
        errno, ret, errmsg, values, wanted = self.renaming.result(
            result, pid=isinstance(call, Fork | ForkBegin | ForkEnd)
        )
        if isinstance(call, JailSet | JailGet) and ret is not None:
            ret = self.jid(ret)
        if errmsg is not None:
            errmsg = JID_IN_TEXT.sub(lambda found: found[0].translate(self.digits), errmsg)
        if values is not None:
            values = tuple(
                self.jid(value) if index in JIDS and isinstance(value, int) else value
                for index, value in enumerate(values)
            )
        if wanted is not None:
            assert isinstance(call, JailGet)
            lengths = {name for name, size in call.want if size == 0}
            wanted = tuple(
                (name, value) if name in lengths else self.key(name, value)
                for name, value in wanted
            )
        return Result(errno, ret, errmsg, values, wanted)


def relabelling(
    pids: Mapping[int, int],
    holders: Mapping[str, str],
    letters: Mapping[str, str],
    digits: Mapping[str, str],
) -> Relabelling:
    """The relabelling of these permutations; what they do not name stays as it is."""
    numbers = str.maketrans(dict(digits))
    names = {**str.maketrans(dict(letters)), **numbers}
    return Relabelling(Renaming(Others(pids), Others(holders), names), numbers)
