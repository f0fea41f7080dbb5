import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jaildiff.programs.loading import read_programs
from tests.command import jaildiff, process
from tests.house.tools import ROOT

RULES = ROOT / "corpus" / "rules"
INTENDED = RULES / "dying-jid-reused.jd"
KNOWN = RULES / "failed-create-renumbers.jd"


def replayed(folder: Path, corpus: Path, *more: object) -> "subprocess.CompletedProcess[str]":
    """A run that only replays."""
    return jaildiff(folder, "fuzz", "--runs", 0, "--corpus", corpus, *more)


def rows(folder: Path) -> dict[str, Any]:
    """What is listed in a folder of findings, by rule."""
    text = (folder / "findings" / "findings.jsonl").read_text()
    return {row["rule"]: row for row in map(json.loads, text.splitlines())}


# TWICE INTO ONE FOLDER


def test_a_second_run_adds(tmp_path: Path) -> None:
    """Classes are united, counts added; every witness is listed, and nothing else is there."""
    replayed(tmp_path, INTENDED)
    first = rows(tmp_path)
    assert replayed(tmp_path, KNOWN).returncode == 0
    assert replayed(tmp_path, KNOWN).returncode == 0
    both = rows(tmp_path)
    assert both.keys() == {"dying-jid-reused", "failed-create-renumbers"}
    assert both["dying-jid-reused"]["count"] == first["dying-jid-reused"]["count"]
    assert both["failed-create-renumbers"]["count"] == 2
    files = {path.name for path in (tmp_path / "findings").iterdir()}
    assert files == {"findings.jsonl", *(row["program"] for row in both.values())}
    assert jaildiff(tmp_path, "run", "findings").returncode == 0


@pytest.mark.parametrize("longer_first", [True, False])
def test_the_shorter_witness_stays(tmp_path: Path, *, longer_first: bool) -> None:
    """Of two witnesses of a class the shorter one is kept, whichever run found it."""
    replayed(tmp_path, KNOWN)
    name = rows(tmp_path)["failed-create-renumbers"]["program"]
    witness = tmp_path / "findings" / name
    short = witness.read_text()
    ops = short.index("p1: fork")
    long = short[:ops] + "p1: fork() = p9\np9: exit()\n" + short[ops:]
    long = re.sub(r"(?m)^    .*\n", "", long)
    if longer_first:
        witness.write_text(long)
        replayed(tmp_path, KNOWN)
    else:
        (tmp_path / "long.jd").write_text(long)
        replayed(tmp_path, tmp_path / "long.jd", "--time", 0.0)
    (entry,) = read_programs(witness)
    assert len(entry.program.calls) == short.count("\np")
    assert rows(tmp_path)["failed-create-renumbers"]["program"] == name


def test_nothing_stale_is_left(tmp_path: Path) -> None:
    """A witness that shows its class no more goes; one that a killed run left unlisted is listed;
    what is not ours stays.
    """
    replayed(tmp_path, INTENDED)
    findings = tmp_path / "findings"
    (witness,) = findings.glob("*.jd")
    (findings / "mine.jd").write_text("jaildiff 1\n")
    (findings / "other-0123456789abcdef.jd").write_text("jaildiff 1\np1: exit()\n")
    (findings / "findings.jsonl").unlink()
    assert replayed(tmp_path, KNOWN).returncode == 0
    assert rows(tmp_path).keys() == {"dying-jid-reused", "failed-create-renumbers"}
    assert witness.exists()
    assert (findings / "mine.jd").exists()
    assert not (findings / "other-0123456789abcdef.jd").exists()


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    """What cannot be added to is named, before any work, and stays as it is."""
    (tmp_path / "findings").mkdir()
    index = tmp_path / "findings" / "findings.jsonl"
    index.write_text("something\n")
    done = replayed(tmp_path, KNOWN)
    assert done.returncode == 2
    assert done.stderr.startswith("jaildiff: findings/findings.jsonl:1:")
    assert index.read_text() == "something\n"
    assert list((tmp_path / "findings").iterdir()) == [index]


# TROUBLE WITH THE MACHINE


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    """What the machine refuses is named, the summary is printed, and the code is 4."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    done = process(tmp_path, "fuzz", "--runs", 0, "--corpus", RULES, "--seed", 5, before=limit)
    assert done.returncode == 4
    assert re.fullmatch(r"jaildiff: findings/\S+: File too large\n", done.stderr)
    assert "seed 5" in done.stdout
    assert " classes known bug" in done.stdout


def test_a_report_that_cannot_be_written(tmp_path: Path) -> None:
    """The findings are saved and summed up all the same."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000))

    done = process(
        tmp_path,
        *("fuzz", "--runs", 0, "--corpus", KNOWN, "--json", "--sarif", "o.sarif"),
        before=limit,
    )
    assert (done.returncode, done.stderr) == (4, "jaildiff: o.sarif: File too large\n")
    assert len(json.loads(done.stdout)["findings"]) == 1
    assert rows(tmp_path).keys() == {"failed-create-renumbers"}


# TIME AND SIGNALS


@pytest.mark.parametrize("seconds", ["nan", "inf", "-1", "-inf"])
@pytest.mark.parametrize("command", ["fuzz", "campaign", "bench", "selftest"])
def test_what_is_no_time(tmp_path: Path, command: str, seconds: str) -> None:
    """A time has an end and is not negative."""
    folder = ("dir",) if command == "campaign" else ()
    done = jaildiff(tmp_path, command, *folder, f"--time={seconds}")
    assert done.returncode == 2
    assert "--time" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_time_includes_everything(tmp_path: Path) -> None:
    """A run ends soon after its time, though much of the corpus is still to be shortened."""
    began = time.monotonic()
    process(tmp_path, "--version")
    start_up = time.monotonic() - began
    began = time.monotonic()
    done = process(tmp_path, "fuzz", "--time", 0.5, "--corpus", ROOT / "corpus" / "scenarios")
    assert time.monotonic() - began < 2 * start_up + 0.5 + 2
    assert done.returncode == 0
    assert "The time ran out before the whole corpus was replayed." in done.stdout


@pytest.mark.parametrize("starter", [(), ("nohup",)])
def test_hangup(tmp_path: Path, starter: tuple[str, ...]) -> None:
    """SIGHUP ends a run as SIGTERM does, with all that was found, unless it is to be ignored."""
    (tmp_path / "none").mkdir()
    args = [
        *starter,
        sys.executable,
        "-m",
        "jaildiff",
        "fuzz",
        "--seed=5",
        "--corpus=none",
        "--time=30",
    ]
    with subprocess.Popen(
        args,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    ) as run:
        wait_for(lambda: any(tmp_path.glob("findings/*.jd")))
        run.send_signal(signal.SIGHUP)
        if starter:
            time.sleep(0.5)
            assert run.poll() is None
            run.send_signal(signal.SIGTERM)
        out, _ = run.communicate(timeout=30)
    assert run.returncode == 143
    assert "interrupted" in out
    assert rows(tmp_path)


def wait_for(true: Callable[[], bool]) -> None:
    """Wait until something is true, for half a minute."""
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)
