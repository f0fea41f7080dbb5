from pathlib import Path

import pytest

from jaildiff.support.errors import InputError
from jaildiff.support.toml_entries import entries, read_text


def test_entries() -> None:
    """The tables of one list, in the order of the file; none is a list of none."""
    assert entries("[[a]]\nx = 1\n[[a]]\nx = 2\n", "f", "a") == ([{"x": 1}, {"x": 2}], {})
    assert entries("", "f", "a") == ([], {})


def test_settings() -> None:
    """Texts that the reader allows may stand above the list; nothing else may."""
    assert entries('k = "x"\n[[a]]\n', "f", "a", ("k",)) == ([{}], {"k": "x"})
    with pytest.raises(InputError, match='"k": text'):
        entries("k = 1\n", "f", "a", ("k",))
    with pytest.raises(InputError, match=r"found \['k'\]"):
        entries('k = "x"\n', "f", "a")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[", "expected TOML"),
        ("[a]\n", r"expected only \[\[a\]\] entries"),
        ("[[a]]\n[[b]]\n", r"found \['b'\]"),
    ],
)
def test_what_is_no_list_of_entries(text: str, message: str) -> None:
    """Anything else in the file is named, with the file."""
    with pytest.raises(InputError, match=message) as raised:
        entries(text, "f", "a")
    assert raised.value.path == "f"


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("\n" + "a." * 20_000 + "a = 1\n", "f:2", "expected at most 50 dots, found more"),
        ("a = " + "9" * 5000, "f:1:5", "expected at most 1000 digits in a row, found more"),
        ("a = 0x" + "f" * 5000, "f:1:7", "expected at most 1000 digits in a row, found more"),
        ("a = " + "[" * 5000, "f", "expected values nested at most 100 deep, found more"),
        ("a = " + "{a=" * 5000, "f", "expected values nested at most 100 deep, found more"),
        ("a = " + "[" * 150 + "]" * 150, "f", "expected values nested at most 100 deep"),
    ],
    ids=["dots", "digits", "hexadecimal", "deep", "deep tables", "deep enough for tomllib"],
)
def test_what_is_large_beyond_reason(text: str, place: str, message: str) -> None:
    """Dots, digits and brackets that cost more than they look are told with place and limit."""
    with pytest.raises(InputError) as caught:
        entries(text, "f", "a")
    assert str(caught.value).startswith(f"{place}: {message}")


def test_a_file_that_is_too_long(tmp_path: Path) -> None:
    """No more is read than half a megabyte."""
    path = tmp_path / "long"
    path.write_text("#" * (1 << 19))
    assert len(read_text(path, "f")) == 1 << 19
    path.write_text("#" * ((1 << 19) + 1))
    with pytest.raises(InputError, match="f: expected at most 524288 bytes, found more"):
        read_text(path, "f")


def test_what_cannot_be_read(tmp_path: Path) -> None:
    """A file that is not there, or not UTF-8, is named."""
    odd = tmp_path / "odd"
    odd.write_bytes(b"\xff")
    with pytest.raises(InputError, match="f: expected a readable UTF-8 file"):
        read_text(odd, "f")
    with pytest.raises(InputError, match=r"f: expected a readable UTF-8 file: .*No such file"):
        read_text(tmp_path / "none", "f")
