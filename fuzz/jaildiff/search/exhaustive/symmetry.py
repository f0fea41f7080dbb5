"""Symmetries: renamings of processes, holders and names that leave a universe the same.

The kernels only compare pids, holders and letters of names for equality.  So a state and its
renamed twin behave alike, and searching one of them is enough.  Jids are not renamed, because the
kernels calculate with them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import permutations
from typing import Any, TypeVar

from jail_kernel.freeze import FIELDS, Frozen, FrozenPrison
from jaildiff.programs.commands.command import Op
from jaildiff.programs.renaming import Renaming
from jaildiff.search.exhaustive.universe import Universe, all_calls

V = TypeVar("V")

BUF = FIELDS.index("buf")


@dataclass(frozen=True, slots=True)
class Symmetry(Renaming):
    """A renaming that also applies to a whole kernel."""

    bufs: dict[str, str] = field(default_factory=dict, compare=False, repr=False)

    def frozen(self, frozen: Frozen) -> Frozen:
        """A renamed kernel."""
        creds: dict[int, int] = {}
        procs = sorted((self.pids[pid], state, cred) for pid, state, cred in frozen.procs)
        held = sorted((self.resources[res], cred) for res, cred in frozen.resources)
        fds = sorted((self.pids[pid], table) for pid, table in frozen.fds)
        named = (file for _, table in fds for _, file in table if file is not None)
        files = {file: place for place, file in enumerate(dict.fromkeys(named))}
        opened = [frozen.files[file] for file in files]
        for cred in (
            *(cred for _, _, cred in procs),
            *(cred for _, cred in held),
            *(cred for _, cred, _, _ in opened),
        ):
            creds.setdefault(cred, len(creds))
        return frozen._replace(
            prisons=self.prisons(frozen.prisons),
            creds=tuple(frozen.creds[cred] for cred in creds),
            procs=tuple((pid, state, creds[cred]) for pid, state, cred in procs),
            resources=tuple((res, creds[cred]) for res, cred in held),
            files=tuple((jail, creds[cred], own, ref) for jail, cred, own, ref in opened),
            fds=tuple(
                (pid, tuple((fd, None if file is None else files[file]) for fd, file in table))
                for pid, table in fds
            ),
        )

    def others(self, others: tuple[Any, ...]) -> tuple[Any, ...]:
        """Everything but the jails, renamed."""
        return self.frozen(Frozen((), *others))[1:]

    def prisons(self, prisons: tuple[FrozenPrison, ...]) -> tuple[FrozenPrison, ...]:
        """Renamed jails."""
        return tuple(
            (parent, (*values[:BUF], self.buf(values[BUF]), *values[BUF + 1 :]))
            for parent, values in prisons
        )

    def buf(self, buf: str) -> str:
        """A renamed pr_name[]; the path after it contains no letters."""
        renamed = self.bufs.get(buf)
        if renamed is None:
            renamed = self.bufs[buf] = self.name(buf)
        return renamed


def symmetries(universe: Universe) -> list[Symmetry]:
    """Every renaming that maps the calls of a universe to themselves; the identity is first."""
    known = set(all_calls(universe))
    letters = sorted({part for name in universe.names for part in name.split(".") if part})
    renamings = [
        Symmetry(pids, holders, letters=names)
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
    """The group of a universe's symmetries, by number, with their products and inverses."""

    def __init__(self, universe: Universe) -> None:
        self.calls = all_calls(universe)
        self.renamings = symmetries(universe)
        number: dict[Op, int] = {call: index for index, call in enumerate(self.calls)}
        # ops[g][op] is what renaming g turns an op into.
        self.ops = [[number[g.call(call)] for call in self.calls] for g in self.renamings]
        by_ops = {tuple(ops): g for g, ops in enumerate(self.ops)}
        # after[g][h] is the product: h first, then g.
        self.after = [
            [by_ops[tuple(one[op] for op in other)] for other in self.ops] for one in self.ops
        ]
        self.inverse = [row.index(0) for row in self.after]
