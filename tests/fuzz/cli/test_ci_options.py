import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from junitparser import JUnitXml

from jaildiff.cli.exit_codes import BAD_INPUT, FOUND, INTERRUPTED, TERMINATED
from jaildiff.cli.main import cli
from jaildiff.programs.loading import read_programs
from tests.house.tools import ROOT
from tests.programs import without_rules

RULES = ROOT / "corpus" / "rules"
INTENDED = RULES / "dying-jid-reused.jd"
KNOWN = RULES / "failed-create-renumbers.jd"
ALIKE = "jaildiff 1\np1: jail_set(CREATE, persist)\n    both 1\n"
CHANGED = "jaildiff 1\np1: jail_set(CREATE, persist)\n    both 7\n"
LEVELS = ("bug", "unexplained", "any")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, to which the test has gone."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def nothing_known(here: Path) -> str:
    """A baseline that knows of nothing."""
    (here / "empty.toml").write_text("")
    return "--baseline=empty.toml"


@pytest.fixture
def no_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """No rule claims any root."""
    without_rules(monkeypatch)


def jaildiff(*args: object) -> Result:
    """What a command answers."""
    return CliRunner().invoke(cli, list(map(str, args)), standalone_mode=False)


def codes(command: str, *args: object) -> list[object]:
    """The exit codes of a command at each threshold."""
    return [jaildiff(command, *args, "--fail-on", level).return_value for level in LEVELS]


def fuzz(corpus: Path) -> list[object]:
    """Arguments of `fuzz` that replay one file and generate nothing."""
    return ["--runs", 0, "--corpus", corpus]


# WHAT FAILS


@pytest.mark.usefixtures("here")
def test_intended() -> None:
    """What is intended fails only a run that is to fail on anything."""
    assert codes("run", INTENDED) == [0, 0, FOUND]
    assert codes("fuzz", *fuzz(INTENDED)) == [0, 0, FOUND]


@pytest.mark.usefixtures("here")
def test_known() -> None:
    """So does a bug that is known."""
    assert codes("run", KNOWN) == [0, 0, FOUND]
    assert codes("fuzz", *fuzz(KNOWN)) == [0, 0, FOUND]


def test_bug(nothing_known: str) -> None:
    """A bug that is not known is no failure where only what is unexplained is."""
    assert codes("run", KNOWN, nothing_known) == [FOUND, 0, FOUND]
    assert codes("fuzz", *fuzz(KNOWN), nothing_known) == [FOUND, 0, FOUND]


@pytest.mark.usefixtures("no_rules")
def test_unexplained(here: Path) -> None:
    """What no rule explains always fails."""
    (here / "a.jd").write_text(re.sub("(?m)^    .*\n", "", INTENDED.read_text()))
    assert codes("run", "a.jd") == [FOUND] * 3
    assert codes("fuzz", *fuzz(here / "a.jd")) == [FOUND] * 3


def test_changed(here: Path) -> None:
    """A program that does not answer as it says always fails."""
    (here / "a.jd").write_text(CHANGED)
    assert codes("run", "a.jd") == [FOUND] * 3
    assert codes("fuzz", *fuzz(here / "a.jd")) == [FOUND] * 3


def test_alike(here: Path) -> None:
    """Where nothing differs nothing fails."""
    (here / "a.jd").write_text(ALIKE)
    assert codes("run", "a.jd") == [0, 0, 0]
    assert codes("fuzz", *fuzz(here / "a.jd")) == [0, 0, 0]


@pytest.mark.parametrize("command", ["run", "fuzz"])
def test_default(command: str, nothing_known: str) -> None:
    """Without the option a run fails on bugs and on what is unexplained."""
    more = [KNOWN] if command == "run" else fuzz(KNOWN)
    assert jaildiff(command, *more).return_value == 0
    assert jaildiff(command, *more, nothing_known).return_value == FOUND


@pytest.mark.parametrize("command", ["run", "fuzz"])
def test_other_thresholds(command: str) -> None:
    """There are exactly these three."""
    answer = CliRunner().invoke(cli, [command, "--fail-on", "never", "x"])
    assert answer.exit_code == BAD_INPUT
    assert all(level in answer.output for level in LEVELS)


