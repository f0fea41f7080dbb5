"""fuzz/jaildiff/cli/commands/conform_sessions.py."""

import json
from pathlib import Path

import pytest

from jaildiff.cli.conform_sessions import conform_sessions
from jaildiff.cli.exit_codes import BAD_INPUT, FOUND

SESSION = {
    "session": 1,
    "id": "x",
    "userland": "15",
    "kernel": "new",
    "steps": [{"run": ["jls", "-n"]}],
    "answers": [{"stdout": "", "stderr": "", "exit": 0}],
}


def write(path: Path, *sessions: object) -> tuple[Path, ...]:
    """A file of sessions."""
    path.write_text("".join(json.dumps(session) + "\n" for session in sessions), encoding="utf-8")
    return (path,)


def recorded(tmp_path: Path, capsys: pytest.CaptureFixture[str], **answer: object) -> str:
    """What is printed of one session."""
    files = write(tmp_path / "x.jsonl", SESSION | {"answers": [answer]})
    assert conform_sessions("15", files, as_json=False) == FOUND
    return capsys.readouterr().out


def test_the_first_difference_is_shown_and_the_sum_comes_last(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With file, line, session and step."""
    out = recorded(tmp_path, capsys, exit=1)
    assert "x.jsonl:1: x (15/new) disagrees" in " ".join(out.split())
    assert out.splitlines()[-1] == "AGREE 0/1 commands, 0/1 sessions"


def test_only_the_lines_of_that_userland_count(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """If there are none, that is an error."""
    files = write(tmp_path / "x.jsonl", SESSION)
    assert conform_sessions("14", files, as_json=False) == BAD_INPUT
    assert "no recorded sessions of userland 14" in capsys.readouterr().err


def test_the_other_files_are_read_if_one_is_bad(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And the exit code says that something was wrong."""
    bad = write(tmp_path / "bad.jsonl", {})
    good = write(tmp_path / "good.jsonl", SESSION)
    assert conform_sessions("15", bad + good, as_json=True) == BAD_INPUT
    captured = capsys.readouterr()
    assert "bad.jsonl:1: expected" in captured.err
    assert json.loads(captured.out)["sessions"] == 1
