from pathlib import Path

import pytest

from fuzz.support.errors import InputError
from fuzz.support.toml_entries import entries, read_text


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


def test_what_cannot_be_read(tmp_path: Path) -> None:
    """A file that is not there, or not UTF-8, is named."""
    odd = tmp_path / "odd"
    odd.write_bytes(b"\xff")
    for file in (odd, tmp_path / "none"):
        with pytest.raises(InputError, match="expected a readable UTF-8 file") as raised:
            read_text(file, "f")
        assert raised.value.path == "f"
