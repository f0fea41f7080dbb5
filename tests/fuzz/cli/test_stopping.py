"""Ctrl-C ends every command soon, and a second one at once, whatever is under way."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jaildiff.search.campaign.journal import FILE
from jaildiff.search.campaign.ledger import read_ledger
from jaildiff.support.signals import busyness
from tests.house.tools import ROOT

PATIENCE = 60.0  # seconds for a command to get going on a busy machine
SOON = 2.0  # seconds to end in, on a machine that is free
AT_ONCE = 0.5
SLOW = "jaildiff 1\n" + "".join(
    f"p1: fork() = p{n}\np{n}: jail_set(CREATE|ATTACH, jid={n})\n"
    f"p1: jail_remove({n})\np1: jail_set(CREATE, jid={n}, persist)\n"
    for n in range(2, 5_000)
)
BUSY = """
import sys, time
from jaildiff.cli import main as cli, terminal
from jaildiff.cli.commands import conform
def busy(*_):
    print("ready", flush=True)
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            while time.monotonic() < end:
                sum(range(10**5))
        except KeyboardInterrupt:
            pass
conform.compare = busy
sys.argv = ["jaildiff", "conform", "--kernel", "new", "corpus/rules"]
cli.main()
"""


class Started:
    """A command that runs; its end is waited for and timed."""

    def __init__(self, words: list[str]) -> None:
        self.process = subprocess.Popen(
            words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def signal(self, number: signal.Signals = signal.SIGINT) -> float:
        """Send a signal; when."""
        self.process.send_signal(number)
        return time.monotonic()

    def end(self) -> tuple[int, str, str]:
        """Exit code and what was said."""
        out, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out, err

    def workers(self) -> list[int]:
        """The processes that it has started."""
        listed = subprocess.run(
            ["ps", "-A", "-ww", "-o", "pid=", "-o", "ppid=", "-o", "args="],  # noqa: S607  # wherever the system has it
            capture_output=True,
            text=True,
            check=True,
        )
        rows = [line.split(None, 2) for line in listed.stdout.splitlines()]
        own = str(self.process.pid)
        return [int(row[0]) for row in rows if row[1] == own and "spawn_main" in row[2]]


@pytest.fixture
def start() -> Iterator[Callable[..., Started]]:
    """Commands, of which none outlives the test."""
    started: list[Started] = []

    def begin(*words: str | Path) -> Started:
        started.append(Started([sys.executable, *map(str, words)]))
        return started[-1]

    yield begin
    for one in started:
        for worker in one.workers():
            os.kill(worker, signal.SIGKILL)
        one.process.kill()
        one.process.communicate()


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def is_under_way(folder: Path) -> bool:
    path = folder / FILE
    return path.exists() and b'"found"' in path.read_bytes()


@pytest.mark.parametrize(
    "words",
    [
        ("fuzz", "--time", "60", "--out", "OUT"),
        ("explore", "small", "--out", "OUT"),
        ("selftest",),
        ("conform", "--kernel", "new", "corpus/traces"),
        ("judge", "corpus/traces/random.jsonl.zst"),
        ("run", "SLOW"),
        ("minimize", "SLOW"),
    ],
    ids=lambda words: words[0],
)
def test_any_command_ends_soon(
    tmp_path: Path, start: Callable[..., Started], words: tuple[str, ...]
) -> None:
    """After Ctrl-C it takes no command two seconds to save what it has and to end."""
    (tmp_path / "slow.jd").write_text(SLOW)
    named = {"OUT": str(tmp_path / "out"), "SLOW": str(tmp_path / "slow.jd")}
    command = start("-m", "jaildiff", *(named.get(word, word) for word in words))
    time.sleep(4)
    assert command.process.poll() is None
    sent = command.signal()
    code, _, err = command.end()
    assert (code, err) == (130, "")
    assert time.monotonic() - sent < SOON * busyness()


def test_what_does_not_listen_is_ended(start: Callable[..., Started]) -> None:
    """A command that ignores Ctrl-C is ended after two seconds, with the same exit code."""
    command = start("-c", BUSY)
    assert command.process.stdout is not None
    assert command.process.stdout.readline() == "ready\n"
    sent = command.signal()
    assert command.end()[0] == 130
    assert time.monotonic() - sent < SOON * busyness()


def test_a_second_interrupt_ends_at_once(start: Callable[..., Started]) -> None:
    """Who presses Ctrl-C twice waits for nothing."""
    command = start("-c", BUSY)
    assert command.process.stdout is not None
    command.process.stdout.readline()
    command.signal()
    time.sleep(0.2)
    sent = command.signal()
    assert command.end()[0] == 130
    assert time.monotonic() - sent < AT_ONCE * busyness()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_other_signals_twice_leave_time_to_save(
    tmp_path: Path, start: Callable[..., Started], number: signal.Signals
) -> None:
    """A system that shuts down sends several: what was found is still saved."""
    command = start("-m", "jaildiff", "fuzz", "--time", "60", "--out", tmp_path)
    until(lambda: any(tmp_path.glob("*.jd")))
    command.signal(number)
    command.signal(signal.SIGTERM)
    code, out, _ = command.end()
    assert code == 143
    assert "interrupted" in out
    assert (tmp_path / "findings.jsonl").stat().st_size > 0


def test_stopped_workers_do_not_keep_a_campaign(
    tmp_path: Path, start: Callable[..., Started]
) -> None:
    """With workers that hang it ends as soon, says how far it came, and leaves none behind."""
    command = start("-m", "jaildiff", "campaign", tmp_path, "--workers", "2")
    until(lambda: is_under_way(tmp_path))
    workers = command.workers()
    assert len(workers) == 2
    for worker in workers:
        os.kill(worker, signal.SIGSTOP)
    sent = command.signal()
    code, out, _ = command.end()
    assert (code, "classes seen in" in out) == (130, True)
    assert time.monotonic() - sent < SOON * busyness()
    for worker in workers:
        with pytest.raises(ProcessLookupError):
            os.kill(worker, 0)


def test_a_budget_ends_in_spite_of_stopped_workers(
    tmp_path: Path, start: Callable[..., Started]
) -> None:
    """When the time is up a campaign ends, whoever does not answer."""
    command = start("-m", "jaildiff", "campaign", tmp_path, "--workers", "2", "--time", "4")
    until(lambda: len(command.workers()) == 2)
    for worker in command.workers():
        os.kill(worker, signal.SIGSTOP)
    code, _, err = command.end()
    assert code < 2
    assert "did not end in time" in err


@pytest.mark.parametrize("below", [10**9, 2**36])
def test_a_journal_that_claims_much_does_not_hold_a_campaign(
    tmp_path: Path, start: Callable[..., Started], below: int
) -> None:
    """However many batches are said to be done, the next one is found at once."""
    head = json.loads((new_journal(tmp_path, start)).read_text().splitlines()[0])
    done = {"kind": "done", "below": below, "batches": [], "programs": 1, "ops": 1, "seconds": 0.1}
    rows = [head, done | {"counts": {}, "at": 1}]
    (tmp_path / FILE).write_text("".join(json.dumps(row) + "\n" for row in rows))
    command = start("-m", "jaildiff", "campaign", tmp_path, "--workers", "1")
    until(lambda: is_under_way(tmp_path))
    sent = command.signal()
    assert command.end()[0] == 130
    assert time.monotonic() - sent < SOON * busyness()
    ledger, _, _ = read_ledger(tmp_path / FILE)
    assert ledger is not None
    assert ledger.below >= below


def new_journal(folder: Path, start: Callable[..., Started]) -> Path:
    """The journal of a campaign that has just begun."""
    code, _, _ = start("-m", "jaildiff", "campaign", folder, "--seed", "1", "--time", "0").end()
    assert code < 2
    return folder / FILE
