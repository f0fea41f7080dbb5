import os
import signal
import subprocess
import sys
import time
from concurrent.futures import BrokenExecutor

import pytest

from jaildiff.search.campaign.pool import dask, processes
from jaildiff.support.errors import InputError
from tests.house.tools import ROOT

PARENT = """
import os, time
from jaildiff.search.campaign.pool import processes
pool = processes(2)
print(pool.submit(os.getpid).result(), flush=True)
time.sleep(60)
"""


def test_workers_end_with_their_campaign() -> None:
    """When the campaign is killed no worker lives on: the last end of their stdout closes."""
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    worker = int(parent.stdout.readline())
    assert worker != parent.pid
    parent.kill()
    started = time.monotonic()
    assert parent.communicate(timeout=30)[0] == ""
    assert time.monotonic() - started < 15


def test_a_worker_that_dies_breaks_the_pool() -> None:
    """The pool says that it is lost; no other error says so."""
    pool = processes(1)
    try:
        worker = pool.submit(os.getpid).result()
        # Ctrl-C reaches the workers too, and is none of their business.
        os.kill(worker, signal.SIGINT)
        assert pool.submit(os.getpid).result() == worker
        os.kill(worker, signal.SIGKILL)
        with pytest.raises(BrokenExecutor) as caught:
            pool.submit(os.getpid).result()
        assert pool.is_lost(caught.value)
        assert not pool.is_lost(ValueError())
    finally:
        pool.close()


def test_without_a_scheduler_there_is_a_clear_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody listens we say so, and soon."""
    pytest.importorskip("distributed", reason="the extra `dask` is not installed")
    monkeypatch.setattr("jaildiff.search.campaign.pool.CONNECT", 0.5)
    with pytest.raises(InputError, match=r"no Dask scheduler at tcp://127\.0\.0\.1:9"):
        dask("tcp://127.0.0.1:9", 1)
