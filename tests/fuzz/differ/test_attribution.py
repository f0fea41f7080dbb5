from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import chain, combinations

import pytest

from jail_kernel.state import JAIL_MAX
from jaildiff.differ import attribution
from jaildiff.differ.attribution import (
    FEW,
    Attribution,
    Budget,
    BudgetSpentError,
    alone,
    behind,
    is_alike,
    needed,
)
from jaildiff.differ.comparison import LANDED, Comparison
from jaildiff.differ.counterfactual import Point
from jaildiff.differ.diff import diff
from jaildiff.differ.steps.lockstep import Lockstep
from jaildiff.kernels.registry import NEW
from jaildiff.programs.program import Program
from tests.deltas import ALL, without
from tests.fuzz.differ.test_counterfactual import differing
from tests.programs import TWICE, ZOMBIE_5, generated, program

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


# What a restarted service does: its jail is created while the last one is dying, used, and removed.
RESTART = (
    "p1: fork() = p{0}",
    'p{0}: jail_set(CREATE|ATTACH, jid=5, name="www")',
    "p{0}: hold(r{0})",
    "p{0}: exit()",
    'p1: jail_set(CREATE, jid=5, name="www", persist)',
    'p1: jail_get(0, name="www")',
    "drop(r{0})",
    "p1: jail_remove(5)",
)


def restarts(number: int) -> Program:
    """A service that is restarted so many times."""
    return program(*(line.format(pid) for pid in range(2, 2 + number) for line in RESTART))


def attribution_of(some: Program, comparison: Comparison = LANDED) -> Attribution:
    """The attribution of a program, from its start."""
    return Attribution(some, Lockstep(some.jail_max, comparison, some.setup))


def causes(
    some: Program, roots: list[int], echoes: list[int], comparison: Comparison = LANDED
) -> dict[int, tuple[int, ...] | None]:
    """The roots that cause each echo."""
    return attribution_of(some, comparison).causes(roots, echoes)


def met(found: Program) -> tuple[list[int], list[int]]:
    """The roots of a program, and its echoes."""
    judged = diff(found, LANDED).divergences
    roots = [d.step for d in judged if d.kind == "root"]
    return roots, [d.step for d in judged if d.kind == "echo"]


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


def test_neighbours_are_tried_together() -> None:
    """Of many roots those that suffice alone are found with few tries, wherever they are."""
    tries = []

    def vanishes(healed: Iterable[int]) -> bool:
        tries.append(healed)
        return not {37, 800}.isdisjoint(healed)

    assert alone(range(1000), vanishes) == {37, 800}
    assert len(tries) < 100


@pytest.mark.parametrize("number", [FEW, FEW + 1])
def test_few_are_tried_one_by_one(number: int) -> None:
    """A root that suffices only without its neighbours is found among few, and not among many."""
    found = alone(range(number), lambda healed: set(healed) == {3})
    assert found == ({3} if number == FEW else set())


def test_many_can_be_spared_at_once() -> None:
    """Of a thousand roots the two that are needed are left after few tries."""
    tries = []

    def vanishes(healed: Iterable[int]) -> bool:
        tries.append(healed)
        return {37, 800} <= set(healed)

    assert needed(range(1000), vanishes) == [37, 800]
    assert len(tries) < 200


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


def test_roots_behind_an_echo() -> None:
    """What comes later is no cause."""
    calls = (*TWICE.calls, TWICE.calls[3])
    assert causes(replace(TWICE, calls=calls), [3, 4, 6], [5]) == {5: (3, 4)}


def test_an_echo_over_which_a_kernel_would_panic() -> None:
    """Where the kernels would differ from one state, too, since one of them would panic over a jail
    that is alive with nothing to keep it up, the echo still names the step that it comes from.
    """
    some = program(
        *ZOMBIE_5,
        "p1: fork() = p3",
        "p3: jail_set(CREATE|ATTACH, jid=1)",
        "p3: hold(s)",
        "p3: exit()",
        "p1: fork() = p4",
        "p4: jail_set(CREATE|UPDATE|ATTACH, jid=1)",
        "p1: jail_set(UPDATE|DYING, jid=5)",
        'p4: jail_set(CREATE|ATTACH, jid=1, name="a.b")',
    )
    *_, echo = diff(some, LANDED).divergences
    assert (echo.step, echo.kind, echo.causes, echo.rule) == (11, "echo", (9,), "dying-jid-reused")
    assert causes(some, [9, 10], [11]) == {11: ()}


def test_no_cause() -> None:
    """A difference that stays though all roots are healed comes from none of them."""
    assert causes(TWO_ROOTS, [9], [11]) == {11: ()}


def test_causes_of_nothing() -> None:
    """A program without echoes has no links."""
    assert causes(TWICE, [3, 4], []) == {}


def test_another_pair() -> None:
    """What is healed, and what it is healed by, are the models of the pair."""
    pair = Comparison(NEW, without(ALL))
    assert causes(TWO_ROOTS, [8, 9], [10, 11], pair) == {
        10: (9,),
        11: (8,),
    }


# STRETCHES


