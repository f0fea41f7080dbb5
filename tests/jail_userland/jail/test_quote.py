"""jail_userland/jail/quote.py."""

import pytest

from jail_userland.conf.jails import CfJail
from jail_userland.conf.params import CfParam, CfString
from jail_userland.jail.quote import jail_line, quoted


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", '""'),
        ("a", "a"),
        ("a b", '"a b"'),
        ("a\tb", '"a\tb"'),
        ("it's", '"it\'s"'),
        ('q"q', "'q\"q'"),
        ("a'b\"c", '"a\'b\\"c"'),
        ("a\\b", "a\\\\b"),
    ],
)
def test_quotes_are_chosen_by_what_is_inside(text: str, expected: str) -> None:
    """None if there is no need; a backslash and the quote in use get a backslash."""
    assert quoted(text) == expected


def test_the_jid_of_the_file_is_left_out() -> None:
    """It is printed once, and only of a jail that runs."""
    jail = CfJail([], "5", [CfParam("jid", val=[CfString("5")]), CfParam("persist")], jid=7)
    assert jail_line(jail, "|", running=False) == "persist\n"
    assert jail_line(jail, "|", running=True) == "jid=7|persist\n"
