from hypothesis import given
from hypothesis import strategies as st

from fuzz.support.printable import visible


@given(st.text())
def test_visible(text: str) -> None:
    """What comes out prints, and what printed already is left as it is."""
    assert visible(text).isprintable()
    if text.isprintable():
        assert visible(text) == text


def test_escapes() -> None:
    """Line ends, bells, marks that turn a line around and halves of characters are escaped."""
    assert visible("a\n\x07\u202e\udc80é") == r"a\n\x07\u202e\udc80é"
