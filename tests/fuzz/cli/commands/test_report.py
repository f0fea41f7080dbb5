import json
from pathlib import Path
from shutil import copy

from tests.command import jaildiff
from tests.house.tools import ROOT

RULES = ROOT / "corpus" / "rules"


def test_programs_are_run_first(tmp_path: Path) -> None:
    """A folder of programs gets a report of what they show, and nothing else is written."""
    copy(RULES / "nested-update-refused.jd", tmp_path / "some.jd")
    done = jaildiff(tmp_path, "report", tmp_path, "--out", tmp_path / "out")
    assert (done.returncode, done.stderr) == (0, "")
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["some.jd"]
    page = (tmp_path / "out" / "report.html").read_text()
    assert 'id="bug-rule-nested-update-refused"' in page
    assert ">jail -m outer.inner<" in page


def test_a_bad_program_is_named(tmp_path: Path) -> None:
    """It is complained of, and the others are still told."""
    copy(RULES / "dying-jid-reused.jd", tmp_path / "some.jd")
    (tmp_path / "bad.jd").write_text("nonsense\n")
    done = jaildiff(tmp_path, "report", tmp_path, "--out", tmp_path / "out")
    assert done.returncode == 2
    assert "bad.jd:1:1: expected 'jaildiff 1', found 'nonsense'" in done.stderr
    assert 'id="intended-rule-dying-jid-reused"' in (tmp_path / "out" / "report.html").read_text()


def test_an_empty_folder_is_no_run(tmp_path: Path) -> None:
    """Without findings and programs there is nothing to tell, and that is said."""
    done = jaildiff(tmp_path, "report", tmp_path)
    assert done.returncode == 2
    assert "findings.jsonl: expected the findings of a run: No such file" in done.stderr


def test_what_was_run_is_told(tmp_path: Path) -> None:
    """The calls of the programs are in the map, and the results of other commands beside it."""
    copy(RULES / "dying-jid-reused.jd", tmp_path / "some.jd")
    search = {"text": "U", "statement": "Closed.", "states": 1, "transitions": 2, "classes": 3}
    (tmp_path / "explored.json").write_text(json.dumps(search))
    files = ("--explored", tmp_path / "explored.json", "--out", tmp_path / "out")
    done = jaildiff(tmp_path, "report", tmp_path, *files)
    assert (done.returncode, done.stderr) == (0, "")
    page = (tmp_path / "out" / "report.html").read_text()
    assert "1 program made" in page
    assert "with 3 classes. Closed." in page


def test_findings_of_a_kernel_that_is_not_here(tmp_path: Path) -> None:
    """They are told as they stand; what they cover cannot be found out, and that is said."""
    program = RULES / "dying-jid-reused.jd"
    jaildiff(tmp_path, "fuzz", "--runs", "0", "--corpus", program, "--out", tmp_path / "f")
    findings = tmp_path / "f" / "findings.jsonl"
    findings.write_text(findings.read_text().replace('"legacy,new"', '"legacy,mine"'))
    done = jaildiff(tmp_path, "report", tmp_path / "f")
    assert done.returncode == 0
    assert "nothing is told of what was covered: no kernel 'mine'" in done.stderr
    assert 'id="covered"' not in (tmp_path / "f" / "report.html").read_text()


def test_another_file_is_no_result(tmp_path: Path) -> None:
    """It is named, with the command that makes one, and nothing is written."""
    copy(RULES / "dying-jid-reused.jd", tmp_path / "some.jd")
    (tmp_path / "a.json").write_text("[]")
    out = ("--out", tmp_path / "out")
    done = jaildiff(tmp_path, "report", tmp_path, "--designs", tmp_path / "a.json", *out)
    assert done.returncode == 2
    assert "a.json: expected an object, found []" in done.stderr
    assert "`jaildiff designs --json`" in done.stderr
    assert not (tmp_path / "out").exists()