def test_a_restart_is_a_stretch() -> None:
    """Of many roots only those count that came since the kernels were last in the same state."""
    some = restarts(FEW + 1)
    roots, echoes = met(some)
    assert roots == [*range(4, len(some.calls), len(RESTART))]
    assert echoes == [step + more for step in roots for more in (1, 2, 3)]
    _, *found = attribution_of(some).stretches(roots, echoes)
    assert [s.start.step for s in found] == roots
    assert [s.roots for s in found] == [[root] for root in roots]
    expected = {echo: (max(root for root in roots if root < echo),) for echo in echoes}
    assert causes(some, roots, echoes) == expected


def test_few_roots_are_one_stretch() -> None:
    """Up to a number of roots each is tried, also across states that are the same."""
    some = restarts(FEW)
    before, stretch = attribution_of(some).stretches(*met(some))
    assert (before.start.step, before.roots, before.echoes) == (0, [], [])
    assert (stretch.start.step, stretch.roots, stretch.echoes) == (4, *met(some))


def test_echoes_can_be_asked_about_one_after_the_other() -> None:
    """With the roots up to each, the causes are the same as if all are asked about at once."""
    for some in generated(37, 150):
        roots, echoes = met(some)
        if len(roots) > FEW:
            continue
        one_by_one = attribution_of(some)
        for echo, expected in causes(some, roots, echoes).items():
            before = [root for root in roots if root < echo]
            assert one_by_one.causes(before, [echo]) == {echo: expected}


def test_it_may_begin_at_the_first_root() -> None:
    """Before that the kernels take all calls alike."""
    some = restarts(3)
    roots, echoes = met(some)
    start = Lockstep(some.jail_max, LANDED, some.setup)
    for call in some.calls[: roots[0]]:
        start.follow(call)
    assert Attribution(some, start).causes(roots, echoes) == causes(some, roots, echoes)


def test_calls_made_for_restarts_grow_with_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten times as many restarts take ten times as many calls to attribute their echoes."""
    spent = []
    spend = Budget.spend

    def count(budget: Budget, calls: int) -> None:
        spent.append(calls)
        spend(budget, calls)

    monkeypatch.setattr(Budget, "spend", count)
    totals = []
    for number in (30, 300):
        roots, echoes = met(restarts(number))
        spent.clear()
        found = causes(restarts(number), roots, echoes)
        assert all(found.values())
        totals.append(sum(spent))
    assert totals[1] <= 11 * totals[0]


def test_alike_but_for_a_counter() -> None:
    """The counter of dying jails is no difference to a kernel that has none, all else is."""
    lockstep = Lockstep(JAIL_MAX, LANDED)
    for call in restarts(1).calls:
        lockstep.step(call)
    assert lockstep.diverged
    assert lockstep.old.lastdeadid != lockstep.new.lastdeadid
    assert is_alike(Point(0, lockstep), LANDED)
    assert not is_alike(Point(0, lockstep), Comparison(NEW, NEW))
    lockstep.old.prison0.ref += 1
    assert not is_alike(Point(0, lockstep), LANDED)


def test_a_broken_kernel_is_like_no_other() -> None:
    """Lists that lead nowhere end no attribution."""
    lockstep = Lockstep(JAIL_MAX, LANDED)
    for call in program("p1: fork() = p2", "p2: jail_set(CREATE|ATTACH)").calls:
        lockstep.step(call)
    lockstep.part()
    lockstep.old.unlink(lockstep.old.allprison[0])
    assert not is_alike(Point(0, lockstep), LANDED)


# THE BUDGET


def test_budget() -> None:
    """It can be spent to the last call."""
    budget = Budget(3)
    budget.spend(3)
    with pytest.raises(BudgetSpentError):
        budget.spend(1)


def test_not_attributed_within_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes too many calls is told apart from what comes from no root."""
    monkeypatch.setattr(attribution, "BUDGET", 20)
    monkeypatch.setattr(attribution, "BUDGET_PER_CALL", 0)
    found = causes(restarts(9), *met(restarts(9)))
    assert found[5] == (4,)
    assert found[71] is None


def test_an_echo_that_is_not_attributed(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has the verdict of the gravest root before it, and says that it may be another's."""
    (before,) = (d for d in diff(restarts(1), LANDED).divergences if d.step == 5)
    monkeypatch.setattr(attribution, "BUDGET", 0)
    monkeypatch.setattr(attribution, "BUDGET_PER_CALL", 0)
    (found,) = (d for d in diff(restarts(1), LANDED).divergences if d.step == 5)
    assert (found.attributed, found.causes) == (False, ())
    assert (found.verdict, found.fingerprint) == (before.verdict, before.fingerprint)
    assert found.why.startswith("Not attributed within the budget")


def test_a_stretch_tells_what_the_whole_program_would() -> None:
    """A run from a root on sees what a run from the start sees."""
    for found in generated(31, 150):
        for stretch in attribution_of(found).stretches(*met(found)):
            for root in stretch.roots if stretch.echoes else ():
                whole = differing(found, {root})
                for echo in stretch.echoes:
                    stays = stretch.stays(echo, frozenset({root}), Budget(10**6))
                    assert echo < root or stays == (echo in whole)
