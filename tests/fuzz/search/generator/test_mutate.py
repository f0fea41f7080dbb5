"""Changes and crossings of programs."""

from collections.abc import Callable
from random import Random

import pytest

from jail_kernel.call import Fork, Hold, JailSet
from jaildiff.programs.program import Program
from jaildiff.search.generator.generate import generate
from jaildiff.search.generator.mutate import LENGTH_MAX, MUTATIONS, Calls, cross, mutate, pids_of

PROGRAMS = [generate(3, number) for number in range(40)]


def test_a_seed_decides() -> None:
    """The same program and the same random numbers give the same change."""
    for program in PROGRAMS:
        assert mutate(program, Random(5)) == mutate(program, Random(5))


@pytest.mark.parametrize("mutation", dict.fromkeys(MUTATIONS))
def test_each_mutation_changes_something(mutation: Callable[[Calls, Random], Calls]) -> None:
    """Every mutation changes some program, and does not stumble over an empty one."""
    assert any(mutation(list(p.calls), Random(1)) != list(p.calls) for p in PROGRAMS)
    mutation([], Random(1))


def test_a_program_does_not_grow_for_ever() -> None:
    """However often a program is changed, its length has a bound."""
    rng = Random(2)
    program = PROGRAMS[0]
    for _ in range(400):
        program = mutate(program, rng)
    assert len(program.calls) <= LENGTH_MAX


def test_a_changed_call_works_out_its_parameters_anew() -> None:
    """What a call has worked out from its parameters is not carried over to the changed one."""
    call = JailSet(1, 1, (("persist", True),))
    call.memo["answer"] = 42
    changed = [mutate(Program("x", (call,)), Random(seed)).calls for seed in range(30)]
    assert all(
        "answer" not in c.memo
        for calls in changed
        for c in calls
        if c != call and isinstance(c, JailSet)
    )


def test_a_crossing_keeps_processes_apart() -> None:
    """What the second program forks and holds has names of its own."""
    one = Program("a", (Fork(1, 2), Hold(2, "r1")))
    for seed in range(20):
        calls = cross(one, one, Random(seed)).calls
        forked = [call.child for call in calls if isinstance(call, Fork)]
        held = [call.res for call in calls if isinstance(call, Hold)]
        assert len(set(forked)) == len(forked)
        assert len(set(held)) == len(held)
        assert set(forked) <= pids_of(calls)
