import pytest
from hypothesis import given
from hypothesis import strategies as st

from jail_kernel.kernel import Kernel
from new_model.deadid import get_next_deadid


def kernel_with(used: set[int], lastdeadid: int) -> Kernel:
    k = Kernel(6)
    for jid in used:
        k.new_prison(jid, k.prison0)
    k.lastdeadid = lastdeadid
    return k


@pytest.mark.parametrize(
    ("used", "lastdeadid", "deadid"),
    [
        ({1}, 0, 6),
        ({6}, 0, 5),
        ({6, 5, 3}, 0, 4),
        ({1}, 6, 5),
        ({2}, 3, 1),
        ({1}, 2, 6),  # past 1 and on from the end
        ({1, 6}, 2, 5),
        ({1, 3, 4, 5, 6}, 2, 2),  # the last one handed out is free again
        ({2, 1}, 3, 6),
        ({1, 2, 3, 4, 5, 6}, 0, 0),
        ({1, 2, 3, 4, 5, 6}, 4, 0),
        ({1, 2, 3, 4, 5, 6}, 6, 0),
        ({2, 3, 4, 5, 6}, 6, 1),
        ({7}, 0, 6),
    ],
)
def test_next_jid_of_six(used: set[int], lastdeadid: int, deadid: int) -> None:
    """The next free jid below the last one, on from the end behind 1; 0 if none is free."""
    k = kernel_with(used, lastdeadid)
    assert get_next_deadid(k) == deadid
    assert k.lastdeadid == (deadid or lastdeadid)


@pytest.mark.parametrize("used", [{1}, {2, 6}, {1, 2, 3, 4, 5, 6}])
def test_candidate_zero(used: set[int]) -> None:
    """After 1 the candidate is 0: taking it means none, and the next search starts anew."""
    k = kernel_with(used, 1)
    assert get_next_deadid(k) == 0
    assert k.lastdeadid == 0


@given(st.sets(st.integers(1, 6)), st.sampled_from([0, 2, 3, 4, 5, 6]))
def test_next_jid_is_the_first_free_one(used: set[int], lastdeadid: int) -> None:
    """It is the free jid that comes first in the order last - 1, ..., 1, max, ..., last."""
    order = [*range(lastdeadid - 1, 0, -1), *range(6, max(lastdeadid, 1) - 1, -1)]
    free = [jid for jid in order if jid not in used]
    assert get_next_deadid(kernel_with(used, lastdeadid)) == (free[0] if free else 0)


def test_first_one_is_jail_max() -> None:
    """The first dying jail that is renumbered gets 999999."""
    k = Kernel()
    assert get_next_deadid(k) == 999999
    assert get_next_deadid(k) == 999998
