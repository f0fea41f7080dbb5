from hypothesis import given
from hypothesis import strategies as st

from fuzz.support.printable import printable


@given(st.text())
def test_printable(text: str) -> None:
    """What comes out prints, and what printed already is left as it is."""
    assert printable(text).isprintable()
    if text.isprintable():
        assert printable(text) == text


def test_escapes() -> None:
    """Line ends, bells, marks that turn a line around and halves of characters are escaped."""
    assert printable("a\n\x07\u202e\udc80é") == r"a\n\x07\u202e\udc80é"
