import pytest
from hypothesis import given
from hypothesis import strategies as st

from jail_kernel.call import Errno
from jail_kernel.jid import get_next_prid
from jail_kernel.kernel import Kernel
from jail_kernel.state import JAIL_MAX
from tests.tools import boot, both_models, fails, succeeded


def kernel_with(jail_max: int, used: set[int], lastprid: int) -> Kernel:
    k = Kernel(jail_max)
    for jid in used:
        k.new_prison(jid, k.prison0)
    k.lastprid = lastprid
    return k


@pytest.mark.parametrize(
    ("used", "lastprid", "jid"),
    [
        (set(), 0, 1),
        (set(), 4, 5),
        (set(), 6, 1),
        ({1}, 0, 2),
        ({1, 2, 4}, 0, 3),
        ({3}, 1, 2),
        ({3}, 2, 4),
        ({1, 2}, 4, 5),  # all used ones are below the start
        ({5, 6}, 4, 1),  # past the end and on from 1
        ({1, 2, 5, 6}, 4, 3),
        ({1, 2, 3, 5, 6}, 4, 4),  # the last one handed out is free again
        ({1, 2, 3, 4, 5, 6}, 4, 0),
        ({1, 2, 3, 4, 5, 6}, 0, 0),  # past the end from the very start
        ({1, 2, 3, 4, 5, 6}, 6, 0),
        ({2, 3, 4, 5, 6}, 6, 1),
        ({7}, 6, 1),  # above the range, so no jail to skip
        ({7, 1}, 6, 2),
    ],
)
def test_next_jid_of_six(used: set[int], lastprid: int, jid: int) -> None:
    """The next free jid above the last one, on from 1 behind the end; 0 if none is free."""
    k = kernel_with(6, used, lastprid)
    assert get_next_prid(k) == jid
    assert k.lastprid == (jid or lastprid)


@given(st.sets(st.integers(1, 6)), st.integers(0, 6))
def test_next_jid_is_the_first_free_one(used: set[int], lastprid: int) -> None:
    """It is the free jid that comes first in the order last + 1, ..., max, 1, ..., last."""
    order = [*range(lastprid + 1, 7), *range(1, lastprid + 1)]
    free = [jid for jid in order if jid not in used]
    assert get_next_prid(kernel_with(6, used, lastprid)) == (free[0] if free else 0)


def test_wrap_at_jail_max() -> None:
    """Behind 999999 comes 1."""
    assert JAIL_MAX == 999999
    assert get_next_prid(kernel_with(JAIL_MAX, {1}, JAIL_MAX)) == 2
    assert get_next_prid(kernel_with(JAIL_MAX, {JAIL_MAX}, JAIL_MAX - 1)) == 1


@both_models
def test_jid_of_a_failed_create_is_not_given_back(model: str) -> None:
    """A create that fails in the last checks has used up its jid."""
    m = boot(model)
    assert m.set("C", {"bogus": 1}, persist=True).errno == "EINVAL"
    assert succeeded(m.set("C", persist=True)) == 2


@both_models
def test_explicit_jid_leaves_the_counter_alone(model: str) -> None:
    """A jid that is asked for, also by a name, does not move the counter."""
    m = boot(model)
    m.make("a", jid=7)
    m.make("9")
    assert m.k.lastprid == 0
    assert succeeded(m.set("C", persist=True)) == 1


@both_models
def test_dying_jails_keep_their_jids(model: str) -> None:
    """An automatic jid is never that of a dying jail."""
    m = boot(model)
    m.zombie(1, "a")
    assert succeeded(m.set("C", persist=True)) == 2
    assert m.jails()[0] == (1, "a", "dying")


@both_models
def test_no_jid_left(model: str) -> None:
    """EAGAIN if no jid is free; nothing has changed then.

    The limit of children is as large as the range of jids, so it is raised by hand.
    """
    m = boot(model, jail_max=3)
    for _ in range(3):
        succeeded(m.set("C", persist=True))
    m[0].childmax = 4
    assert m.set("C", persist=True) == fails(Errno.EAGAIN, "no available jail IDs")
    assert (len(m.jails()), m.k.lastprid, m.refs(0)) == (3, 3, (5, 5))
    assert succeeded(m.set("C", persist=True, jid=4)) == 4
