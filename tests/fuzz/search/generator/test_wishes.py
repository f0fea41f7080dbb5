"""Wish lists of generated programs."""

from dataclasses import replace
from random import Random

from jail_kernel.call import JailGet
from jaildiff.kernels.registry import NEW
from jaildiff.programs.commands.command import Op
from jaildiff.programs.commands.host_state import boot
from jaildiff.programs.json_form import program_from_json, program_to_json
from jaildiff.programs.op_language import parse, render, script_of
from jaildiff.search.generator.generate import generate
from jaildiff.search.generator.wishes import SIZES, WISHED, WISHED_SELDOM, wishful

MANY = 300
PROGRAMS = [generate(5, number, wishes=True) for number in range(MANY)]


def plain(call: Op) -> Op:
    """The call without its wish list."""
    return replace(call, want=(), plain=True) if isinstance(call, JailGet) else call


def lists(gets: list[JailGet]) -> list[JailGet]:
    """Those that have a list."""
    return [call for call in gets if call.want or not call.plain]


GETS = [call for some in PROGRAMS for call in some.calls if isinstance(call, JailGet)]


def test_all_else_is_as_it_is_without() -> None:
    """The programs of a seed are the same, call by call, but for the lists."""
    for number, some in enumerate(PROGRAMS):
        without = generate(5, number)
        assert (tuple(map(plain, some.calls)), some.jail_max) == (without.calls, without.jail_max)
        assert not lists([call for call in without.calls if isinstance(call, JailGet)])


def test_some_have_a_list() -> None:
    """Some jail_gets have one, on top of everything or alone, and of any length up to four."""
    found = lists(GETS)
    assert 0.05 < len(found) / len(GETS) < 0.3
    assert {call.plain for call in found} == {True, False}
    assert {len(call.want) for call in found} == set(range(5))


def test_every_name_and_size_occurs() -> None:
    """All names are asked for, and buffers of all sizes are given."""
    rng = Random(1)
    wishes = [wish for _ in range(MANY) for wish in wishful(JailGet(1, 0, ()), rng).want]
    assert {name for name, _ in wishes} == {*WISHED, *WISHED_SELDOM}
    assert {size for _, size in wishes} == set(SIZES)


def test_lists_are_answered_and_refused() -> None:
    """Lists come to be answered, and to be refused for a size and for an unknown name."""
    met = set()
    for some in PROGRAMS:
        k = boot(some)
        for call in some.calls:
            result = NEW.step(k, call)
            if isinstance(call, JailGet) and call.want:
                met.add((result.errno, result.errmsg))
    assert {(None, None), ("EINVAL", None), ("EINVAL", "unknown parameter: bogus")} <= met


def test_lists_can_be_written() -> None:
    """Every program reads back from its text and from its JSON form."""
    for some in PROGRAMS:
        assert parse(render(script_of(some)), "x").program == some
        assert program_from_json(program_to_json(some)) == some
