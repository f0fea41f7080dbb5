from collections.abc import Collection

import pytest

from jaildiff.differ.comparison import LANDED, Comparison, Named, comparison
from jaildiff.differ.counterfactual import differ_at_last, point
from jaildiff.differ.steps.lockstep import Lockstep
from jaildiff.kernels.registry import LEGACY
from jaildiff.programs.program import Program
from tests.deltas import ALL, without
from tests.programs import REUSED, TWICE, ZOMBIE_5, generated, program


def differing(
    some: Program, healed: Collection[int], compared: Comparison = LANDED, first: int = 0
) -> set[int]:
    """The steps from a first one on at which a user sees a difference if these are healed."""
    now = point(Lockstep(some.jail_max, compared, some.setup))
    differ_at_last(some.calls[:first], now, healed, compared)
    steps = enumerate(some.calls[first:], first)
    return {step for step, call in steps if differ_at_last([call], now, healed, compared)}


def test_where_a_user_sees_a_difference() -> None:
    """Step 4 is a root that shows only later."""
    assert differing(TWICE, set()) == {3, 5}
    assert differing(TWICE, {3, 4}) == set()


@pytest.mark.parametrize("root", [3, 4])
def test_healing_one_of_two(root: int) -> None:
    """Either root suffices for the echo."""
    assert differing(TWICE, {root}) >= {5}


def test_all_healed() -> None:
    """With every step taken by the old model in both kernels nothing differs."""
    for found in generated(29, 200):
        assert differing(found, range(len(found.calls))) == set()


def test_healed_by_the_base() -> None:
    """What is healed, and what it is healed by, are the models of the comparison."""
    assert differing(program(*REUSED), set())
    assert differing(program(*REUSED), set(), Comparison(LEGACY, without(ALL))) == set()


def test_nothing_is_called_behind_a_panic() -> None:
    """The steps after it show no difference."""
    some = program(
        *ZOMBIE_5,
        "p1: jail_set(UPDATE|DYING, jid=5)",
        'p1: jail_set(CREATE, name="a.x", persist)',
        "p1: jail_get(0, jid=5)",
    )
    assert differing(some, set()) == {4, 5}
    assert differing(some, {4}) == set()


def test_steps_that_are_passed_over_change_nothing() -> None:
    """A step shows the same whether or not those before it are looked at."""
    shown = 0
    for some in generated(43, 120):
        whole = differing(some, set())
        for step in (*whole, len(some.calls) - 1):
            assert (step in whole) == (step in differing(some, set(), first=step))
            shown += 1
    assert shown > 150


def test_a_kernel_that_fails_on_what_another_left_has_panicked() -> None:
    """The kernel of 2025 gives back the host's references once too often.  The older one, which
    takes the healed steps on that state, then frees the host itself.
    """
    some = program(
        "p1: jail_set(CREATE|GET_DESC, desc=-1, persist)",
        "p1: fork() = p2",
        "p2: jail_attach(1)",
        "p1: jail_remove(1)",
        'p1: jail_get(DYING|AT_DESC, desc=3, name="a")',
        "p1: jail_set(CREATE|GET_DESC, desc=-1, persist)",
        "p1: jail_set(CREATE|GET_DESC, desc=-1, persist)",
        "p1: jail_get(AT_DESC, desc=5, lastjid=0)",
        "p2: exit()",
        "p1: jail_set(CREATE, persist)",
    )
    compared = comparison(Named("legacy", "descriptors"))
    assert 8 in differing(some, {5, 6, 8}, compared)
