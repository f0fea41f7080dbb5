from collections.abc import Callable
from dataclasses import replace

import pytest

from jail_kernel.call import JailGet, JailRemove, JailSet
from jaildiff.differ.comparison import LANDED
from jaildiff.findings import baseline
from jaildiff.programs.commands.command import Op, Setup
from jaildiff.programs.op_language import call_text
from jaildiff.programs.program import Program
from jaildiff.search.hunt.hunt import Hunt, shows
from jaildiff.search.shrink.shrink import (
    drop_runs,
    drop_spare,
    one_by_one,
    one_less,
    reduce,
    simpler_calls,
)
from tests.programs import REUSED, ZOMBIE_5, generated, program

Shows = Callable[[Program], bool]


def texts(calls: list[Op] | tuple[Op, ...]) -> list[str]:
    return [call_text(call) for call in calls]


def found_in(seed: int, runs: int) -> list[tuple[Program, Shows]]:
    """Programs with what they were kept for."""
    hunt = Hunt(baseline.load(None, LANDED), LANDED)
    for some in generated(seed, runs):
        hunt.try_program(some)
    return [(hunt.witnesses[key], shows(hunt.findings[key], LANDED)) for key in hunt.findings]


def test_reduced_programs_are_minimal() -> None:
    """What is left still shows it, and no call, parameter or flag of it can go."""
    kept = found_in(67, 150)
    assert len(kept) > 5
    for some, show in kept:
        reduced = reduce(some, show)
        assert show(reduced)
        assert (reduced.jail_max, reduced.id) == (some.jail_max, some.id)
        assert len(reduced.calls) <= len(some.calls)
        assert [texts(less().calls) for less in one_less(reduced) if show(less())] == []


def test_reduce() -> None:
    """Of a story with much around it the calls are left that matter, with plain names."""
    lines = (
        'p1: jail_set(CREATE, name="b", persist)',
        *ZOMBIE_5,
        "p1: jail_get(DYING, lastjid=0)",
        'p1: jail_set(CREATE|DYING, jid=5, name="x", persist, securelevel=2)',
        "p1: jail_remove(1)",
    )

    def reuses(some: Program) -> bool:
        hunt = Hunt(baseline.load(None, LANDED), LANDED)
        hunt.try_program(some)
        return any(f.rule == "dying-jid-reused" for f in hunt.findings.values())

    assert texts(reduce(program(*lines), reuses).calls) == [
        "p1: fork() = p2",
        "p2: jail_set(CREATE|ATTACH)",
        "p2: hold(r1)",
        "p2: exit()",
        "p1: jail_set(CREATE, jid=1, persist)",
    ]


def test_plain_names_end() -> None:
    """Two names that both matter are not swapped for ever."""

    def two_names(some: Program) -> bool:
        named = {dict(c.params).get("name") for c in some.calls if isinstance(c, JailSet)}
        return len(named - {None}) > 1

    lines = ('p1: jail_set(CREATE, name="web")', 'p1: jail_set(CREATE, name="a")')
    assert len(reduce(program(*lines), two_names).calls) == 2


def test_never_asked_about_nothing() -> None:
    """A program without calls is never tried."""

    def show(some: Program) -> bool:
        assert some.calls
        return True

    assert len(reduce(program(*REUSED), show).calls) == 1


REMOVALS = program(*(f"p1: jail_remove({jid})" for jid in range(1, 10)))


@pytest.mark.parametrize("needed", [{0}, {4}, {0, 4}, {1, 2}, {0, 1, 2, 3, 4, 5, 6, 7, 8}])
def test_drop_runs(needed: set[int]) -> None:
    """Whatever is needed is left, wherever it stands."""
    calls = REMOVALS.calls

    def show(some: Program) -> bool:
        return all(calls[index] in some.calls for index in needed)

    assert drop_runs(REMOVALS, show).calls == tuple(calls[index] for index in sorted(needed))


def test_drop_runs_together() -> None:
    """Calls that can only go in pairs go if they stand side by side."""
    eight = replace(REMOVALS, calls=REMOVALS.calls[:8])
    assert len(drop_runs(eight, lambda some: len(some.calls) % 2 == 0).calls) == 2


