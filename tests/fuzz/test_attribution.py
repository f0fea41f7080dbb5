from collections.abc import Iterator
from functools import cache
from itertools import islice

from fuzz.attribution import causes, differing, needed
from fuzz.differ import diff
from fuzz.divergence import Divergence
from fuzz.program import Program
from tests.programs import ZOMBIE_5, generated, program, steps

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
DIVERGENT = 300


def divergent(seed: int) -> Iterator[tuple[Program, bool]]:
    """Generated programs that differ somewhere, and whether they have echoes."""
    for found in generated(seed, 10_000):
        met = list(steps(found))
        if met:
            yield found, not all(step.cases for step in met)


def hold_links(found: Program, divergences: tuple[Divergence, ...]) -> int:
    """Assert that every echo comes from its causes and nothing else; how many echoes there are."""

    @cache
    def left(healed: frozenset[int]) -> set[int]:
        return differing(found.calls, found.jail_max, set(healed))

    echoes = [d for d in divergences if d.kind == "echo"]
    for echo in echoes:
        causes = frozenset(echo.causes)
        assert causes, f"{found.id}: step {echo.step} comes from nowhere"
        assert echo.step in left(frozenset())
        assert echo.step not in left(causes)
        one_suffices = [echo.step not in left(frozenset({cause})) for cause in causes]
        if not all(one_suffices):
            assert not any(one_suffices)
            # All are healed but this one: the echo is back.
            assert all(echo.step in left(causes - {cause}) for cause in causes)
    return len(echoes)


def test_links_are_true() -> None:
    """Healing the causes of an echo makes it vanish, and none of them can be spared."""
    echoes = 0
    for found, has_echoes in islice(divergent(41), DIVERGENT):
        if not has_echoes:
            continue
        divergences = diff(found).divergences
        roots = {d.step for d in divergences if d.kind == "root"}
        assert all(set(d.causes) <= roots for d in divergences)
        echoes += hold_links(found, divergences)
    assert echoes > DIVERGENT / 2


def test_the_right_one_of_two_roots() -> None:
    """Of two independent roots an echo names that from which it comes."""
    found = {d.step: d.causes for d in diff(TWO_ROOTS).divergences}
    assert found[10] == (9,)
    assert found[11] == (8,)
    assert found[8] == found[9] == ()


def test_any_of_two_roots() -> None:
    """An echo that comes from both roots, each alone enough, names both."""
    found = diff(TWICE).divergences
    assert [(d.step, d.kind, d.causes) for d in found] == [
        (3, "root", ()),
        (4, "root", ()),
        (5, "echo", (3, 4)),
    ]
    assert differing(TWICE.calls, TWICE.jail_max, {3}) >= {5}
    assert differing(TWICE.calls, TWICE.jail_max, {4}) >= {5}
    assert needed(TWICE.calls, TWICE.jail_max, (3, 4), 5) == (3, 4)


def test_roots_behind_an_echo() -> None:
    """What comes later is no cause."""
    calls = (*TWICE.calls, TWICE.calls[3])
    assert causes(calls, TWICE.jail_max, [3, 4, 6], [5]) == {5: (3, 4)}


def test_needed_drops_what_can_be_spared() -> None:
    """Of a set of roots only those are kept without whose healing the echo is still there."""
    assert needed(TWO_ROOTS.calls, TWO_ROOTS.jail_max, (8, 9), 11) == (8,)


def test_no_cause() -> None:
    """A difference that stays though all roots are healed comes from none of them."""
    assert needed(TWO_ROOTS.calls, TWO_ROOTS.jail_max, (9,), 11) == ()
    assert causes(TWO_ROOTS.calls, TWO_ROOTS.jail_max, [9], [11]) == {11: ()}


def test_differing() -> None:
    """The steps that differ, with some healed; a healed step can still be an echo."""
    assert differing(TWICE.calls, TWICE.jail_max, set()) == {3, 4, 5}
    assert differing(TWICE.calls, TWICE.jail_max, {3, 4}) == set()


def test_differing_ends_with_a_panic() -> None:
    """Behind a panic nothing is called any more."""
    calls = program(
        *ZOMBIE_5,
        "p1: jail_set(UPDATE|DYING, jid=5)",
        'p1: jail_set(CREATE, name="a.x", persist)',
        "p1: jail_get(0, jid=5)",
    ).calls
    assert differing(calls, 999999, set()) == {4, 5}
    assert differing(calls, 999999, {4}) == set()
