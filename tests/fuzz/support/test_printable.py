import pytest
from hypothesis import given
from hypothesis import strategies as st

from jaildiff.support.printable import one_line, printable


@given(st.text())
def test_printable(text: str) -> None:
    """What comes out prints, and what printed already is left as it is."""
    assert printable(text).isprintable()
    if text.isprintable():
        assert printable(text) == text


def test_escapes() -> None:
    """Line ends, bells, marks that turn a line around and halves of characters are escaped."""
    assert printable("a\n\x07\u202e\udc80é") == r"a\n\x07\u202e\udc80é"


@given(st.text())
def test_one_line(text: str) -> None:
    """A line prints, and is what it was unless something in it does not print or is a command."""
    line = one_line(text)
    assert line.isprintable()
    assert one_line(line) == line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("::error file=x::y", r"\u003a:error file=x::y"),
        ("  ::error::y", r"  \u003a:error::y"),
        ("a ##[error]y", r"a \u0023#[error]y"),
        ("a\n::error::y", r"a\n::error::y"),
        ("::1", "::1"),
        ("a ::error::y", "a ::error::y"),
    ],
)
def test_no_line_is_a_command(text: str, line: str) -> None:
    """What GitHub's runner would take for a command is shown and not obeyed; addresses stay."""
    assert one_line(text) == line
