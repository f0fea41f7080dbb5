from collections import Counter
from pathlib import Path
from random import Random
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jail_kernel.call import Call, JailGet, JailSet
from jaildiff.differ.comparison import LANDED
from jaildiff.differ.steps.lockstep import Lockstep
from jaildiff.programs.json_form import program_from_json, program_to_json
from jaildiff.programs.op_language import Line, Script, parse, render
from jaildiff.programs.program import Program
from jaildiff.search.generator.generate import OPS, PARAMS
from jaildiff.search.generator.vocabulary import FLAGS, HOT_JIDS, NAMES
from jaildiff.search.libfuzzer.decode import JAIL_MAXES, TABLE, decode, decode_bytes
from tests.programs import BY_DESCRIPTOR

CORPUS = sorted((Path(__file__).parents[4] / "corpus").rglob("*.jd"))
LENGTH = 300

BROKEN = (
    b"jaildiff 2\n",
    b"jaildiff 1\np1: jail_sit()\n",
    b"jaildiff 1\np1: exit()\n\xff",
    b"p1: exit()\njaildiff 1\n",
)


def sample() -> list[Program]:
    """Programs from random bytes, always the same."""
    rng = Random(0)
    return [decode(rng.randbytes(LENGTH)) for _ in range(200)]


@given(st.binary())
def test_every_byte_string_is_a_program(data: bytes) -> None:
    """Decoding never fails, and what it gives can be written down and read again."""
    program = decode(data)
    assert program_from_json(program_to_json(program)) == program
    script = Script(program.id, program.jail_max, lines=tuple(map(Line, program.calls)))
    assert parse(render(script), "again").program == program


@given(st.binary(max_size=LENGTH))
def test_the_same_bytes_are_the_same_program(data: bytes) -> None:
    """Nothing is kept between calls, and the calls are made anew."""
    one, other = decode(data), decode(data)
    assert one == other
    for call, again in zip(one.calls, other.calls, strict=True):
        assert not isinstance(call, JailSet) or call is not again


@given(st.binary(max_size=LENGTH), st.binary(max_size=LENGTH))
def test_more_bytes_are_more_ops(data: bytes, more: bytes) -> None:
    """What is appended leaves all but the last op alone, so that an engine can build on it."""
    short, long = decode_bytes(data), decode_bytes(data + more)
    kept = short.calls[: max(len(short.calls) - 8, 0)]  # No op makes more than 8 calls.
    assert long.calls[: len(kept)] == kept


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_a_text_is_the_program_that_it_spells(path: Path) -> None:
    """A corpus file is a seed: comments, expectations and all."""
    data = path.read_bytes()
    written = parse(data.decode(), path.name).program
    assert (decode(data).calls, decode(data).jail_max) == (written.calls, written.jail_max)


@pytest.mark.parametrize("data", BROKEN)
def test_a_broken_text_is_only_bytes(data: bytes) -> None:
    """What is no text of the op language is decoded like any other bytes."""
    assert decode(data) == decode_bytes(data)


def test_every_kind_of_op_is_reachable() -> None:
    """Random bytes make calls of every kind, in kernels of every size."""
    programs = sample()
    assert {type(call) for program in programs for call in program.calls} == {
        *get_args(Call)
    } - BY_DESCRIPTOR
    assert {program.jail_max for program in programs} == {*JAIL_MAXES}
    assert {*OPS} < {*TABLE}


def test_wish_lists_are_reachable() -> None:
    """Random bytes ask for everything, for a list on top of it, and for a list alone."""
    gets = [c for p in sample() for c in p.calls if isinstance(c, JailGet)]
    assert {(bool(get.want), get.plain) for get in gets} >= {
        (False, True),
        (True, True),
        (True, False),
    }


def test_every_hot_value_is_reachable() -> None:
    """Random bytes name every flag word, parameter, hot jid and hot name of the generator."""
    calls = [c for p in sample() for c in p.calls if isinstance(c, JailSet)]
    params = {(name, value) for call in calls for name, value in call.params}
    assert {*FLAGS} <= {call.flags for call in calls}
    assert {("jid", jid) for jid in HOT_JIDS} <= params
    assert {("name", name) for name in NAMES} <= params
    assert len({name for name, _ in params}) >= len(PARAMS)


def test_random_bytes_go_deep() -> None:
    """One program in ten, at least, comes from random bytes to where the kernels differ."""
    counts: Counter[bool] = Counter()
    for program in sample():
        lockstep = Lockstep(program.jail_max, LANDED, program.setup)
        for call in program.calls:
            lockstep.step(call)
            if lockstep.panicked:
                break
        counts[lockstep.diverged] += 1
    assert counts[True] >= counts.total() / 10
