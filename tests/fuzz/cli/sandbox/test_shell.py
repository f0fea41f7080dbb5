"""The prompt with both kernels."""

from pathlib import Path

import pytest

from jaildiff.cli.sandbox.shell import Shell
from jaildiff.differ.comparison import LANDED
from jaildiff.support.errors import InputError
from tests.command import jaildiff

START = ("jail -c jid=5 name=web persist", "hold web", "jail -r web")


def after(*lines: str) -> Shell:
    """Return a shell in which these lines have been entered."""
    shell = Shell(LANDED)
    for line in lines:
        shell.do(line)
    return shell


def test_one_answer_if_both_do_the_same() -> None:
    """Commands and calls are answered by both kernels, and shown once if that is all one needs."""
    shell = after()
    assert shell.do("jail -c jid=5 name=web persist") == [""]
    assert shell.do("jls jid name") == ["5 web"]
    (missing,) = shell.do("jls -j nope jid")
    assert missing == 'jls: jail "nope" not found\nexit code 1'
    assert shell.do("p1: jail_remove(5)") == ["0"]


def test_two_answers_where_they_part() -> None:
    """The old kernel's comes first."""
    shell = after(*START)
    assert shell.do("jail -c jid=5 persist") == ["jail: jail 5 already exists\nexit code 1", ""]
    assert shell.do("jls -d jid name") == ["5 web", "5 5\n999999 web"]


def test_undo_takes_lines_back_one_by_one() -> None:
    """Afterwards all is as if the line had never been entered; there is an end to it."""
    shell = after(*START)
    assert shell.undo() == "jail -r web"
    assert shell.do("jls -d name dying") == ["web false"]
    assert [shell.undo() for _ in range(4)] == ["jls -d name dying", "hold web", START[0], ""]
    assert shell.do("jls name") == [""]


def test_why() -> None:
    """There is a story as soon as the kernels have parted, and none before."""
    shell = after(*START)
    assert shell.why() == []
    shell.do("jail -c jid=5 persist")
    assert [told.head for told in shell.why()] == ["root intended dying-jid-reused"]


def test_drop_ends_it() -> None:
    """What is held is let go by name; a name that is not held is an answer, not an end."""
    shell = after(*START)
    assert shell.do("drop web") == ["0"]
    assert shell.do("jls -d name") == [""]
    assert shell.do("drop web") == ["ENOENT"]
    assert shell.do("hold web") == ["EINVAL"]


def test_what_is_no_line_changes_nothing() -> None:
    """It is named, and nothing is there to be undone."""
    shell = after()
    for line in ("nonsense", "jail_remove", "p1: jail_remove(1) # x\np1: jail_remove(2)", "'"):
        with pytest.raises(InputError, match="try: help"):
            shell.do(line)
    assert shell.done == []


def test_a_file_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """jail -f reads a file that is there; what it would run is only noted."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "jail.conf").write_text("web { persist; exec.start = 'touch made'; }")
    shell = after("jail -q -f jail.conf -c web")
    assert shell.do("jls name") == ["web"]
    assert not (tmp_path / "made").exists()


def test_the_prompt_reads_lines(tmp_path: Path) -> None:
    """Lines come from standard input, too; comments are skipped, quit ends it."""
    lines = "# a comment\njail -c name=a persist\njls name\nundo\nundo\nundo\nbad\nquit\njls\n"
    script = tmp_path / "lines"
    script.write_text(lines)
    with script.open() as file:
        answer = jaildiff(tmp_path, "sandbox", "--shell", stdin=file)
    assert answer.returncode == 0
    assert answer.stdout.splitlines() == [
        "a",
        "undone: jls name",
        "undone: jail -c name=a persist",
        "there is nothing to undo",
    ]
    assert answer.stderr == "jaildiff: expected an op, found 'bad'; try: help\n"
