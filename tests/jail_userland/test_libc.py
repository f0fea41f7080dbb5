"""jail_userland/libc.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jail_userland.libc import (
    LONG_MAX,
    OptionError,
    VisError,
    getopt,
    int32,
    strtok,
    strtol,
    strtoul,
    strunvis,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("12ab", (12, 2)), (" -5", (-5, 3)), ("x", (0, 0)), ("", (0, 0)), ("9" * 30, (LONG_MAX, 30))],
)
def test_strtol_reads_the_number_at_the_start(text: str, expected: tuple[int, int]) -> None:
    """The number and where the rest begins; too large a number is the largest there is."""
    assert strtol(text) == expected


@given(st.integers(0, (1 << 64) - 1))
def test_strtoul_negates_within_64_bits(number: int) -> None:
    """A minus sign is taken modulo 2**64."""
    assert strtoul(f"-{number}")[0] in {-number % (1 << 64), number}


@given(st.integers())
def test_int32_keeps_the_low_bits(number: int) -> None:
    """A long that is put into an int loses all but 32 bits."""
    assert (int32(number) - number) % (1 << 32) == 0
    assert -(1 << 31) <= int32(number) < 1 << 31


def test_strtok_gives_no_empty_words() -> None:
    """Separators in a row are one, and those at the ends are none."""
    assert strtok("  a\t\tb \n") == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\\040b", "a b"),
        ("\\s\\n", " \n"),
        ("\\x41", "A"),
        ("\\^A\\^?", "\x01\x7f"),
        ("a\\$", "a"),
    ],
)
def test_strunvis_decodes(text: str, expected: str) -> None:
    """The escapes of vis(3)."""
    assert strunvis(text) == expected


def test_strunvis_refuses_a_lone_backslash() -> None:
    """A backslash at the end starts nothing."""
    with pytest.raises(VisError):
        strunvis("a\\")


def test_getopt_stops_at_the_first_operand() -> None:
    """What follows an operand is no option, as FreeBSD has it."""
    assert list(getopt(["-c", "-fx", "web", "-v"], "cf:v")) == [("c", ""), ("f", "x"), ("", "2")]


@pytest.mark.parametrize(
    ("argv", "message"),
    [(["-x"], "illegal option -- x"), (["-f"], "option requires an argument -- f")],
)
def test_getopt_names_what_is_wrong(argv: list[str], message: str) -> None:
    """The messages are those of getopt(3)."""
    with pytest.raises(OptionError, match=message):
        list(getopt(argv, "cf:"))
