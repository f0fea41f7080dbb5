import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz.kernels.relations.relabelling import Relabelling, relabelling
from fuzz.programs.program import Program
from fuzz.search.property_testing.strategies import calls, programs
from prison.call import (
    JAIL_CREATE,
    Call,
    Errno,
    Fork,
    ForkEnd,
    JailAttach,
    JailGet,
    JailSet,
    Result,
)
from prison.jail_get import VIEW_FIELDS
from tests.programs import program

THERE = relabelling({2: 3, 3: 2}, {"r": "s", "s": "r"}, {"a": "b", "b": "a"}, {"3": "5", "5": "3"})
IDENTITY = relabelling({}, {}, {}, {})


@pytest.mark.parametrize(
    ("call", "other"),
    [
        (
            'p2: jail_set(CREATE, jid=5, name="a.50x")',
            'p3: jail_set(CREATE, jid=3, name="b.30x")',
        ),
        ("p1: jail_set(CREATE, osreldate=5)", "p1: jail_set(CREATE, osreldate=5)"),
        ("p3: jail_get(0, lastjid=35)", "p2: jail_get(0, lastjid=53)"),
        ("p3: jail_get(0, lastjid=5, only jid:5)", "p2: jail_get(0, lastjid=3, only jid:5)"),
        ("p2: jail_attach(5)", "p3: jail_attach(3)"),
        ("p9: jail_remove(7)", "p9: jail_remove(7)"),
        ("p2: fork() = p3", "p3: fork() = p2"),
        ("p2: hold(r)", "p3: hold(s)"),
        ("poke(lastprid=5)", "poke(lastprid=5)"),
    ],
)
def test_a_call_is_relabelled(call: str, other: str) -> None:
    """Processes, holders, names and jids get their other label, and nothing else does."""
    assert THERE.call(*program(call).calls) == program(other).calls[0]


@pytest.mark.parametrize(
    ("call", "result", "other"),
    [
        (JailSet(1, 1, ()), Result(None, 5), Result(None, 3)),
        (JailAttach(1, 5), Result(None, 0), Result(None, 0)),
        (Fork(1, 3), Result(None, 3), Result(None, 2)),
        (ForkEnd(3), Result(None, 3), Result(None, 2)),
        (
            JailGet(1, 0, (("jid", 5),)),
            Result(Errno.ENOENT, None, "jail 5 not found"),
            Result(Errno.ENOENT, None, "jail 3 not found"),
        ),
        (
            JailSet(1, JAIL_CREATE, ()),
            Result(Errno.ENOENT, None, 'jail "a.5" not found'),
            Result(Errno.ENOENT, None, 'jail "b.3" not found'),
        ),
        (
            JailSet(1, JAIL_CREATE, ()),
            Result(Errno.ENAMETOOLONG, None, "osrelease string must be 1-31 bytes long"),
            Result(Errno.ENAMETOOLONG, None, "osrelease string must be 1-31 bytes long"),
        ),
    ],
)
def test_an_answer_is_relabelled(call: Call, result: Result, other: Result) -> None:
    """Jids and names in an answer and in its message are relabelled, other numbers are not."""
    assert THERE.result(call, result) == other


def test_a_view_is_relabelled() -> None:
    """Of what jail_get reads, jid, name and the parent's jid are labels."""
    view = tuple(5 if field != "name" else "a" for field in VIEW_FIELDS)
    values = THERE.result(JailGet(1, 0, ()), Result(None, 5, None, view)).values
    assert values is not None
    changed = [field for field, value in zip(VIEW_FIELDS, values, strict=True) if value in (3, "b")]
    assert changed == ["jid", "name", "parent.jid"]


def test_what_a_wish_list_reads_is_relabelled() -> None:
    """So it is with a wish list; the length of a jid is none."""
    wishes = ("jid", None), ("parent", 0), ("name", None), ("children.cur", None), ("path", 0)
    call = JailGet(1, 0, (), wishes, plain=False)
    wanted = (("jid", 5), ("parent", 5), ("name", "a.5"), ("children.cur", 5), ("path", 5))
    other = (("jid", 3), ("parent", 5), ("name", "b.3"), ("children.cur", 5), ("path", 5))
    assert THERE.result(call, Result(None, 5, wanted=wanted)) == Result(None, 3, wanted=other)


@given(calls, st.sampled_from((THERE, IDENTITY)))
def test_relabelling_back(call: Call, labels: Relabelling) -> None:
    """A relabelling that is its own inverse takes a call back; the identity leaves it."""
    assert labels.call(labels.call(call)) == call
    assert IDENTITY.call(call) == call


@given(some=programs)
def test_no_two_labels_become_one(some: Program) -> None:
    """Calls that differ still differ when they are relabelled."""
    assert len({THERE.call(call) for call in some.calls}) == len(set(some.calls))
