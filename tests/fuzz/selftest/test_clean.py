import json
from dataclasses import asdict
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from jaildiff.cli.main import cli
from jaildiff.differ.comparison import LANDED
from jaildiff.findings.baseline import parse as parse_baseline
from jaildiff.selftest import clean
from jaildiff.selftest.clean import CleanRecord, CleanRun, read_record, state_of_code
from jaildiff.selftest.ground import Ground, ground
from jaildiff.support.errors import InputError

GROUND = ground(LANDED)
IGNORANT = Ground(LANDED, parse_baseline("", "x", LANDED))
PIECE = 20


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces of a few programs."""
    monkeypatch.setattr(clean, "PIECE", PIECE)


def went_on(path: Path, ops: int, where: Ground = GROUND) -> CleanRecord:
    """The record in a file after it went on."""
    record = read_record(path)
    record.go_on([where], ops, path, lambda _done: None)
    return record


def test_pieces_come_to_the_same_as_one_run(tmp_path: Path) -> None:
    """What is interrupted after a piece and goes on has met the same programs."""
    whole = went_on(tmp_path / "whole", 2_000)
    for ops in (1, 700, 2_000):
        parts = went_on(tmp_path / "parts", ops)
        assert parts.ops >= ops
    assert parts == whole == read_record(tmp_path / "parts")
    assert whole.alarms == 0


def test_enough_is_enough(tmp_path: Path) -> None:
    """A record with as many ops as are asked for does not change."""
    done = went_on(tmp_path / "x", 500)
    assert went_on(tmp_path / "x", 500) == done


def test_every_false_alarm_is_counted(tmp_path: Path) -> None:
    """Somebody who knows nothing of a mistake is alarmed at each program that shows it."""
    record = went_on(tmp_path / "x", 1_000, IGNORANT)
    run = record.runs[LANDED.name]
    assert len(run.alarms) == record.alarms > 1
    assert all(int(number) < run.programs for number in run.alarms)


def test_another_state_of_the_code_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ops that another state of the code has done do not count."""
    path = tmp_path / "x"
    went_on(path, 1)
    monkeypatch.setattr(clean, "state_of_code", lambda: "0" * 16)
    with pytest.raises(InputError, match="another state of the code"):
        read_record(path)


def test_the_state_of_the_code_is_that_of_all_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    """It changes with any text, and with no other file."""
    before = state_of_code()
    assert state_of_code() == before
    monkeypatch.setattr(clean, "TEXTS", (".py",))
    assert state_of_code() != before


@pytest.mark.parametrize("text", ["", "[]", '{"code": "x"}', '{"code": "CODE", "runs": {"a": 1}}'])
def test_what_is_no_record_is_refused(tmp_path: Path, text: str) -> None:
    """The complaint names the file."""
    path = tmp_path / "x"
    path.write_text(text.replace("CODE", state_of_code()))
    with pytest.raises(InputError):
        read_record(path)


def command(path: Path, *more: str) -> Result:
    """Run the command on such a record."""
    words = ["selftest", "--kernels", "legacy,new", "--clean-ops", "500", "--clean-record"]
    return CliRunner().invoke(cli, [*words, str(path), *more], standalone_mode=False)


def test_the_command_hunts_no_fault_and_goes_on(tmp_path: Path) -> None:
    """It says how many ops there are and how many false alarms; a second run has nothing to do."""
    answer = json.loads(command(tmp_path / "x", "--json").output)
    assert answer["ops"] >= 500
    assert answer["false_alarms"] == 0
    told = command(tmp_path / "x")
    assert told.return_value == 0
    assert f"0 false alarms in {answer['ops']:,} ops without a fault" in told.output


def test_an_alarm_is_told(tmp_path: Path) -> None:
    """The program is named, and the exit code is that of findings."""
    path = tmp_path / "x"
    record = CleanRecord(state_of_code(), {LANDED.name: CleanRun(20, 600, {"7": "odd"})})
    path.write_text(json.dumps(asdict(record)))
    told = command(path)
    assert told.return_value == 1
    assert "false alarm in program 7 of seed 1: odd" in told.output