@pytest.mark.parametrize(
    ("spare", "left"), [([{0, 1}, {0}], 7), ([{0, 8}, {0}], 8), ([{8}, set()], 9), ([], 9)]
)
def test_drop_spare(spare: list[set[int]], left: int) -> None:
    """Of some sets of steps the first that can go goes, and at most that one."""
    last = REMOVALS.calls[-1]
    assert len(drop_spare(REMOVALS, lambda some: last in some.calls, spare).calls) == left


def test_never_all_is_spared() -> None:
    """A program without calls is not tried."""
    assert drop_spare(REMOVALS, lambda _: True, [{*range(9)}]) is REMOVALS


def test_one_by_one() -> None:
    """Parameters and flags that do not matter go, one by one."""
    some = program('p1: jail_set(CREATE|UPDATE|DYING, jid=5, name="a", persist)')

    def show(some: Program) -> bool:
        (call,) = some.calls
        return isinstance(call, JailSet) and ("jid", 5) in call.params and bool(call.flags & 1)

    assert texts(one_by_one(some, show).calls) == ["p1: jail_set(CREATE, jid=5)"]


def test_what_can_go_only_later_goes() -> None:
    """A round follows until one changes nothing: here the last call keeps the first."""

    def show(some: Program) -> bool:
        jids = [call.jid for call in some.calls if isinstance(call, JailRemove)]
        return 5 in jids and (1 in jids or 9 not in jids)

    assert texts(one_by_one(REMOVALS, show).calls) == ["p1: jail_remove(5)"]


def test_one_less() -> None:
    """A call, a parameter or a flag less, call by call, and never no call at all."""
    some = program("p1: jail_set(CREATE, persist)", "p1: jail_remove(1)")
    assert [texts(less().calls) for less in one_less(some)] == [
        ["p1: jail_remove(1)"],
        ["p1: jail_set(CREATE)", "p1: jail_remove(1)"],
        ["p1: jail_set(0, persist)", "p1: jail_remove(1)"],
        ["p1: jail_set(CREATE, persist)"],
    ]
    assert list(one_less(program("p1: jail_remove(1)"))) == []


def test_less_of_the_setup() -> None:
    """So is an item of the setup."""
    setup = Setup(dirs=("/a", "/b"))
    some = replace(program("p1: jail_remove(1)"), setup=setup)
    assert [less().setup.dirs for less in one_less(some)] == [("/b",), ("/a",)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "p1: jail_set(CREATE|0x300, jid=5, persist)",
            [
                "p1: jail_set(CREATE|0x300, persist)",
                "p1: jail_set(CREATE|0x300, jid=5)",
                "p1: jail_set(0x300, jid=5, persist)",
                "p1: jail_set(CREATE|0x200, jid=5, persist)",
                "p1: jail_set(CREATE|0x100, jid=5, persist)",
            ],
        ),
        ("p1: jail_get(DYING, jid=5)", ["p1: jail_get(0, jid=5)"]),
        ("p1: jail_get(0, jid=5)", []),
        (
            "p1: jail_get(DYING, jid=5, only path:16, name)",
            [
                "p1: jail_get(0, jid=5, only path:16, name)",
                "p1: jail_get(DYING, jid=5, only name)",
                "p1: jail_get(DYING, jid=5, only path:16)",
            ],
        ),
        ("p1: jail_get(0, jid=5, want meta)", ["p1: jail_get(0, jid=5)"]),
        ("p1: jail_get(0, jid=5, only)", []),
        ("p1: jail_remove(5)", []),
        ("p1: jail_set(0)", []),
    ],
)
def test_simpler_calls(line: str, expected: list[str]) -> None:
    """A simpler call has one parameter, one wish or one flag less."""
    (call,) = program(line).calls
    assert texts(simpler_calls(call)) == expected


def test_simpler_calls_are_other_calls() -> None:
    """A call never counts as simpler than itself: simplifying ends."""
    for some in generated(71, 50):
        for call in some.calls:
            assert call not in simpler_calls(call)
            if isinstance(call, JailSet | JailGet) and call.flags:
                assert simpler_calls(call)
