"""The workers: processes on this machine, or a Dask cluster.

We use both through the interface of concurrent.futures.Executor only; tasks and results are plain
data.
"""

import logging
import os
import signal
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from concurrent.futures import TimeoutError as TooLateError
from contextlib import suppress
from importlib import import_module
from ipaddress import ip_address
from multiprocessing import active_children, get_context, parent_process
from threading import Thread
from typing import Any, TypeVar
from urllib.parse import urlsplit

from jaildiff.search.campaign.batch import generator_digest
from jaildiff.support.errors import InputError
from jaildiff.support.garbage import look_rarely

CONNECT = 10  # seconds to wait for a scheduler
ANSWER = 60  # seconds to wait for its first worker
TLS = ("tls", "wss")
TASKS_AHEAD = 2  # tasks per worker, so that no worker waits for us

T = TypeVar("T")


class Pool:
    """Workers, until they are lost."""

    remote = False

    def __init__(self, executor: Executor, workers: int, name: str) -> None:
        self.executor = executor
        self.workers = workers
        self.name = name

    @property
    def slots(self) -> int:
        """The number of tasks to have in progress."""
        return TASKS_AHEAD * self.workers

    def submit(self, task: Callable[..., T], *args: object) -> Future[T]:
        """Begin a task."""
        return self.executor.submit(task, *args)

    def is_lost(self, error: BaseException | None = None) -> bool:
        """Whether these workers are of no more use, given this error of a task."""
        return isinstance(error, BrokenExecutor)

    def close(self) -> None:
        """Drop the workers and their tasks."""
        self.executor.shutdown(wait=False, cancel_futures=True)
        # A worker that hangs or is stopped would keep us from ending.
        for worker in active_children():
            worker.kill()


def processes(workers: int) -> Pool:
    """A pool of processes.

    They are spawned, not forked: a forked one would share our lock, and forking is unsafe beside
    threads.
    """
    executor = ProcessPoolExecutor(workers, get_context("spawn"), enlist, ())
    return Pool(executor, workers, f"{workers} process{'es' if workers > 1 else ''}")


def enlist() -> None:
    """Prepare a worker: it ignores Ctrl-C, which is for the campaign, and ends with its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    look_rarely()
    Thread(target=leave_with_parent, daemon=True).start()


def leave_with_parent() -> None:
    """End this process as soon as its parent ends, even by SIGKILL."""
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


class DaskPool(Pool):
    """The workers of a Dask scheduler; they may come and go."""

    remote = True

    def __init__(self, client: Any, address: str) -> None:
        super().__init__(client.get_executor(pure=False), 1, f"Dask at {address}")
        self.client = client

    @property
    def slots(self) -> int:
        """As many as there are worker threads now."""
        if self.client.status == "running":
            workers = self.client.scheduler_info(n_workers=-1)["workers"].values()
            self.workers = max(1, sum(worker["nthreads"] for worker in workers))
        return super().slots

    def is_lost(self, error: BaseException | None = None) -> bool:
        """Whether the scheduler is gone; if workers go, it gives their tasks to others."""
        return super().is_lost(error) or self.client.status != "running"

    def close(self) -> None:
        """Disconnect, and leave the cluster as it is."""
        with suppress(Exception):  # It may be gone, and then anything may fail.
            self.executor.shutdown(wait=False)
            self.client.close(timeout=1)


def dask(address: str, seed: int, *, insecure: bool = False) -> Pool:
    """A pool of the workers of a Dask scheduler.

    They can run code in this process, and so can anyone who controls the connection to them.
    Raises InputError if the connection is not protected (unless `insecure`), if the scheduler does
    not answer, or if its workers do not run the same jaildiff.
    """
    if not insecure and not is_guarded(address):
        message = f"the scheduler at {address} is on another machine and without TLS"
        advice = "use tls://, or --insecure if you trust everybody in that network"
        raise InputError("", 0, 0, f"{message}; {advice} (docs/trust-of-workers.md)")
    distributed: Any = import_module("distributed")  # optional
    for library in ("distributed", "tornado", "asyncio"):
        hush(library)
    try:
        pool = DaskPool(distributed.Client(address, timeout=CONNECT), address)
    except (OSError, TypeError, ValueError) as error:  # TypeError: TLS without certificates
        raise InputError("", 0, 0, f"no Dask scheduler at {address}: {error}") from None
    try:
        found = pool.submit(generator_digest, seed).result(ANSWER)
    except TooLateError:
        message = f"no worker of the scheduler at {address} has answered within {ANSWER} s"
        raise InputError("", 0, 0, message) from None
    except Exception as error:  # noqa: BLE001  # a worker may fail in any way
        message = f"the workers of {address} cannot run jaildiff: {error}"
        raise InputError("", 0, 0, message) from None
    if found != generator_digest(seed):
        raise InputError("", 0, 0, f"the workers of {address} run another version of jaildiff")
    return pool


def is_guarded(address: str) -> bool:
    """Whether the address of a scheduler is on this machine or uses TLS."""
    try:
        parts = urlsplit(address if "://" in address else f"tcp://{address}")
        host = parts.hostname or ""
        return parts.scheme in TLS or host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False  # A host name may resolve to any machine.


def hush(library: str) -> None:
    """Keep a library from logging errors that we report ourselves."""
    for name in [library, *logging.root.manager.loggerDict]:
        if f"{name}.".startswith(f"{library}."):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
