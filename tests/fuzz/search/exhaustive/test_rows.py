from array import array
from functools import cache

from jail_kernel.call import Errno, Exit, Fork, Result
from jaildiff.differ.comparison import LANDED
from jaildiff.search.exhaustive.rows import Answers, Row, Shape, Shapes
from jaildiff.search.exhaustive.states import States
from jaildiff.search.exhaustive.symmetry import Group
from jaildiff.search.exhaustive.universe import TINY

SWAP = 1  # of the two renamings of TINY, the one that is not the identity


@cache
def shapes() -> Shapes:
    """Shapes of the smallest universe."""
    group = Group(TINY)
    return Shapes(group, Answers(group))


def shape(op: int) -> Shape:
    """A shape in which everything answers alike, and one op changes the state."""
    table = shapes()
    ops = range(len(table.group.calls))
    refused = table.answers.number(Result(Errno.EINVAL), pid=False)
    answers = [refused for _ in ops]
    places = [int(each == op) for each in ops]
    return table.shape([answers, answers], [places, places], {})


def test_a_row_says_where_ops_lead() -> None:
    """An op leads to a state of the row, or leaves the first as it is."""
    row = Row(shape(3), array("i", [40, 41]))
    assert (row.after(0, 3), row.after(1, 3), row.after(0, 4)) == (41, 41, 40)
    assert row.shape.active == (frozenset({3}), frozenset({3}))


def test_equal_shapes_are_one() -> None:
    """Rows that differ only in their states share a shape."""
    assert shape(3) is shape(3)
    assert shape(3) is not shape(4)


def test_renamed_shapes() -> None:
    """What an op did, the renamed op does."""
    table = shapes()
    calls = table.group.calls
    one, other = calls.index(Exit(1)), calls.index(Exit(2))
    renamed = table.rename(SWAP, shape(one))
    assert renamed is shape(other)
    assert table.rename(SWAP, renamed) is shape(one)


def test_renamed_answers() -> None:
    """Only if a return value is a process is it renamed."""
    answers = shapes().answers
    plain = answers.number(Result(None, 1), pid=False)
    child = answers.number(Result(None, 1), pid=True)
    assert plain != child
    assert answers.rename(SWAP, plain) == plain
    assert answers.results[answers.rename(SWAP, child)] == Result(None, 2)
    assert answers.rename(SWAP, answers.rename(SWAP, child)) == child


def test_answers_of_forks_are_processes() -> None:
    """The boot state's row: a fork returns the child, renamed with it."""
    states = States(TINY, LANDED)
    row = states.row(states.boot)
    answer = row.answer(0, states.calls.index(Fork(1, 2)))
    assert states.answers.results[answer] == Result(None, 2)
    assert states.answers.returns_pid[answer]
