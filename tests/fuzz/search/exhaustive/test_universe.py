from dataclasses import replace

import pytest
from hypothesis import given

from jail_kernel.call import (
    JAIL_ATTACH,
    JAIL_CREATE,
    JAIL_DYING,
    JAIL_UPDATE,
    Call,
    Close,
    Drop,
    Errno,
    Exit,
    Fork,
    ForkBegin,
    ForkEnd,
    Hold,
    JailAttach,
    JailAttachJd,
    JailGet,
    JailRemove,
    JailRemoveJd,
    JailSet,
    Result,
)
from jail_kernel.freeze import freeze
from jail_kernel.kernel import Kernel
from jaildiff.kernels.registry import LEGACY, NEW
from jaildiff.search.exhaustive.symmetry import Group, Symmetry, symmetries
from jaildiff.search.exhaustive.universe import (
    ALL_FLAGS,
    DESC_BITS,
    DESCRIPTOR,
    PERSIST,
    SMALL,
    TINY,
    UNIVERSES,
    WIDE,
    Universe,
    all_calls,
)
from tests.tools import DESC_PROGRAMS, boot

every_universe = pytest.mark.parametrize("universe", UNIVERSES.values(), ids=UNIVERSES)


@every_universe
def test_every_call_once(universe: Universe) -> None:
    """No call is tried twice, and each is one of the universe's own."""
    found = all_calls(universe)
    assert len(set(found)) == len(found)
    assert {getattr(call, "pid", 1) for call in found} == set(universe.pids)
    assert {call.res for call in found if isinstance(call, Hold | Drop)} == set(universe.holders)
    jids = {call.jid for call in found if isinstance(call, JailAttach | JailRemove)}
    assert jids == set(range(1, universe.jail_max + 1))


def test_small_is_what_was_asked_for() -> None:
    """Two jids and automatic ones, two names, one below another, two processes and holders."""
    assert SMALL.jids == (0, 1, 2)
    assert {"", "a", "b", "a.b"} == set(SMALL.names)
    assert (len(SMALL.pids), len(SMALL.holders)) == (2, 2)
    assert SMALL.jail_max > len(SMALL.jids) - 1


def test_all_flag_combinations() -> None:
    """Every sum of the four flags stands in some jail_set, or is refused for its flags."""
    flags = {call.flags for call in all_calls(SMALL) if isinstance(call, JailSet)}
    without = {0, JAIL_ATTACH, JAIL_DYING, JAIL_ATTACH | JAIL_DYING}
    assert flags == set(range(16)) - without | {0}
    assert set(ALL_FLAGS) == set(range(16))


def test_what_is_left_out_is_refused_by_both() -> None:
    """A jail_set that conf refuses answers the same in both kernels and touches nothing."""
    known = set(all_calls(TINY))
    left_out = [
        JailSet(1, flags, (("jid", 1), *params))
        for flags in ALL_FLAGS
        for params in TINY.params
        if JailSet(1, flags, (("jid", 1), *params)) not in known
    ]
    assert len(left_out) == 4 * 3 + 4 * 1  # neither create nor update; neither persist nor attach
    for call in left_out:
        k = Kernel(TINY.jail_max)
        before = freeze(k)
        result = LEGACY.step(k, call)
        assert result == NEW.step(k, call)
        assert result.errno is Errno.EINVAL
        assert freeze(k) == before


def test_one_descriptor() -> None:
    """One universe has a descriptor: it is opened and owned, used, worked below, attached to,
    removed by and closed; no other universe knows of descriptors.
    """
    assert [each.name for each in UNIVERSES.values() if each.fds] == ["descriptor"]
    found = all_calls(DESCRIPTOR)
    named = {type(call) for call in found if getattr(call, "fd", 3) in DESCRIPTOR.fds}
    assert named >= {Close, JailAttachJd, JailRemoveJd}
    for kind in (JailSet, JailGet):
        flags = {call.flags & sum(DESC_BITS) for call in found if isinstance(call, kind)}
        assert flags == {0, *DESC_BITS}


def test_fork_halves() -> None:
    """Halves of forks are there only where they are asked for."""
    kinds = {type(call) for call in all_calls(TINY)}
    assert kinds == {
        *(JailSet, JailGet, JailAttach, JailRemove),
        *(Fork, Exit, Hold, Drop),
    }
    assert {type(call) for call in all_calls(WIDE)} == kinds | {ForkBegin, ForkEnd}


