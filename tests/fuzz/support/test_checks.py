from collections.abc import Callable

import pytest

from jaildiff.support.checks import (
    INT_BITS_MAX,
    is_count,
    is_integer,
    is_short_integer,
    is_string,
    is_text,
    is_utf8,
)

LONGEST = 2**INT_BITS_MAX - 1


@pytest.mark.parametrize(
    ("check", "fits", "fails"),
    [
        (is_integer, (0, -1, LONGEST + 1), (True, 1.0, "1", None)),
        (is_short_integer, (0, -LONGEST, LONGEST), (True, 1.0, LONGEST + 1, -LONGEST - 1)),
        (is_count, (0, 1, LONGEST + 1), (True, -1, 1.0, None)),
        (is_string, ("", "é", "\udc80", "\ud800"), (b"", 1, None)),
        (is_text, ("", "é", "\udc80"), ("\ud800", "\udc7f", b"", None)),
        (is_utf8, ("", "é", "\U0001f600"), ("\udc80", "\ud800", b"", None)),
    ],
)
def test_checks(
    check: Callable[[object], bool], fits: tuple[object, ...], fails: tuple[object, ...]
) -> None:
    """Each check takes what it is for and refuses what only looks like it."""
    assert [value for value in fits if not check(value)] == []
    assert [value for value in fails if check(value)] == []
