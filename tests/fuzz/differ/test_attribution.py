from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import chain, combinations

import pytest

from fuzz.differ.attribution import behind, causes, differing, needed
from fuzz.differ.comparison import LANDED, Comparison
from fuzz.differ.diff import diff
from fuzz.kernels.registry import LEGACY, NEW
from tests.deltas import ALL, without
from tests.programs import ZOMBIE_5, generated, program

ZOMBIE_6 = (
    "p1: fork() = p3",
    'p3: jail_set(CREATE|ATTACH, jid=6, name="b")',
    "p3: hold(s)",
    "p3: exit()",
)
TWO_ROOTS = program(
    *ZOMBIE_5,
    *ZOMBIE_6,
    "p1: jail_set(CREATE, jid=5, persist)",
    "p1: jail_set(CREATE, jid=6, persist)",
    "p1: jail_get(0, jid=6)",
    "p1: jail_get(0, jid=5)",
    "p1: jail_get(DYING, lastjid=6)",
)
# Each refused create uses up a jid in the new kernel; healing one still leaves the other.
TWICE = program(
    "p1: fork() = p2",
    'p2: jail_set(CREATE|ATTACH, name="a")',
    "p1: jail_remove(1)",
    'p1: jail_set(CREATE|UPDATE|DYING, name="a", persist, securelevel=-5)',
    'p1: jail_set(CREATE|UPDATE|DYING, name="a", persist, securelevel=-5)',
    'p1: jail_set(CREATE, name="b", persist)',
)


def vanishing(*minimal: set[int]) -> Callable[[Iterable[int]], bool]:
    """An echo that vanishes if all of one of these sets are healed."""
    return lambda healed: any(roots <= healed for healed in [set(healed)] for roots in minimal)


def subsets(roots: Iterable[int]) -> Iterator[set[int]]:
    """Every set of these, the empty one first."""
    roots = list(roots)
    sizes = range(len(roots) + 1)
    return map(set, chain.from_iterable(combinations(roots, size) for size in sizes))


# WHICH ROOTS


@pytest.mark.parametrize(
    ("minimal", "expected"),
    [
        ([{3}], (3,)),
        ([{3}, {1}], (1, 3)),
        ([{1, 3}], (1, 3)),
        ([{4}, {1, 3}], (1, 3, 4)),
        ([{1, 2}, {3, 4}], (1, 2, 3, 4)),
        ([{1, 2}, {1, 3}], (1, 2, 3)),
        ([{1, 2}, {1, 3}, {2, 3}], (1, 2, 3)),
        ([], ()),
    ],
)
def test_behind(minimal: list[set[int]], expected: tuple[int, ...]) -> None:
    """Named are the roots that suffice, and those that are needed in a set that does."""
    assert behind([1, 2, 3, 4, 5], vanishing(*minimal)) == expected


def test_behind_is_complete() -> None:
    """Whatever sets of four roots suffice: healing those named does, healing all others does
    not.
    """
    sets = [roots for roots in subsets(range(4)) if roots]
    for pair in combinations(sets, 2):
        vanishes = vanishing(*pair)
        found = {*behind(range(4), vanishes)}
        assert vanishes(found)
        assert not vanishes({*range(4)} - found)


def test_needed_drops_what_can_be_spared() -> None:
    """Of a set of roots only those are kept without whose healing the echo is still there."""
    assert needed([1, 2, 3], vanishing({2})) == [2]
    assert needed([3, 2, 1], vanishing({1, 3})) == [1, 3]


# IN PROGRAMS


def test_the_right_one_of_two_roots() -> None:
    """Of two independent roots an echo names that from which it comes."""
    found = {d.step: d.causes for d in diff(TWO_ROOTS, LANDED).divergences}
    assert found[10] == (9,)
    assert found[11] == (8,)
    assert found[8] == found[9] == ()


def test_any_of_two_roots() -> None:
    """An echo that comes from both roots, each alone enough, names both."""
    found = diff(TWICE, LANDED).divergences
    assert [(d.step, d.kind, d.causes) for d in found] == [
        (3, "root", ()),
        (4, "root", ()),
        (5, "echo", (3, 4)),
    ]
    assert differing(TWICE.calls, TWICE.jail_max, {3}, LANDED) >= {5}
    assert differing(TWICE.calls, TWICE.jail_max, {4}, LANDED) >= {5}


def test_roots_behind_an_echo() -> None:
    """What comes later is no cause."""
    calls = (*TWICE.calls, TWICE.calls[3])
    assert causes(replace(TWICE, calls=calls), [3, 4, 6], [5], LANDED) == {5: (3, 4)}


def test_no_cause() -> None:
    """A difference that stays though all roots are healed comes from none of them."""
    assert causes(TWO_ROOTS, [9], [11], LANDED) == {11: ()}


def test_causes_of_nothing() -> None:
    """A program without echoes has no links."""
    assert causes(TWICE, [3, 4], [], LANDED) == {}


def test_another_pair() -> None:
    """What is healed, and what it is healed by, are the models of the pair."""
    pair = Comparison(NEW, without(ALL))
    assert causes(TWO_ROOTS, [8, 9], [10, 11], pair) == {
        10: (9,),
        11: (8,),
    }
    assert (
        differing(TWO_ROOTS.calls, TWO_ROOTS.jail_max, (), Comparison(LEGACY, without(ALL)))
        == set()
    )


def test_differing() -> None:
    """The steps at which a user sees a difference; 4 is a root that shows only later."""
    assert differing(TWICE.calls, TWICE.jail_max, set(), LANDED) == {3, 5}
    assert differing(TWICE.calls, TWICE.jail_max, {3, 4}, LANDED) == set()


def test_all_healed() -> None:
    """With every step taken by the old model in both kernels nothing differs."""
    for found in generated(29, 200):
        assert differing(found.calls, found.jail_max, range(len(found.calls)), LANDED) == set()


def test_differing_ends_with_a_panic() -> None:
    """Behind a panic nothing is called any more."""
    calls = program(
        *ZOMBIE_5,
        "p1: jail_set(UPDATE|DYING, jid=5)",
        'p1: jail_set(CREATE, name="a.x", persist)',
        "p1: jail_get(0, jid=5)",
    ).calls
    assert differing(calls, 999999, set(), LANDED) == {4, 5}
    assert differing(calls, 999999, {4}, LANDED) == set()
