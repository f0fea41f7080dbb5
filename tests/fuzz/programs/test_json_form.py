import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jail_kernel.call import JAIL_ATTACH, JAIL_CREATE, Exit, JailGet, JailSet, Malformed, Poke
from jaildiff.programs.json_form import (
    _OPS,
    call_from_json,
    call_to_json,
    program_from_json,
    program_to_json,
)
from jaildiff.programs.program import FLAGS, ITEMS_MAX, OP_NAMES, OPS_MAX, Program
from jaildiff.support.errors import InputError
from jaildiff.support.json_lines import NESTING_MAX

EXIT = {"op": "exit", "pid": 1}
SET = {"op": "jail_set", "pid": 1, "flags": [], "params": {}}
GET = {"op": "jail_get", "pid": 1, "flags": [], "by": {}}

FIELDS = sorted({name for _, readers in _OPS.values() for name in readers})
WORDS = st.sampled_from(["op", "name", "lastjid", *_OPS, *FLAGS, *FIELDS])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | WORDS | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)


def test_every_op_has_its_form() -> None:
    """What has a name can be read by it, and nothing else can, in the same order."""
    assert list(OP_NAMES.values()) == list(_OPS)


def set_with(**fields: object) -> dict[str, object]:
    return SET | fields


def test_parameters_keep_order_and_type() -> None:
    """Every kind of parameter value arrives, in the order of the object."""
    params = {"z": True, "a": None, "no": False, "n": 2**70, "s": "x\0", "l": ["1", "2"], "e": []}
    call = call_from_json(set_with(params=params))
    assert isinstance(call, JailSet)
    assert call.params == (
        ("z", True),
        ("a", None),
        ("no", False),
        ("n", 2**70),
        ("s", "x\0"),
        ("l", ("1", "2")),
        ("e", ()),
    )
    assert json.dumps(call_to_json(call)) == json.dumps(set_with(params=params))


@pytest.mark.parametrize(
    ("written", "flags", "canonical"),
    [
        ([], 0, []),
        (["create", "attach"], JAIL_CREATE | JAIL_ATTACH, ["create", "attach"]),
        ([16, "create"], 0x11, ["create", "use_desc"]),
        (["own_desc", 256, "get_desc"], 0x1C0, ["get_desc", "own_desc", 256]),
        (["update", -2147483648], 0x02 - 0x80000000, ["update", -2147483648]),
        (0x0F, 0x0F, ["create", "update", "attach", "dying"]),
        ([1, "create", 1], 0x01, ["create"]),
    ],
)
def test_flags_are_names_and_raw_bits(written: object, flags: int, canonical: object) -> None:
    """Flags are OR-ed together; they are written as names and one number."""
    call = call_from_json(set_with(flags=written))
    assert call == JailSet(1, flags, ())
    assert call_to_json(call) == set_with(flags=canonical)


def test_jail_get_may_have_no_key_or_several() -> None:
    """The keys of jail_get arrive in their order, however many there are."""
    by: dict[str, int | str] = {"name": "a", "jid": 3, "lastjid": -1}
    assert call_from_json(GET) == JailGet(1, 0, ())
    assert call_from_json(GET | {"by": by}) == JailGet(1, 0, tuple(by.items()))


WISHES = (("meta", None), ("path", 16), ("ip4.addr", 0))


def test_wish_list_of_a_jail_get() -> None:
    """`want` comes on top of what is always read, `only` is all that is read."""
    written = ["meta", ["path", 16], ["ip4.addr", 0]]
    want, only = GET | {"want": written}, GET | {"only": written}
    assert call_from_json(want) == JailGet(1, 0, (), WISHES)
    assert call_from_json(only) == JailGet(1, 0, (), WISHES, plain=False)
    assert [call_to_json(call_from_json(op)) for op in (want, only)] == [want, only]


def test_empty_wish_list() -> None:
    """To want nothing is to want what is always read; to want only nothing is not."""
    assert call_to_json(call_from_json(GET | {"want": []})) == GET
    assert call_from_json(GET | {"only": []}) == JailGet(1, 0, (), (), plain=False)
    assert call_to_json(JailGet(1, 0, (), (), plain=False)) == GET | {"only": []}


def test_poke_may_name_one_counter() -> None:
    """A poke needs one of the counters, not both."""
    assert call_from_json({"op": "poke", "lastdeadid": 7}) == Poke(None, 7)
    assert call_from_json({"op": "poke", "lastdeadid": 7, "lastprid": 8}) == Poke(8, 7)
    assert call_to_json(Poke(8)) == {"op": "poke", "lastprid": 8}


