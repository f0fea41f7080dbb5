"""What a call depends on."""

from jail_kernel.call import Drop, Exit, Fork, Hold, JailGet, JailRemove, JailSet, Poke
from jaildiff.programs.dependencies import closure, tokens

ZOMBIE = (Fork(1, 2), JailSet(2, 5, (("jid", 5), ("name", "a"))), Hold(2, "r"), Exit(2))


def test_what_shares_a_name_is_kept() -> None:
    """All that made the jail of a jid is kept, through the process that made it."""
    last = JailSet(1, 1, (("jid", 5), ("persist", True)))
    calls = (*ZOMBIE, JailRemove(1, 7), Drop("other"), last)
    assert closure(calls, len(calls) - 1) == [*ZOMBIE, last]


def test_a_numeric_name_is_a_jid() -> None:
    """A name and a jid of the same digits depend on each other."""
    get = JailGet(1, 8, (("name", "5"),))
    assert closure((*ZOMBIE, get), 4) == [*ZOMBIE, get]


def test_each_component_of_a_name_counts() -> None:
    """A nested name depends on whatever its components name."""
    assert tokens(JailSet(3, 1, (("name", "a.b"),))) == {("pid", 3), ("name", "a"), ("name", "b")}


def test_the_first_process_binds_nothing() -> None:
    """Calls of process 1 do not depend on each other for that; pokes depend on nothing."""
    assert tokens(JailRemove(1, 3)) == {("jid", 3)}
    assert tokens(Poke(lastprid=3)) == set()
