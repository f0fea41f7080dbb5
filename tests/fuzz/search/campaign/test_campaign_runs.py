"""Campaigns as people run them: processes that are stopped, killed, and asked from outside."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from jaildiff.search.campaign.journal import FILE, LOCK, records
from jaildiff.search.campaign.ledger import read_ledger
from jaildiff.support.files import temporary_name
from tests.house.tools import ROOT

SEED, RUNS = 5, 512
KILLS = 4
PATIENCE = 60.0  # seconds for anything on a machine that is busy with other things
STARTED: list[subprocess.Popen[str]] = []

# A campaign that also notes, in another file, when it comes to know of a class.
NOTING = """
import sys, time
from jaildiff.cli import main as cli
from jaildiff.search.campaign.campaign import Campaign
record = Campaign.record
known = open(sys.argv.pop(), "a", buffering=1)
def noting(self, rows):
    rows = list(rows)
    record(self, rows)
    for row in rows:
        if row["kind"] == "found":
            known.write(f"{row['fingerprint']} {time.time()}\\n")
Campaign.record = noting
cli.main()
"""


def command(folder: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "jaildiff", "campaign", str(folder), *options]


def start(*words: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    STARTED.append(process)
    return process


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    yield
    for process in STARTED:
        process.kill()
        process.communicate()
    STARTED.clear()


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    words = command(folder, *options)
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)


def whole_run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return run(folder, "--seed", str(SEED), "--runs", str(RUNS), "--workers", "2", *options)


def results(folder: Path) -> dict[str, bytes]:
    """The findings, their witnesses and the corpus."""
    files = [*folder.glob("*.jd"), *folder.glob("corpus/*"), folder / "findings.jsonl"]
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def has_found(folder: Path) -> bool:
    path = folder / FILE
    return path.exists() and b'"found"' in path.read_bytes()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A campaign that nobody disturbs, from an empty folder."""
    folder = tmp_path_factory.mktemp("whole") / "campaign"
    answer = whole_run(folder)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "classes seen in" in answer.stdout
    return folder


def test_kill_9_at_any_moment_loses_nothing(tmp_path: Path, whole: Path) -> None:
    """Killed again and again, a campaign ends with the findings of one that was not.

    And what it knew for a second when it was killed is in the journal.
    """
    folder, known = tmp_path / "campaign", tmp_path / "known"
    options = ["--seed", str(SEED), "--runs", str(RUNS), "--workers", "2"]
    rng = Random(SEED)
    for kill in range(KILLS):
        before = (folder / FILE).stat().st_size if kill else 0
        known.write_text("")
        words = [sys.executable, "-c", NOTING, "campaign", str(folder), *options, str(known)]
        process = start(*words)
        until(lambda: (folder / FILE).exists() and (folder / FILE).stat().st_size > before)  # noqa: B023  # used at once
        time.sleep(rng.uniform(0, 1.2))
        process.kill()
        killed = time.time()
        process.communicate(timeout=PATIENCE)
        found = {
            r["fingerprint"] for _, r, _ in records(folder / FILE) if r and r["kind"] == "found"
        }
        rows = [line.split() for line in known.read_text().splitlines()]
        assert {name for name, at in rows if float(at) < killed - 1.0} <= found
    answer = whole_run(folder)
    assert answer.returncode == 0
    assert results(folder) == results(whole)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_save_and_say_so(tmp_path: Path, number: signal.Signals) -> None:
    """Ended by SIGINT or SIGTERM it exits with 130 or 143, and all that it found can be read."""
    process = start(*command(tmp_path, "--seed", str(SEED), "--workers", "2"))
    until(lambda: has_found(tmp_path))
    process.send_signal(number)
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (128 + number, "")
    assert "classes seen in" in out
    ledger, _, cut = read_ledger(tmp_path / FILE)
    assert ledger is not None
    assert (ledger.ended, cut) == (f"signal {number}", 0)
    rows = (tmp_path / "findings.jsonl").read_text().splitlines()
    assert {json.loads(row)["fingerprint"] for row in rows} == ledger.first.keys()
    assert all((tmp_path / json.loads(row)["program"]).is_file() for row in rows)


def test_a_second_terminal(tmp_path: Path) -> None:
    """While it runs its state can be asked for, and a second campaign is refused."""
    process = start(*command(tmp_path, "--workers", "1"))
    until(lambda: has_found(tmp_path))
    state = json.loads(run(tmp_path, "--status", "--json").stdout)
    assert state["running"]
    assert state["classes"] > 0
    words = run(tmp_path, "--status").stdout
    assert words.startswith(f"Running: process {process.pid}, 1 process; last written ")
    second = run(tmp_path)
    assert (second.returncode, second.stdout) == (2, "")
    assert f"another campaign runs in this folder (process {process.pid})" in second.stderr
    process.kill()
    process.communicate()
    assert run(tmp_path, "--status").stdout.startswith("Not running; it was killed")


