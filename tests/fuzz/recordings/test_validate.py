import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jaildiff.differ.comparison import LANDED
from jaildiff.kernels.registry import LEGACY
from jaildiff.recordings.judge_program import Judgement, judge
from jaildiff.recordings.validate import not_compared, what_is_malformed
from jaildiff.support.errors import InputError
from tests.programs import NESTED, REUSED, program
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
        return judge(entry(PROGRAM, recorded), "new", LANDED)
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
        (("results", 0), {"errno": "EPERM"}, "of op 0 errno"),
        (("states", 1), [[1]], "of op 1 states, each a list of 9"),
        (("states", 1), None, "of op 1 states"),
        (("procs", 2), {"x": [0, "running"]}, "of op 2 procs"),
        (("last", 3), [1], "of op 3 last, two numbers"),
        (("final",), [{}], 'as "final"'),
        (("cleanup",), 5, 'as "cleanup"'),
        (("cleanup",), "\ud800", 'as "cleanup"'),
        (("results", 0, "errmsg"), "\ud800", "of op 0 errno"),
        (("results", -1, "values", "path"), "\ud800", f"of op {len(PROGRAM.calls) - 1} errno"),
        (("states", 1, 0, 1), "\ud800", "of op 1 states"),
        (("final", 1, "name"), "\ud800", 'as "final"'),
    ],
)
def test_what_is_malformed_is_named(path: tuple[Any, ...], value: object, message: str) -> None:
    """The op and what was expected there."""
    recorded = copy.deepcopy(RECORDED)
    holder: Any = recorded
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    wrong = what_is_malformed(recorded, PROGRAM.calls)
    assert wrong is not None
    assert message in wrong


LIST = program(*NESTED, "p1: jail_get(0, jid=1, only ip4.addr, path:0, name)")


@pytest.mark.parametrize(
    ("values", "malformed"),
    [
        ({"ip4.addr": ["10.0.0.1"], "path": 2, "name": "a"}, False),
        ({"ip4.addr": 1, "path": "/", "name": None}, False),
        ({"name": "a"}, False),
        ({"ip4.addr": ["::1"]}, True),
        ({"path": ["10.0.0.1"]}, True),
        ({"name": "\ud800"}, True),
        ({"name": {}}, True),
        ([], True),
    ],
)
def test_what_comes_back_for_a_wish_list(values: object, *, malformed: bool) -> None:
    """A value, the length of one, or addresses where there can be some."""
    recorded = record(LEGACY, LIST)
    recorded["results"][-1]["values"] = values
    assert (what_is_malformed(recorded, LIST.calls) is not None) is malformed


def test_a_wish_list_hides_no_parameter() -> None:
    """What is read by a list does not say which parameters a recording has."""
    assert not_compared(record(LEGACY, LIST), LIST.calls) == set()


def test_a_byte_that_is_no_utf_8_is_text() -> None:
    """As a surrogate of its own it can be recorded, and differs from what is due."""
    recorded = copy.deepcopy(RECORDED)
    recorded["results"][0]["errmsg"] = "\udcff"
    said = judged(recorded)
    assert isinstance(said, Judgement)
    assert said.step == 0


def test_what_has_no_counterpart_is_known() -> None:
    """The parameters that only the recording has, or only the models."""
    recorded = copy.deepcopy(RECORDED)
    assert not_compared(recorded, PROGRAM.calls) == set()
    recorded["results"][-1]["values"]["allow.extattr"] = False
    del recorded["final"][0]["osrelease"]
    assert not_compared(recorded, PROGRAM.calls) == {"allow.extattr", "osrelease"}


def test_what_a_later_kernel_has_is_compared() -> None:
    """A permission of its own is missing only where the recording lacks it."""
    recorded = copy.deepcopy(RECORDED)
    recorded["results"][-1]["values"]["allow.extattr"] = False
    for values in recorded["final"]:
        values["allow.extattr"] = False
    assert not_compared(recorded, PROGRAM.calls, {"allow.extattr"}) == set()
    del recorded["final"][0]["allow.extattr"]
    assert not_compared(recorded, PROGRAM.calls, {"allow.extattr"}) == {"allow.extattr"}
