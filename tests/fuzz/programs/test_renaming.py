import pytest
from hypothesis import given
from hypothesis import strategies as st

from jail_kernel.call import (
    JAIL_CREATE,
    Call,
    Drop,
    Errno,
    Fork,
    ForkEnd,
    Hold,
    JailAttach,
    JailGet,
    JailRemove,
    JailSet,
    Result,
)
from jail_kernel.jail_get import VIEW_FIELDS
from jaildiff.programs.program import Program
from jaildiff.programs.renaming import Renaming
from jaildiff.search.property_testing.strategies import calls, programs
from tests.programs import program

CALLS: tuple[Call, ...] = (
    Fork(1, 77),
    JailSet(77, 5, (("jid", 50), ("name", "web.shop"))),
    Hold(77, "connection"),
    JailGet(1, 8, (("lastjid", 50),)),
    JailRemove(1, 50),
    Drop("connection"),
)
THERE = Renaming(
    {2: 3, 3: 2},
    {"r": "s", "s": "r"},
    letters={"a": "b", "b": "a"},
    digits={"3": "5", "5": "3"},
)
IDENTITY = Renaming()


def test_what_is_not_mentioned_keeps_its_name() -> None:
    """An empty renaming changes nothing."""
    some = Program("x", CALLS)
    assert IDENTITY(some) == some


def test_two_names_are_exchanged_not_merged() -> None:
    """A jid that takes a plainer one that is in use gives its own away."""
    some = Program("x", (JailRemove(1, 3), JailRemove(1, 8)))
    renamed = Renaming(jids={8: 3, 3: 8})(some)
    assert renamed.calls == (JailRemove(1, 8), JailRemove(1, 3))


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
def test_a_call_is_renamed(call: str, other: str) -> None:
    """Processes, holders, names and jids get their other name, and nothing else does."""
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
def test_an_answer_is_renamed(call: Call, result: Result, other: Result) -> None:
    """Jids and names in an answer and in its message are renamed, other numbers are not."""
    assert THERE.answer(call, result) == other


def test_a_view_is_renamed() -> None:
    """Of what jail_get reads, jid, name and the parent's jid are renamed."""
    view = tuple(5 if field != "name" else "a" for field in VIEW_FIELDS)
    values = THERE.answer(JailGet(1, 0, ()), Result(None, 5, None, view)).values
    assert values is not None
    changed = [field for field, value in zip(VIEW_FIELDS, values, strict=True) if value in (3, "b")]
    assert changed == ["jid", "name", "parent.jid"]


def test_what_a_wish_list_reads_is_renamed() -> None:
    """So it is with a wish list; the length of a jid is none."""
    wishes = ("jid", None), ("parent", 0), ("name", None), ("children.cur", None), ("path", 0)
    call = JailGet(1, 0, (), wishes, plain=False)
    wanted = (("jid", 5), ("parent", 5), ("name", "a.5"), ("children.cur", 5), ("path", 5))
    other = (("jid", 3), ("parent", 5), ("name", "b.3"), ("children.cur", 5), ("path", 5))
    assert THERE.answer(call, Result(None, 5, wanted=wanted)) == Result(None, 3, wanted=other)


@given(calls, st.sampled_from((THERE, IDENTITY)))
def test_renaming_back(call: Call, labels: Renaming) -> None:
    """A renaming that is its own inverse takes a call back; the identity leaves it."""
    assert labels.call(labels.call(call)) == call
    assert IDENTITY.call(call) == call


@given(some=programs)
def test_no_two_names_become_one(some: Program) -> None:
    """Calls that differ still differ when they are renamed."""
    assert len({THERE.call(call) for call in some.calls}) == len(set(some.calls))
