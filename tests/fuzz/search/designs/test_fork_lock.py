from collections import Counter
from math import comb

import pytest

from jaildiff.search.designs.fork_lock import (
    ORDERS,
    Act,
    Child,
    Give,
    Lock,
    Order,
    Result,
    Search,
    State,
    Take,
    nothing,
    results,
)

BY_NAME = {order.name: order for order in ORDERS}
TICK = Act("tick", nothing)


def searched(order: str, *calls: str) -> Result:
    """What all schedules of these calls come to."""
    return Search(BY_NAME[order], calls).run()


def toy(*calls: tuple[Take | Give | Act, ...]) -> Search:
    """A search of calls of one's own."""
    names = tuple("abc"[: len(calls)])
    return Search(Order("toy", "", dict(zip(names, calls, strict=True))), names)


def test_the_deadlock_of_the_review() -> None:
    """Fork, racct and removal, in the order that was proposed: each asks for what another has."""
    found = searched("proposed", "fork", "racct", "removal")
    assert found.deadlock is not None
    last = {move.caller: move.what for move in found.deadlock}
    assert last == {
        0: "asks for allproc_lock alone",
        1: "asks for allprison_lock alone",
        2: "asks for pr_forklock alone",
    }


def test_it_takes_three() -> None:
    """No pair has it, and no other three calls."""
    found = [one for one in results(BY_NAME["proposed"]) if one.deadlock is not None]
    assert [one.calls for one in found] == [("fork", "racct", "removal")]


@pytest.mark.parametrize("order", ["landed", "behind"])
def test_what_is_sound(order: str) -> None:
    """In no schedule of two or three calls is there a deadlock, or a child that lives on."""
    for one in results(BY_NAME[order]):
        assert (one.deadlock, one.survivor) == (None, None), one.calls


def test_what_the_look_is_for() -> None:
    """Without lock and look a child lives on in a jail that is dying, wherever both calls are."""
    for one in results(BY_NAME["unchecked"]):
        assert one.deadlock is None
        assert (one.survivor is not None) == ({"fork", "removal"} <= set(one.calls)), one.calls


def test_the_lock_keeps_its_promise() -> None:
    """In the order that was proposed no child survives."""
    assert all(one.survivor is None for one in results(BY_NAME["proposed"]))


def test_every_pair_and_three() -> None:
    """Six pairs, ten threes, for each order."""
    for order in ORDERS:
        assert Counter(len(one.calls) for one in results(order)) == {2: 6, 3: 10}


@pytest.mark.parametrize(("one", "other"), [(1, 1), (2, 3), (4, 4)])
def test_schedules_are_counted(one: int, other: int) -> None:
    """Steps that are in nobody's way can be mixed in every way."""
    assert toy((TICK,) * one, (TICK,) * other).run().schedules == comb(one + other, one)


def test_two_locks_in_two_orders() -> None:
    """The deadlock that everybody knows is found; in one order of locks there is none."""
    a, b = Lock.ALLPROC, Lock.ALLPRISON
    up = (Take(a, alone=True), Take(b, alone=True), Give(b), Give(a))
    down = (Take(b, alone=True), Take(a, alone=True), Give(a), Give(b))
    assert toy(up, down).run().deadlock is not None
    assert toy(up, up).run().deadlock is None


def test_sharing() -> None:
    """Two may share a lock, nobody has it beside one who has it alone, and whoever asks to have it
    alone keeps out those who ask later.
    """
    shared, alone = (Take(Lock.FORK, each) for each in (False, True))
    search = toy((shared, TICK), (alone, TICK), (shared, TICK))

    def after(*callers: int) -> State:
        state = search.start
        for caller in callers:
            state = next(new for move, new in search.moves(state) if move.caller == caller)
        return state

    assert {move.caller for move, _ in search.moves(after(0, 0, 1))} == {0, 2}
    assert {move.caller for move, _ in search.moves(after(0, 0, 2, 1))} == {0, 2}
    assert {move.caller for move, _ in search.moves(after(1, 1, 0, 2))} == {1}
    assert {move.caller for move, _ in search.moves(after(0, 0, 1, 2))} == {0}


def test_a_fork_that_is_refused() -> None:
    """It makes no child, and takes and gives its locks all the same."""
    search = Search(BY_NAME["proposed"], ("fork", "removal"))
    ends, waiting, seen = set(), [search.start], {search.start}
    while waiting:
        state = waiting.pop()
        fresh = {new for _, new in search.moves(state)} - seen
        seen |= fresh
        waiting += fresh
        if search.done(state):
            assert state.held == ()
            ends.add(state.world.children[0])
    assert ends == {Child.REFUSED, Child.KILLED}
