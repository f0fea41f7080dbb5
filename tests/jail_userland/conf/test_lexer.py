"""jail_userland/conf/lexer.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jail_userland.conf.lexer import Kind, Lexer, Shared, unescape


def tokens(text: str) -> tuple[list[tuple[str, str]], list[str]]:
    """Kinds with values up to the end, and the messages."""
    messages: list[str] = []
    lexer = Lexer(text, messages.append, "f", Shared())
    found = []
    while (token := lexer.next()).kind is not Kind.EOF:
        found.append((token.kind.name, token.value or token.text))
    return found, messages


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a#b\nc", [("STR", "a"), ("STR", "c")]),
        ("http://x", [("STR", "http:")]),
        ("a/*c*/b", [("STR", "a"), ("STR", "b")]),
        ("a/*/b", [("STR", "a")]),
        ("""con"cat"'ted'""", [("STR", "con"), ("STR1", "cat"), ("STR1", "ted")]),
        ("p$v", [("STR", "p"), ("VAR1", "v")]),
        ("$host.hostname", [("VAR", "host"), ("STR1", ".hostname")]),
        ('"a$b c"d', [("STR", "a"), ("VAR1", "b"), ("STR1", " c"), ("STR1", "d")]),
        ('"$a" "b"', [("STR", '"'), ("VAR1", "a"), ("STR", "b")]),
        ('"a$ b"', [("STR", "a"), ("STR1", "$"), ("STR1", " b")]),
        ("${v w}", [("VAR", "v w")]),
        ("${a\\\\}b}", [("VAR", "a\\}b")]),
        ("a += b", [("STR", "a"), ("PLEQ", "+="), ("STR", "b")]),
        ("a+=b", [("STR", "a"), ("PLEQ", "+="), ("STR", "b")]),
        ("+5", [("STR", "+"), ("STR1", "5")]),
        ("\f", [("OTHER", "\f")]),
        ("'a\nb'", [("STR", "a\nb")]),
    ],
)
def test_words_are_what_flex_finds(text: str, expected: list[tuple[str, str]]) -> None:
    """The longest match counts; pieces with nothing between them belong together."""
    assert tokens(text)[0] == expected


@pytest.mark.parametrize("byte", ["\0", "\x80", "\xff"])
def test_some_bytes_are_the_end(byte: str) -> None:
    """A NUL, and any byte above 0x7f outside of quotes and comments."""
    assert tokens(f"a {byte} b")[0] == [("STR", "a")]
    assert tokens(f"'{byte}' # {byte}\nb")[0][-1] == ("STR", "b")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\n'abc", "f line 2: unterminated string"),
        ('"abc', "f line 1: unterminated string"),
        ("/* abc", "f line 1: unterminated comment"),
        ("${abc", "f line 1: unterminated variable"),
        ('"${abc"', "f line 1: unterminated variable"),
    ],
)
def test_what_never_ends_is_reported(text: str, message: str) -> None:
    """And skipped, to the end of the line or, for a comment, of the file."""
    assert tokens(text)[1] == [message]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"\a\n\t", "\a\n\t"),
        (r"\0103", "\b3"),
        (r"\777", "\xff"),
        (r"\x41z", "Az"),
        (r"\q\\", "q\\"),
        ("a\\\nb", "ab"),
        (r"a\0b", "a"),
        (r"a\xyz", "a"),
    ],
)
def test_escapes(text: str, expected: str) -> None:
    """Letters, octal, hexadecimal; a NUL ends the string, a newline is nothing."""
    assert unescape(text) == expected


@given(st.text(st.sampled_from("a $\\\"'{}/*#+=;,\n\xe9\0"), max_size=30))
def test_any_text_comes_to_an_end(text: str) -> None:
    """Whatever stands in a file, the scanner gets through it, and counts its lines."""
    lexer = Lexer(text, lambda _message: None, "f", Shared())
    for _ in range(len(text) + 1):
        if lexer.next().kind is Kind.EOF:
            break
    else:
        raise AssertionError("more tokens than bytes")
    assert lexer.lineno == 1 + text[: lexer.position].count("\n")
