import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz.errors import InputError
from fuzz.judge import Judgement, judge
from fuzz.models import LEGACY, NEW
from fuzz.record import result_json, states_json
from fuzz.recorded import follow, recorded_model, row_of, what_is_malformed
from prison.call import Result
from prison.kernel import Kernel
from tests.programs import NESTED, REUSED, generated, program
from tests.recordings import entry, record

PROGRAM = program(*NESTED, *REUSED, "p1: jail_get(0, jid=5)")
RECORDED = record(LEGACY, PROGRAM)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 9) | st.sampled_from(["", "EPERM", "alive", "5"]),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=3), below),
    max_leaves=4,
)


def places(value: object) -> list[tuple[Any, ...]]:
    """The path to everything in a JSON value."""
    found: list[tuple[Any, ...]] = [()]
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, below in items:
        found += [(key, *path) for path in places(below)]
    return found


PLACES = places(RECORDED)[1:]


def judged(recorded: dict[str, Any]) -> Judgement | InputError:
    """What is said of a recording, or why nothing can be said."""
    try:
        return judge(entry(PROGRAM, recorded), "new")
    except InputError as error:
        return error


@given(st.sampled_from(PLACES), JSON)
def test_whatever_is_recorded_is_judged_or_refused(path: tuple[Any, ...], value: object) -> None:
    """Anything anywhere in a recording gives a judgement, or an error that names the place."""
    recorded = copy.deepcopy(RECORDED)
    holder: Any = recorded
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    said = judged(recorded)
    if isinstance(said, InputError):
        assert str(said).startswith("test.jsonl:1: ")
        assert "expected" in said.message
    else:
        assert json.dumps(said.json())


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("results", 0, "errno"), 5, "of op 0 errno"),
        (("results", 0, "ret"), None, "of op 0 errno"),
        (("states", 1), [[1]], "of op 1 states, each a list of 9"),
        (("states", 1), None, "of op 1 states"),
        (("procs", 2), {"x": [0, "running"]}, "of op 2 procs"),
        (("last", 3), [1], "of op 3 last, two numbers"),
        (("final",), [{}], 'as "final"'),
        (("cleanup",), 5, 'as "cleanup"'),
    ],
)
def test_what_is_malformed_is_named(path: tuple[Any, ...], value: object, message: str) -> None:
    """The op and what was expected there."""
    recorded = copy.deepcopy(RECORDED)
    holder: Any = recorded
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    wrong = what_is_malformed(recorded, len(PROGRAM.calls))
    assert wrong is not None
    assert message in wrong


def test_a_recorded_step_answers_and_is_as_recorded() -> None:
    """From the new model's state, each step of the old kernel is as the old kernel recorded it."""
    for found in generated(11, 40):
        recorded = record(LEGACY, found)
        parted = follow(NEW, found, recorded)
        if parted is None or parted.step == len(found.calls) or "panic_op" in recorded:
            continue
        k = Kernel(found.jail_max)
        for call in found.calls[: parted.step]:
            NEW.step(k, call)
        before = states_json(k)
        row = row_of(recorded, parted.step)
        call = found.calls[parted.step]
        result = recorded_model(row, call).step(k, call)
        assert (result_json(result), states_json(k)) == (row["result"], row["states"])
        k.rollback()
        assert states_json(k) == before


def test_a_counter_that_a_kernel_has_not_is_no_difference() -> None:
    """The old kernel has no lastdeadid, and is for that no other where nothing else differs."""
    found = program(*NESTED)
    assert follow(NEW, found, record(LEGACY, found)) is None


def test_an_unordered_list_is_taken_over_and_back() -> None:
    """The order of the jail list is part of the state."""
    found = program(*NESTED)
    recorded = record(NEW, found)
    recorded["states"][1].reverse()
    k = Kernel(found.jail_max)
    NEW.step(k, found.calls[0])
    model = recorded_model(row_of(recorded, 1), found.calls[1])
    assert model.step(k, found.calls[1]) == Result(None, 2)
    assert [pr.jid for pr in k.allprison] == [2, 1]
    k.rollback()
    assert [pr.jid for pr in k.allprison] == [1]
