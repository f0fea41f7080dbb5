import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jaildiff.support import json_lines
from jaildiff.support.errors import InputError
from jaildiff.support.json_lines import NESTING_MAX, nests_too_deep, rows, value_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet='[]{},a"\\'),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(alphabet="[]{"), inner),
)


def nested(depth: int) -> object:
    value: object = []
    for level in range(depth - 1):
        value = [value] if level % 2 else {"a": value}
    return value


@given(st.lists(st.binary(max_size=9)), st.integers(1, 9))
def test_lines_do_not_depend_on_the_chunks(lines: list[bytes], size: int) -> None:
    """However a file comes in pieces, its lines and their numbers are the same."""
    raw = b"\n".join(lines)
    expected = [(n, line) for n, line in enumerate(raw.split(b"\n"), 1) if line.strip()]
    chunks = [raw[at : at + size] for at in range(0, len(raw), size)]
    assert [*rows(chunks, "f")] == expected


@pytest.mark.parametrize(
    ("name", "limit", "message"),
    [
        ("LINE_MAX", 3, "f:2: expected at most 3 bytes in a line, found more"),
        ("LINES_MAX", 2, "f:3: expected at most 2 lines, found more"),
        ("FILE_MAX", 6, "f:2: expected at most 6 bytes, found more"),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 100])
def test_too_much_is_refused_where_it_stands(
    monkeypatch: pytest.MonkeyPatch, name: str, limit: int, message: str, size: int
) -> None:
    """A line that is too long, or one too many, or too much in all, is named with the limit."""
    monkeypatch.setattr(json_lines, name, limit)
    raw = b"[]\nlong\n\n\n"
    chunks = [raw[at : at + size] for at in range(0, len(raw), size)]
    if size == 100 and name == "FILE_MAX":
        message = message.replace(":2:", ":1:")  # All of it came at once.
    with pytest.raises(InputError) as caught:
        list(rows(chunks, "f"))
    assert str(caught.value) == message


@given(JSON)
def test_values_come_through(value: object) -> None:
    """What stands in a line is what json reads, whatever brackets are in its texts."""
    assert value_of(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    ("line", "column", "message"),
    [
        (b"{", 2, "expected JSON: Expecting property name"),
        (b"[]\xff", 3, "expected UTF-8, found byte 0xff"),
        (b"[1, " + b"9" * 4301 + b"]", 5, "expected at most 4300 digits in a number, found more"),
        (b"[" * 100_000, 0, "expected values nested at most 100 deep, found more"),
        (json.dumps(nested(101)).encode(), 0, "expected values nested at most 100 deep"),
        (b"[" + b"{}," * 1_000_000 + b"{}]", 0, "expected at most 1000000 values in a line"),
    ],
    ids=["no JSON", "no UTF-8", "digits", "deep", "deep enough for json", "many"],
)
def test_what_is_refused(line: bytes, column: int, message: str) -> None:
    """What is no JSON, or large beyond all reason, is told with the limit, before it costs much."""
    with pytest.raises(InputError) as caught:
        value_of(line)
    assert caught.value.message.startswith(message)
    assert caught.value.column == column


@pytest.mark.parametrize(
    "line",
    [
        json.dumps(nested(NESTING_MAX)).encode(),
        b"9" * 4300,
        b"[" + b"0," * 999_999 + b"0]",
        b'"' + b"[" * 500 + b'"',
    ],
    ids=["deep", "digits", "many", "brackets in a text"],
)
def test_the_limits_themselves_are_allowed(line: bytes) -> None:
    """As deep, as long a number, as many values as the limits say can be read."""
    assert value_of(line) is not None


def test_nesting() -> None:
    """Lists and objects count alike; what stands beside them does not count."""
    assert not nests_too_deep([nested(NESTING_MAX - 1), *[[]] * 1000])
    assert nests_too_deep({"a": nested(NESTING_MAX)})