def test_left_overs_of_a_kill_are_removed(tmp_path: Path) -> None:
    """Temporary files that a kill has left change no exit code, and go."""
    (tmp_path / "corpus").mkdir()
    left = [folder / temporary_name() for folder in (tmp_path, tmp_path / "corpus")]
    for file in left:
        file.write_text("jaildiff 1\np1: ex")
    answer = run(tmp_path, "--seed", str(SEED), "--runs", "1", "--workers", "1")
    assert (answer.returncode, answer.stderr) == (0, "")
    assert not any(file.exists() for file in left)


def test_the_first_finding_comes_soon(tmp_path: Path) -> None:
    """From an empty folder it takes a few seconds: five on a machine that has them to give."""
    started = time.monotonic()
    start(*command(tmp_path / "new", "--workers", "2"))
    until(lambda: has_found(tmp_path / "new"))
    assert time.monotonic() - started < 5 * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    """A read-only folder is named, with the reason."""
    folder = tmp_path
    if os.geteuid() == 0:  # Root may write anywhere, but not to what is no file system of files.
        folder = Path("/sys")
        if not folder.is_dir():
            pytest.skip("there is nothing that root cannot write to")
    tmp_path.chmod(0o500)
    answer = run(folder)
    tmp_path.chmod(0o700)
    assert (answer.returncode, answer.stdout) == (4, "")
    assert answer.stderr == f"jaildiff: {folder / LOCK}: Permission denied\n"


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    """Not even root can make a folder below a file."""
    (tmp_path / "file").touch()
    answer = run(tmp_path / "file" / "campaign")
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "Traceback" not in answer.stderr
    assert str(tmp_path / "file") in answer.stderr


def test_a_campaign_keeps_its_seed(tmp_path: Path, whole: Path) -> None:
    """Another seed, garbage in the journal, or no campaign at all: a message, and exit code 2."""
    answer = run(whole, "--seed", "6", "--runs", "1")
    assert answer.returncode == 2
    assert f"expected the seed of this campaign, {SEED}, found 6" in answer.stderr
    (tmp_path / FILE).write_text("garbage\ngarbage\n")
    answer = run(tmp_path, "--runs", "1")
    assert answer.returncode == 2
    assert f"{tmp_path / FILE}:1: expected JSON: Expecting value" in answer.stderr
    assert run(tmp_path / "nothing", "--status").returncode == 2


# ---- a Dask cluster


@pytest.fixture
def cluster(tmp_path: Path) -> tuple[str, subprocess.Popen[str]]:
    """The address of a scheduler with two workers, and its process."""
    pytest.importorskip("distributed", reason="the extra `dask` is not installed")
    file = tmp_path / "scheduler.json"
    dask = [sys.executable, "-m", "dask"]
    common = ["--scheduler-file", str(file), "--no-dashboard"]
    scheduler = start(*dask, "scheduler", "--host", "127.0.0.1", "--port", "0", *common)
    worker = [*dask, "worker", *common, "--nthreads", "1", "--no-nanny"]
    for _ in range(2):
        start(*worker)
    until(file.exists)
    return json.loads(file.read_text())["address"], scheduler


def test_a_dask_cluster_finds_the_same(
    tmp_path: Path, whole: Path, cluster: tuple[str, subprocess.Popen[str]]
) -> None:
    """A scheduler and two workers of it give the findings that processes give."""
    answer = whole_run(tmp_path / "new", "--scheduler", cluster[0])
    assert (answer.returncode, answer.stderr) == (0, "")
    assert f"with Dask at {cluster[0]}." in answer.stdout
    assert results(tmp_path / "new") == results(whole)


def test_a_scheduler_that_goes_away_is_replaced(
    tmp_path: Path, whole: Path, cluster: tuple[str, subprocess.Popen[str]]
) -> None:
    """There is a message, processes do the rest, and nothing is lost."""
    address, scheduler = cluster
    folder = tmp_path / "new"
    options = ["--seed", str(SEED), "--runs", str(RUNS), "--scheduler", address]
    process = start(*command(folder, *options))
    until(lambda: has_found(folder))
    scheduler.kill()
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert err.count("\n") == 1
    assert f"jaildiff: Dask at {address}: " in err
    assert "going on with processes here" in err
    assert results(folder) == results(whole)