@pytest.mark.parametrize("command", ["run", "fuzz"])
def test_help(command: str) -> None:
    """The exit codes are in the help."""
    text = CliRunner().invoke(cli, [command, "--help"]).output
    assert "Exit codes: 0 nothing that --fail-on names" in text
    assert str(INTERRUPTED) in text


# WHAT IS WRITTEN


@pytest.mark.parametrize("command", ["run", "fuzz"])
def test_files(command: str, here: Path, nothing_known: str) -> None:
    """SARIF and JUnit say the same of a run, and point to a line that is there."""
    more = [KNOWN] if command == "run" else fuzz(KNOWN)
    answer = jaildiff(command, *more, nothing_known, "--sarif", "a.sarif", "--junit", "a.xml")
    assert answer.return_value == FOUND
    (result,) = json.loads((here / "a.sarif").read_text())["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    file = (here / place["artifactLocation"]["uri"].removeprefix("file://")).read_text()
    assert "jail_set(" in file.splitlines()[place["region"]["startLine"] - 1]
    assert JUnitXml.fromfile("a.xml").failures == 1


def test_classes_are_told_once(here: Path) -> None:
    """Many programs of one class are one result, with their number."""
    for name in "abc":
        (here / f"{name}.jd").write_bytes(KNOWN.read_bytes())
    jaildiff("run", here, "--sarif", "out.sarif")
    (result,) = json.loads((here / "out.sarif").read_text())["runs"][0]["results"]
    assert result["occurrenceCount"] == 3
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a.jd"


def test_github(here: Path) -> None:
    """Annotations are lines of output; beside JSON they go to stderr and leave it whole."""
    (here / "a.jd").write_text(CHANGED)
    wanted = "::error file=a.jd,line=2,"
    plain = jaildiff("run", "a.jd", "--github")
    assert [line[: len(wanted)] for line in plain.stdout.splitlines()].count(wanted) == 2
    mixed = jaildiff("run", "a.jd", "--github", "--json")
    assert json.loads(mixed.stdout)["program"] == "a.jd"
    assert wanted in mixed.stderr
    assert wanted not in jaildiff("run", "a.jd").output


def test_the_summary_of_a_job(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With --github it is added to, if the runner names a file for it."""
    (here / "a.jd").write_text(CHANGED)
    (here / "summary.md").write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(here / "summary.md"))
    jaildiff("run", "a.jd")
    assert (here / "summary.md").read_text() == "before\n"
    jaildiff("run", "a.jd", "--github")
    assert (here / "summary.md").read_text().startswith("before\n### jaildiff\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(here / "no" / "summary.md"))
    assert jaildiff("run", "a.jd", "--github").exit_code != 0


def test_missing_library(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """JUnit needs a library; that it is missing is said before the work, not after it."""
    monkeypatch.setitem(sys.modules, "jaildiff.findings.reports.junit", None)
    answer = CliRunner().invoke(cli, ["fuzz", "--junit", "a.xml"])
    assert answer.exit_code != 0
    assert "-m pip install 'junitparser" in answer.output
    assert list(here.iterdir()) == []


# SIGNALS


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, INTERRUPTED), (signal.SIGTERM, TERMINATED)]
)
def test_signals(number: signal.Signals, code: int, tmp_path: Path) -> None:
    """A signal ends a run early; its exit code says which, and what was found is saved."""
    (tmp_path / "empty").mkdir()
    command = [sys.executable, "-m", "jaildiff", "fuzz", "--seed=1", "--corpus=empty", "--json"]
    with subprocess.Popen(
        [*command, "--sarif=out.sarif"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    ) as run:
        wait_for(lambda: (tmp_path / "findings").exists() and any_witness(tmp_path / "findings"))
        run.send_signal(number)
        assert run.stdout
        summary = json.loads(run.stdout.read())
    assert run.returncode == code
    assert summary["interrupted"] is True
    rows = [
        json.loads(row)
        for row in (tmp_path / "findings" / "findings.jsonl").read_text().splitlines()
    ]
    assert rows == summary["findings"] != []
    for row in rows:
        assert list(read_programs(tmp_path / "findings" / row["program"]))
    results = json.loads((tmp_path / "out.sarif").read_text())["runs"][0]["results"]
    assert len(results) == len(rows)


def any_witness(folder: Path) -> bool:
    """Whether a witness has been written."""
    return any(folder.glob("*.jd"))


def wait_for(true: Callable[[], bool]) -> None:
    """Wait until something is true, for half a minute."""
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)
