"""jail_userland/conf/grammar.py."""

import pytest

from jail_userland.conf.grammar import Blocks, Parser
from jail_userland.conf.lexer import Lexer, Shared
from tests.sessions import boot, load, run, said


def parse(text: str) -> tuple[Blocks, list[str], bool]:
    """The blocks of a text, the messages, and whether the parser got through."""
    messages: list[str] = []
    blocks = Blocks()
    lexer = Lexer(text, messages.append, "f", Shared())
    parser = Parser(lexer, blocks, lambda _lexer, name: messages.append(f"include {name}"))
    return blocks, messages, parser.parse()


def test_blocks_in_blocks_are_jails_below() -> None:
    """Parameters behind an inner block belong to the outer one."""
    blocks, messages, _ = parse("a { b { c { x; } y; } z; } w;")
    found = {block.name: [param.name for param in block.params] for block in blocks.found}
    assert found == {"a": ["z"], "a.b": ["y"], "a.b.c": ["x"], "*": ["w"]}
    assert messages == []


def test_parameters_outside_are_one_jail_at_the_place_of_the_first() -> None:
    """Later ones are added to it there."""
    blocks, _, _ = parse("a; b { } c; d { }")
    assert [block.name for block in blocks.found] == ["*", "b", "d"]
    assert [param.name for param in blocks.found[0].params] == ["a", "c"]


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("x=;", ["f line 1: ;: syntax error"]),
        ("x=a,;", ["f line 1: ;: syntax error"]),
        ("a { x }", ["f line 1: }: syntax error"]),
        ("a { x;", ["f: unexpected EOF"]),
        ("a { x; \xe9 }", ["f line 1: \xe9: syntax error"]),
        ("a \0", ["f: unexpected EOF"]),
        ("}\n;}\n;", ["f line 1: }: syntax error"]),
        ("x=;\n}\n;\nd; f=;", ["f line 1: ;: syntax error", "f line 4: ;: syntax error"]),
        ("a* { }", ["f line 1: *: syntax error"]),
        ("* { }", []),
        (";;a;;", []),
    ],
)
def test_errors_are_reported_as_yacc_does(text: str, messages: list[str]) -> None:
    """Up to a semicolon all is thrown away; within three words behind an error it stays quiet."""
    assert parse(text)[1] == messages


def test_it_gives_up_at_the_end_only() -> None:
    """An error with a semicolon behind it is recovered from, one without is not."""
    assert parse("x=;")[2]
    assert not parse("x=")[2]


def test_include_is_one_only_as_name_and_value() -> None:
    """With a sign it is a parameter of that name."""
    assert parse('.include "a", "b";')[1] == ["include a", "include b"]
    assert parse('.include = "a"; .include += "a"; .include;')[1] == []
    assert parse(".include $x;")[1] == ["f line 1: variables not permitted in '.include' filename"]


def test_joined_pieces_are_one_value() -> None:
    """Quoted or not, with variables where they stand."""
    (jail,), _ = load("""a { x = con"cat"'ted', "p$name"q; }""")
    assert [string.s for string in jail.params[-1].val] == ["concatted", "paq"]


def test_a_file_with_errors_stops_all() -> None:
    """Nothing is done then, and the exit status is 1."""
    answer = run(boot("a { persist; } b { x=; }"), "jail -c")
    assert said(answer) == ("", "jail: /etc/jail.conf line 1: ;: syntax error\n", 1)
    assert answer["events"] == []
