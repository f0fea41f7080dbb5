"""Renamings of processes, holders and names under which a universe looks the same.

The kernels only compare pids and holders, and of the letters in a name they know no more than where
they stand.  So a state and its renamed twin behave alike, and one of them is enough.  Jids are
numbers that the kernels count with: they stay.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import permutations
from typing import TypeVar

from fuzz.search.exhaustive.universe import Universe, calls
from prison.call import (
    Call,
    Drop,
    Exit,
    Fork,
    ForkBegin,
    ForkEnd,
    Hold,
    JailAttach,
    JailGet,
    JailRemove,
    JailSet,
    Malformed,
    Poke,
    Result,
)
from prison.freeze import FIELDS, Frozen

V = TypeVar("V")

BUF = 1 + FIELDS.index("buf")
NAME = 1  # the place of the name in a View


@dataclass(frozen=True, slots=True)
class Renaming:
    """Who is called what instead."""

    pids: Mapping[int, int]
    holders: Mapping[str, str]
    letters: Mapping[int, str]  # for str.translate
    bufs: dict[str, str] = field(default_factory=dict, compare=False, repr=False)

    def name(self, name: str) -> str:
        """A name, or a message in which names are quoted."""
        return name.translate(self.letters)

    def call(self, call: Call) -> Call:
        """A call, by and about those who are renamed."""
        pid = self.pids
        match call:
            case JailSet(caller, flags, params):
                return JailSet(pid[caller], flags, tuple(self.named(*pair) for pair in params))
            case JailGet(caller, _, by):
                return replace(call, pid=pid[caller], by=tuple(self.named(*pair) for pair in by))
            case JailAttach(caller, jid) | JailRemove(caller, jid):
                return type(call)(pid[caller], jid)
            case Fork(caller, child) | ForkBegin(caller, child):
                return type(call)(pid[caller], pid[child])
            case ForkEnd(child):
                return ForkEnd(pid[child])
            case Exit(caller):
                return Exit(pid[caller])
            case Hold(caller, res):
                return Hold(pid[caller], self.holders[res])
            case Drop(res):
                return Drop(self.holders[res])
            case Poke() | Malformed():
                return call

    def named(self, key: str, value: V) -> tuple[str, V]:
        """A parameter; only the name of a jail is renamed."""
        if key != "name" or not isinstance(value, str):
            return key, value
        return key, type(value)(self.name(value))

    def result(self, result: Result, *, pid: bool) -> Result:
        """An answer; `pid`: the number in it is a process."""
        errno, ret, errmsg, values, wanted = result
        if pid and ret is not None:
            ret = self.pids[ret]
        if errmsg is not None and '"' in errmsg:
            before, name, after = errmsg.split('"')
            errmsg = f'{before}"{self.name(name)}"{after}'
        if values is not None:
            values = (*values[:NAME], self.name(str(values[NAME])), *values[NAME + 1 :])
        if wanted is not None:
            wanted = tuple(self.named(*pair) for pair in wanted)
        return Result(errno, ret, errmsg, values, wanted)

    def frozen(self, frozen: Frozen) -> Frozen:
        """A kernel."""
        prisons = tuple((*pr[:BUF], self.buf(pr[BUF]), *pr[BUF + 1 :]) for pr in frozen.prisons)
        creds: dict[int, int] = {}
        procs = sorted((self.pids[pid], state, cred) for pid, state, cred in frozen.procs)
        held = sorted((self.holders[res], cred) for res, cred in frozen.resources)
        for cred in (*(cred for _, _, cred in procs), *(cred for _, cred in held)):
            creds.setdefault(cred, len(creds))
        return frozen._replace(
            prisons=prisons,
            creds=tuple(frozen.creds[cred] for cred in creds),
            procs=tuple((pid, state, creds[cred]) for pid, state, cred in procs),
            resources=tuple((res, creds[cred]) for res, cred in held),
        )

    def buf(self, buf: str) -> str:
        """pr_name[]; the path behind it has no letters."""
        renamed = self.bufs.get(buf)
        if renamed is None:
            renamed = self.bufs[buf] = self.name(buf)
        return renamed


def symmetries(universe: Universe) -> list[Renaming]:
    """Every renaming that maps the calls of a universe to themselves; the identity is first."""
    known = set(calls(universe))
    letters = sorted({part for name in universe.names for part in name.split(".") if part})
    renamings = [
        Renaming(pids, holders, str.maketrans(names))
        for names in mappings(letters)
        for pids in mappings(universe.pids)
        for holders in mappings(universe.holders)
    ]
    return [g for g in renamings if all(g.call(call) in known for call in known)]


def mappings(items: Sequence[V]) -> Iterator[dict[V, V]]:
    """Every permutation of the items."""
    for order in permutations(items):
        yield dict(zip(items, order, strict=True))


class Group:
    """The symmetries of a universe by number: what follows what, and what takes which back."""

    def __init__(self, universe: Universe) -> None:
        self.calls = calls(universe)
        self.renamings = symmetries(universe)
        number = {call: index for index, call in enumerate(self.calls)}
        # ops[g][op] is the op that renaming g makes of an op.
        self.ops = [[number[g.call(call)] for call in self.calls] for g in self.renamings]
        by_ops = {tuple(ops): g for g, ops in enumerate(self.ops)}
        # after[g][h] is the renaming that does h first and then g.
        self.after = [
            [by_ops[tuple(one[op] for op in other)] for other in self.ops] for one in self.ops
        ]
        self.inverse = [row.index(0) for row in self.after]
