import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jaildiff.findings.reproduce.forms.shell_words import ShellWord, Var, Words, ere, in_quotes
from tests.debian import needs

# What an argument can be: bytes that are no UTF-8, too, but no NUL.
texts = st.one_of(
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    st.binary().map(lambda raw: raw.replace(b"\0", b"").decode("utf-8", "surrogateescape")),
    st.sampled_from(
        ["", "-n", "-", "*", "~", "a b", "$(id)", "`id`", "';id", '"', "\\", "\n", "x\n\n"]
    ),
)


def script(*words: ShellWord) -> str:
    """A script that prints each word and a NUL."""
    made = Words()
    line = made.line(((("printf"),), ("%s\\0",), *words))
    return "\n".join([*made.definitions(), line])


def run(text: str) -> bytes:
    """What a script prints."""
    return subprocess.run(
        ["/bin/sh", "-eu"], input=text.encode(), capture_output=True, check=True
    ).stdout


@settings(max_examples=60)
@given(st.lists(texts, min_size=1, max_size=5))
def test_a_program_gets_the_words_as_they_are(found: list[str]) -> None:
    """Whatever is in a text, the shell hands its very bytes on, and the script prints."""
    text = script(*((one,) for one in found))
    assert all(row.isprintable() for row in text.split("\n"))
    assert run(text) == b"".join(one.encode("utf-8", "surrogateescape") + b"\0" for one in found)


@given(texts, texts)
def test_variables_in_words(before: str, after: str) -> None:
    """The value of a variable stands between texts, and is not split."""
    text = "j1='a  b*'\n" + script((before, Var("j1"), after))
    expected = before + "a  b*" + after
    assert run(text) == expected.encode("utf-8", "surrogateescape") + b"\0"


@settings(max_examples=25)
@given(st.lists(texts, min_size=1, max_size=5))
def test_shellcheck_has_nothing_to_say(found: list[str]) -> None:
    """What is quoted is quoted as a careful person would."""
    needs("shellcheck")
    answer = subprocess.run(
        ["/usr/bin/shellcheck", "--shell=sh", "-"],
        input=script(*((one,) for one in found)).encode(),
        capture_output=True,
        check=False,
    )
    assert (answer.returncode, answer.stdout) == (0, b"")


@pytest.mark.parametrize(
    ("word", "text"),
    [
        (("name=a.b",), "name=a.b"),
        (("a", "b"), "ab"),
        (("jid=", Var("j1")), 'jid="${j1}"'),
        (("a b",), "'a b'"),
        (("it's",), "'it'\\''s'"),
        ((), "''"),
        (("",), "''"),
    ],
)
def test_plain_words_stay_readable(word: ShellWord, text: str) -> None:
    """Quotes stand only where they are needed."""
    assert Words().word(word) == text


@given(texts, texts)
def test_a_text_matches_itself_only(text: str, other: str) -> None:
    """As an extended regular expression a text means itself."""
    assert re.fullmatch(ere(text), text)
    assert bool(re.fullmatch(ere(text), other)) == (text == other)


def test_in_quotes() -> None:
    """A quote is written outside of quotes."""
    assert in_quotes("a'b") == "'a'\\''b'"


def test_no_file_is_made(tmp_path: Path) -> None:
    """A text that is a command is none."""
    run(
        f"cd {in_quotes(str(tmp_path))}\n"
        + script(("$(touch made)",), ("`touch made`",), (";touch made\n",))
    )
    assert list(tmp_path.iterdir()) == []
