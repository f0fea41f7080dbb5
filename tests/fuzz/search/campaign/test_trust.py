"""Whom a campaign trusts: docs/trust-of-workers.md."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jaildiff.search.campaign.pool import dask, is_guarded
from jaildiff.support.errors import InputError
from tests.house.tools import ROOT

PATIENCE = 60.0  # seconds for anything on a machine that is busy with other things
PAGE = ROOT / "docs" / "trust-of-workers.md"

# A worker that answers each task with a pickle that runs code where it is read.
ROGUE = """
import jaildiff.search.campaign.batch

class Answer:
    def __reduce__(self):
        return exec, ("import os; open({marker!r}, 'w').write(str(os.getpid()))",)

jaildiff.search.campaign.batch.generator_digest = lambda seed: Answer()
"""

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Processes, of which none outlives the test."""
    started: list[subprocess.Popen[str]] = []

    def begin(*words: str | Path, env: dict[str, str] | None = None) -> subprocess.Popen[str]:
        started.append(
            subprocess.Popen(
                [sys.executable, "-m", *map(str, words)],
                cwd=ROOT,
                env=os.environ | (env or {}),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def scheduler(start: Start, folder: Path, *words: str, env: dict[str, str] | None = None) -> Path:
    """The file with the address of a new scheduler of this machine."""
    pytest.importorskip("distributed", reason="the extra `dask` is not installed")
    file = folder / "scheduler.json"
    place = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", file)
    start("dask", "scheduler", *place, *words, env=env)
    end = time.monotonic() + PATIENCE
    while not file.exists():
        assert time.monotonic() < end
        time.sleep(0.05)
    return file


def address(file: Path) -> str:
    found = json.loads(file.read_text())["address"]
    assert isinstance(found, str)
    return found


@pytest.mark.parametrize(
    ("where", "guarded"),
    [
        ("tcp://127.0.0.1:8786", True),
        ("127.0.0.1:8786", True),
        ("localhost:8786", True),
        ("tcp://[::1]:8786", True),
        ("127.7.7.7:1", True),
        ("tls://10.0.0.1:8786", True),
        ("wss://workers.example.org:8786", True),
        ("tcp://10.0.0.1:8786", False),
        ("10.0.0.1:8786", False),
        ("workers.example.org:8786", False),
        ("ws://10.0.0.1:8786", False),
        ("ucx://10.0.0.1:8786", False),
        ("tcp://localhost.example.org:8786", False),
        ("tcp://127.0.0.1@10.0.0.1:8786", False),
        ("tls:10.0.0.1", False),
        ("tcp://[::1", False),
        ("", False),
    ],
)
def test_only_this_machine_and_tls_are_guarded(where: str, guarded: bool) -> None:
    """What is neither an address of this machine nor with TLS may be anybody's."""
    assert is_guarded(where) is guarded


def test_anybody_is_refused_unless_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says what is wrong and what to do; with `insecure` it is tried."""
    pytest.importorskip("distributed", reason="the extra `dask` is not installed")
    monkeypatch.setattr("jaildiff.search.campaign.pool.CONNECT", 0.1)
    with pytest.raises(InputError, match="on another machine and without TLS; use tls://, or --in"):
        dask("tcp://192.0.2.1:9", 1)
    with pytest.raises(InputError, match="no Dask scheduler at"):
        dask("tcp://192.0.2.1:9", 1, insecure=True)


def test_a_rogue_worker_runs_code_in_the_campaign(tmp_path: Path, start: Start) -> None:
    """What a worker answers is run by the campaign's process when it reads it."""
    file = scheduler(start, tmp_path)
    marker, preload = tmp_path / "marker", tmp_path / "rogue.py"
    preload.write_text(ROGUE.format(marker=str(marker)))
    rest = ("--no-dashboard", "--no-nanny", "--nthreads", "1", "--preload", preload)
    start("dask", "worker", "--scheduler-file", file, *rest)
    words = ("--seed", "1", "--runs", "1", "--scheduler", address(file))
    campaign = start("jaildiff", "campaign", tmp_path / "campaign", *words)
    _, err = campaign.communicate(timeout=PATIENCE)
    assert marker.read_text() == str(campaign.pid)
    assert (campaign.returncode, "run another version" in err) == (2, True)


@pytest.fixture
def tls(tmp_path: Path) -> dict[str, str]:
    """The environment that the page describes, with certificates made as it says."""
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl")
    making, settings = re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL)[:2]
    subprocess.run(["/bin/sh", "-ec", making], cwd=tmp_path, capture_output=True, check=True)
    pairs = re.findall(r"export (\w+)=(\S+)", settings)
    return {name: value.replace("$PWD", str(tmp_path)) for name, value in pairs}


def test_tls_as_the_page_says(tmp_path: Path, start: Start, tls: dict[str, str]) -> None:
    """Scheduler, worker and campaign talk TLS; who has no certificate is not let in."""
    file = scheduler(start, tmp_path, "--protocol", "tls", env=tls)
    rest = ("--no-dashboard", "--no-nanny", "--nthreads", "1")
    start("dask", "worker", "--scheduler-file", file, *rest, env=tls)
    where = address(file)
    assert where.startswith("tls://")
    words = ("--seed", "1", "--runs", "1", "--scheduler", where)
    campaign = start("jaildiff", "campaign", tmp_path / "campaign", *words, env=tls)
    out, err = campaign.communicate(timeout=PATIENCE)
    assert (campaign.returncode, err) == (0, "")
    assert f"with Dask at {where}." in out
    stranger = start("jaildiff", "campaign", tmp_path / "stranger", *words)
    _, err = stranger.communicate(timeout=PATIENCE)
    assert stranger.returncode == 2
    assert err.startswith(f"jaildiff: no Dask scheduler at {where}: ")
    assert err.count("\n") == 1
