import ast
import json
import sys
from io import StringIO

import pytest
from rich.console import Group
from rich.styled import Styled

from jaildiff.cli.terminal import Terminal, out, say_json, say_text
from jaildiff.findings.catalogue import CATALOGUE
from tests.house.tools import imports, sources

HOSTILE = "\x1b[2J\x9b\n::error::x\u202e\udc80[red]:cat:##[error]"
SAFE = r"\x1b[2J\x9b\n::error::x\u202e\udc80[red]:cat:\u0023#[error]"
LONG = "word " * 60


def printed(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()


class Screen(StringIO):
    """What a terminal shows."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    """A screen of 80 columns to which standard output goes."""
    shown = Screen()
    monkeypatch.setattr(out, "_file", shown)
    monkeypatch.setattr(out, "_width", 80)
    return shown


@pytest.mark.parametrize("text", [HOSTILE, "[bold]x[/nope]", "a\tb", "::warning::x", "a\rb\b"])
def test_whatever_is_printed_is_one_safe_line(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A text is a line that prints, whether it is said, in a paragraph or in a table."""
    out.say(text)
    out.paragraph(text)
    out.table(("head",), [(text,), (Styled(text, "red"),), (Group(text, Styled(text, "dim")),)])
    rows = printed(capsys)
    assert len(rows) == 6
    assert all(row.isprintable() and not row.startswith("::") for row in rows)


def test_escapes(capsys: pytest.CaptureFixture[str]) -> None:
    """What does not print is shown as an escape; nothing is taken for markup."""
    out.say(HOSTILE)
    assert printed(capsys) == [SAFE]


def test_machines_get_the_same_values(capsys: pytest.CaptureFixture[str]) -> None:
    """What is escaped in JSON is read back as it was."""
    say_json({"a": HOSTILE})
    text = capsys.readouterr().out
    assert json.loads(text) == {"a": HOSTILE}
    assert "##[" not in text


def test_text_keeps_its_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """A text for programs has the lines that its writer gave it."""
    say_text("a\n    b\n")
    assert capsys.readouterr().out == "a\n    b\n"


def test_nothing_is_folded_in_a_pipe(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a terminal a line and a row are one line each, however narrow it is said to be."""
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("FORCE_COLOR", "1")
    Terminal().table(("one", "two"), [("a", Group(LONG, "b")), ("c", LONG)])
    assert len(printed(capsys)) == 3
    out.paragraph(LONG)
    assert len(printed(capsys)) == 1


def test_columns_stand_below_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    """Cells are aligned, but no row waits for a cell that is very long."""
    out.table(("one", "two"), [("a", "b"), ("x" * 500, "c")])
    heads, short, long = printed(capsys)
    assert heads.index("two") == short.index("b") < 100
    assert long.endswith("  c")


def test_in_a_pipe_each_part_of_a_stack_is_a_column(capsys: pytest.CaptureFixture[str]) -> None:
    """The first part stays in its place, the others come last, each below its own head."""
    rows = [(Group("an-id", Styled(LONG.strip(), "dim")), "bug"), (Group("b", "short"), "-")]
    out.table((Group("rule", "what"), "verdict"), rows)
    heads, first, second = (line.split("  ") for line in printed(capsys))
    assert [part.strip() for part in heads if part] == ["rule", "verdict", "what"]
    assert [part.strip() for part in first if part] == ["an-id", "bug", LONG.strip()]
    assert [part.strip() for part in second if part] == ["b", "-", "short"]


def test_on_a_terminal_a_stack_is_one_column(screen: Screen) -> None:
    """Its first head stands above all of its parts."""
    out.table((Group("rule", "what"), "verdict"), [(Group("an-id", "a title"), "bug")])
    heads, _, first, second = screen.getvalue().splitlines()
    assert heads.split() == ["rule", "verdict"]
    assert (first.split(), second.split()) == (["an-id", "bug"], ["a", "title"])


def test_ids_are_not_broken_on_a_terminal(screen: Screen) -> None:
    """A sentence is folded between words; no id is, in whichever column it stands."""
    ids = [entry.id for entry in CATALOGUE]
    rows = [(name, "known bug", "new", Group(LONG, Styled(name, "dim")), "12,345") for name in ids]
    out.table(("id", "verdict", "kernel", "what", "seen"), rows)
    assert all(screen.getvalue().count(name) >= 2 for name in ids)
    assert screen.getvalue().count("\n") > 3 * len(ids)


def test_paragraphs_are_folded_on_a_terminal(screen: Screen) -> None:
    """The later lines of a paragraph are further in."""
    out.paragraph(LONG)
    rows = screen.getvalue().splitlines()
    assert len(rows) > 1
    assert rows[0].startswith("    word")
    assert all(row.startswith("      word") for row in rows[1:])


def test_there_is_no_other_way_out() -> None:
    """No other module of the command line prints, or makes a Text of rich's; `show` of a click
    error is for the help alone.
    """
    for path in sources("fuzz/jaildiff/cli"):
        if path.name != "terminal.py":
            tree = ast.parse(path.read_text())
            calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
            names = {getattr(call, "attr", getattr(call, "id", "")) for call in calls}
            assert not names & {"print", "echo", "secho", "print_exc"}, path
            assert "rich.text" not in imports(path), path


def test_standard_output_is_found_when_it_is_needed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The terminal writes to whatever standard output is now."""
    monkeypatch.setattr(sys, "stdout", sys.stderr)
    out.say("x")
    assert capsys.readouterr().err == "x\n"