@pytest.mark.parametrize(
    "op",
    [
        None,
        3,
        "exit",
        [],
        {},
        {"op": "nonsense"},
        {"op": ["exit"]},
        {"op": None},
        {"pid": 1},
        {"op": "exit"},
        EXIT | {"jid": 1},
        EXIT | {"pid": True},
        EXIT | {"pid": 1.0},
        EXIT | {"pid": "1"},
        EXIT | {"pid": None},
        EXIT | {"pid": 1 << 4097},
        {"op": "hold", "pid": 1, "res": 1},
        {"op": "drop", "res": "\ud800"},
        {"op": "poke"},
        GET | {"want": [], "only": []},
        GET | {"want": "path"},
        GET | {"want": {"path": 16}},
        GET | {"only": [["path"]]},
        GET | {"only": [["path", None]]},
        GET | {"only": [["path", -1]]},
        GET | {"only": [["path", True]]},
        GET | {"only": [[16, "path"]]},
        GET | {"only": ["\ud800"]},
        {"op": "poke", "lastprid": None},
        {"op": "poke", "lastprid": 1, "x": 2},
        set_with(flags=None),
        set_with(flags="create"),
        set_with(flags=["destroy"]),
        set_with(flags=[True]),
        set_with(flags=True),
        set_with(flags=[["create"]]),
        set_with(params=[]),
        set_with(params={"a": 1.5}),
        set_with(params={"a": {}}),
        set_with(params={"a": [1]}),
        set_with(params={"a": [["x"]]}),
        set_with(params={"a": [None]}),
        set_with(params={"\udfff\ud800": 1}),
        GET | {"by": None},
        GET | {"by": {"path": "/"}},
        GET | {"by": {"jid": "1"}},
        GET | {"by": {"name": 1}},
        GET | {"by": {"lastjid": True}},
        GET | {"params": {}},
    ],
)
def test_what_the_recorder_refuses_is_malformed(op: object) -> None:
    """A wrong, missing or additional field makes the op Malformed, and JSON brings it back."""
    call = call_from_json(op)
    assert call == Malformed(json.dumps(op))
    assert call_to_json(call) == op


@given(JSON)
def test_any_json_is_a_call(op: object) -> None:
    """Every JSON value is a call, and writing and reading that call changes nothing."""
    call = call_from_json(op)
    assert call_from_json(json.loads(json.dumps(call_to_json(call)))) == call


def test_bottomless_values_are_refused() -> None:
    """An op whose values nest too deep for json to write it is no op at all."""
    deep: list[object] = []
    for _ in range(NESTING_MAX):
        deep = [deep]
    with pytest.raises(InputError, match=r"^expected values nested at most 100 deep, found"):
        call_from_json(deep)
    assert isinstance(call_from_json(deep[0]), Malformed)


@pytest.mark.parametrize(
    ("ops", "message"),
    [
        ([EXIT] * (OPS_MAX + 1), "expected at most 100000 ops, found 100001"),
        (
            [EXIT, SET | {"params": dict.fromkeys(map(str, range(ITEMS_MAX + 1)))}],
            "op 1: expected at most 10000 parameters, found 10001",
        ),
        (
            [SET | {"params": {"ip4.addr": ["10.0.0.1"] * (ITEMS_MAX + 1)}}],
            "op 0: expected at most 10000 texts in a list, found 10001",
        ),
    ],
    ids=["ops", "parameters", "a list"],
)
def test_a_program_is_no_larger_than_anybody_needs(ops: list[object], message: str) -> None:
    """Ops, parameters and lists have limits, which the error names with the op."""
    with pytest.raises(InputError) as caught:
        program_from_json({"format": 1, "id": "p", "ops": ops})
    assert str(caught.value) == message


def test_the_limits_themselves_are_allowed() -> None:
    """A program of as many ops, with as many parameters and texts, is one."""
    params: dict[str, object] = dict.fromkeys(map(str, range(ITEMS_MAX)))
    program = program_from_json({"format": 1, "id": "p", "ops": [SET | {"params": params}]})
    assert isinstance(program.calls[0], JailSet)
    params = {"ip4.addr": ["10.0.0.1"] * ITEMS_MAX}
    program = program_from_json({"format": 1, "id": "p", "ops": [SET | {"params": params}]})
    assert isinstance(program.calls[0], JailSet)
    program = program_from_json({"format": 1, "id": "p", "ops": [EXIT] * OPS_MAX})
    assert len(program.calls) == OPS_MAX


def test_a_program_round_trips() -> None:
    """A program's JSON has format, id, jail_max and ops, and reads back equal."""
    program = Program("p", (Exit(1), Malformed('{"op": 1}')), 6)
    value = program_to_json(program)
    assert value == {"format": 1, "id": "p", "jail_max": 6, "ops": [EXIT, {"op": 1}]}
    assert program_from_json(value) == program
    assert program_from_json({"format": 1, "id": "q", "ops": []}) == Program("q", ())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 2}, 'expected "format": 1, found 2'),
        ({"format": True}, 'expected "format": 1, found True'),
        ({"id": 3}, 'expected a string as "id", found 3'),
        ({"jail_max": 0}, 'expected 1 to 999999 as "jail_max", found 0'),
        ({"jail_max": 1000000}, 'expected 1 to 999999 as "jail_max", found 1000000'),
        ({"ops": {}}, 'expected a list as "ops", found {}'),
        (
            {"jailmax": 6},
            (
                "expected the fields format, id, jail_max, kernels, userland, dirs, files,"
                " commands, ops, legacy, new, descriptors, found 'jailmax'"
                " (did you mean 'jail_max'?)"
            ),
        ),
    ],
)
def test_a_broken_program_is_refused(change: dict[str, object], message: str) -> None:
    """What is not a program of format 1 raises InputError that says why."""
    value: dict[str, Any] = {"format": 1, "id": "p", "ops": []}
    with pytest.raises(InputError) as caught:
        program_from_json(value | change)
    assert str(caught.value) == message


def test_no_object_is_no_program() -> None:
    """A JSON value that is no object raises InputError."""
    with pytest.raises(InputError, match=r"^expected an object, found \[\]$"):
        program_from_json([])