def test_text() -> None:
    """A universe says in one line all that is in it."""
    assert TINY.text == (
        "tiny: JAIL_MAX 2; jids 1; names none; processes 1, 2; holders r; "
        "descriptors none; 16 flag combinations; "
        "parameters none, persist=True, persist=True nonsense=True"
    )


# SYMMETRY


@pytest.mark.parametrize(
    ("names", "count"),
    [(("",), 4), (("a", "b"), 8), (("a", "b", "a.b"), 4), (("a", "b", "a.b", "b.a"), 8)],
)
def test_names_are_renamed_where_it_is_legal(names: tuple[str, ...], count: int) -> None:
    """Two processes and two holders can always change places, names only if all calls stay."""
    universe = Universe("x", 2, (1,), names, (1, 2), ("r", "s"), (PERSIST,), None)
    assert len(symmetries(universe)) == count


@every_universe
def test_a_group(universe: Universe) -> None:
    """Renamings can be done one after the other and taken back, on calls as on numbers."""
    group = Group(universe)
    everything = range(len(group.calls))
    assert group.ops[0] == list(everything)
    for g, renaming in enumerate(group.renamings):
        assert [group.calls[op] for op in group.ops[g]] == [*map(renaming.call, group.calls)]
        assert group.after[g][group.inverse[g]] == 0
        for h in range(len(group.renamings)):
            both = [group.ops[g][group.ops[h][op]] for op in everything]
            assert group.ops[group.after[g][h]] == both


def test_answers_are_renamed() -> None:
    """The name in a message or a view and the pid of a child are renamed, a jid is not."""
    renamings = symmetries(replace(WIDE, holders=()))
    swap = next(g for g in renamings if g.pids[1] == 2 and g.name("a") == "b")
    message = Result(Errno.EEXIST, None, 'jail "a.b" already exists')
    assert swap.result(message, pid=False, jid=True).errmsg == 'jail "b.a" already exists'
    parameter = Result(Errno.EINVAL, None, "unknown parameter: banana")
    assert swap.result(parameter, pid=False, jid=True) == parameter
    assert swap.result(Result(None, 1), pid=True, jid=False) == Result(None, 2)
    assert swap.result(Result(None, 1), pid=False, jid=True) == Result(None, 1)
    assert swap.result(Result(None, 1, None, (1, "a", 0)), pid=False, jid=True).values == (
        1,
        "b",
        0,
    )


def test_renamed_calls() -> None:
    """Callers, children, holders and names are renamed, everything else stays."""
    swap = symmetries(replace(WIDE, holders=("r", "s")))[-1]
    flags = JAIL_CREATE | JAIL_UPDATE
    one = JailSet(1, flags, (("jid", 1), ("name", "a.b"), ("persist", True)))
    other = JailSet(2, flags, (("jid", 1), ("name", "b.a"), ("persist", True)))
    assert swap.call(one) == other
    assert swap.call(JailGet(1, 0, (("name", "a"),))) == JailGet(2, 0, (("name", "b"),))
    assert swap.call(JailAttach(1, 1)) == JailAttach(2, 1)
    assert swap.call(ForkBegin(1, 2)) == ForkBegin(2, 1)
    assert swap.call(ForkEnd(2)) == ForkEnd(1)
    assert swap.call(Hold(1, "r")) == Hold(2, "s")
    assert swap.call(Drop("s")) == Drop("r")
    assert swap.call(JailRemoveJd(1, 3)) == JailRemoveJd(2, 3)
    assert swap.call(Close(1, 3)) == Close(2, 3)


@given(DESC_PROGRAMS)
def test_renamed_states(calls: list[Call]) -> None:
    """What renamed calls lead to is what the calls led to, renamed: open files, too."""
    swap = Symmetry({1: 2, 2: 1, 3: 4, 4: 3}, {"r": "s", "s": "r", "t": "t"})
    one, other = boot("descriptors"), boot("descriptors")
    for machine in (one, other):
        machine.fork(2)  # Now either can be called the other.
    for call in calls:
        result = one.call(call)
        other.call(swap.call(call))
        if result.errno is None and result.ret is None:
            return
    assert freeze(other.k) == swap.frozen(freeze(one.k))
