from functools import cache

import pytest

from jail_kernel.call import Call, Errno, JailGet, Result
from jaildiff.differ.comparison import LANDED
from jaildiff.search.exhaustive.apart import Differing
from jaildiff.search.exhaustive.echoes import Echoes, Kind
from jaildiff.search.exhaustive.states import States
from jaildiff.search.exhaustive.universe import TINY

GET = JailGet(1, 0, (("jid", 1),))
ROOTS = ("dying-jid-reused", "resurrection-withdrawn")
GONE: Differing = frozenset({(("jail", 1), "exists")})


@cache
def echoes() -> Echoes:
    """All kinds of echoes in the smallest universe."""
    return Echoes(States(TINY, LANDED), LANDED)


def kind(call: Call, one: Result, other: Result, appeared: Differing, *, caused: bool) -> Kind:
    """The kind of an echo after both roots."""
    table = echoes()
    first, second = (table.states.answers.number(result, pid=False) for result in (one, other))
    op = table.states.calls.index(call)
    return table.kind(op, (first, second), appeared, ROOTS, caused=caused)


FOUND, MISSING = Result(None, 1), Result(Errno.ENOENT)


@pytest.mark.parametrize("caused", [True, False])
def test_answers_tell_more_than_what_appears(caused: bool) -> None:
    """If the answers differ, they are where the echo shows."""
    assert kind(GET, FOUND, MISSING, GONE, caused=caused)[:2] == ("echo", "errno")
    assert kind(GET, FOUND, FOUND, GONE, caused=caused)[:2] == ("echo", "lifecycle")


def test_an_echo_of_no_rule_has_the_rules_of_its_roots() -> None:
    """All of them, until the first of the kind is judged in full."""
    assert kind(GET, FOUND, MISSING, frozenset(), caused=False) == (
        "echo",
        "errno",
        frozenset(ROOTS),
    )


def test_an_echo_with_a_rule_of_its_own() -> None:
    """The rule names the kind, but only if roots cause the echo."""
    panic = Result(None, None, "Cannot add a process to a non-alive prison (jid=1)")
    own = ("echo", "panic", "empty-alive-jail-panic")
    assert kind(GET, panic, FOUND, frozenset(), caused=True) == own
    assert kind(GET, panic, FOUND, frozenset(), caused=False) != own
