import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import pytest

from jaildiff.differ.annotate import check
from jaildiff.differ.comparison import LANDED
from jaildiff.differ.diff import diff
from jaildiff.findings.baseline import Baseline
from jaildiff.findings.finding import Finding, findings_of
from jaildiff.findings.findings_file import FINDINGS, write_index, write_witness
from jaildiff.programs.loading import read_programs
from jaildiff.programs.op_language import parse
from jaildiff.programs.program import Program
from tests.programs import ZOMBIE_5, program, without_rules

NOTHING = Baseline([])
FAILED = (*ZOMBIE_5, "p1: jail_set(CREATE, jid=5, persist, bogus)")
EMPTY_ALIVE = (*ZOMBIE_5, "p1: jail_set(UPDATE|DYING, jid=5)")


def found(lines: Sequence[str], baseline: Baseline = NOTHING) -> tuple[Program, list[Finding]]:
    shown = program(*lines)
    return shown, findings_of(shown, baseline, diff(shown, LANDED))


def test_write_witness(tmp_path: Path) -> None:
    """The witness is a program that comes true, named after rule and fingerprint."""
    shown, (finding,) = found(FAILED)
    write_witness(tmp_path, finding, shown, diff(shown, LANDED))
    assert finding.program == f"failed-create-renumbers-{finding.fingerprint}.jd"
    (entry,) = read_programs(tmp_path / finding.program)
    assert entry.script is not None
    assert entry.program.calls == shown.calls
    assert check(entry.script, LANDED) == []
    head = " ".join(line.removeprefix("# ") for line in entry.script.head)
    assert head == " ".join(finding.story)
    assert max(map(len, entry.script.head)) <= 99
    assert [path.name for path in tmp_path.iterdir()] == [finding.program]


def test_write_witness_of_the_unexplained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a rule the file is called unexplained; a text of several lines stays a comment."""
    without_rules(monkeypatch)
    shown, (finding,) = found(FAILED)
    finding.story = ("One line.\np1: exit()",)
    write_witness(tmp_path, finding, shown, diff(shown, LANDED))
    assert finding.program == f"unexplained-{finding.fingerprint}.jd"
    written = parse((tmp_path / finding.program).read_text(encoding="utf-8"), "x")
    assert written.program.calls == shown.calls


def test_write_witness_keeps_jail_max(tmp_path: Path) -> None:
    """A small jid range is part of the program."""
    shown = program(*FAILED, jail_max=6)
    (finding,) = findings_of(shown, NOTHING, diff(shown, LANDED))
    write_witness(tmp_path, finding, shown, diff(shown, LANDED))
    (entry,) = read_programs(tmp_path / finding.program)
    assert entry.program.jail_max == 6


def test_write_index(tmp_path: Path) -> None:
    """The index is one JSON object a line, ASCII only, with every field."""
    shown, findings = found(EMPTY_ALIVE)
    findings[0].why = "naïve\n\ud800"
    write_index(tmp_path, findings)
    raw = (tmp_path / FINDINGS).read_bytes()
    assert raw.isascii()
    rows = [json.loads(row) for row in raw.decode().splitlines()]
    expected = [json.loads(json.dumps(asdict(finding))) for finding in findings]
    assert rows == expected
    assert rows[0]["call"] == EMPTY_ALIVE[4]
    assert shown.id == "test"
