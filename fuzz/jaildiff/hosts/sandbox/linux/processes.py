"""Real processes, as /proc shows them.  proc(5)."""

import os
import select
import signal
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

MARK = "JAILDIFF_JAIL"  # the environment variable that names the jail of a process
POLL = 0.005  # seconds between two looks


class Status(NamedTuple):
    """What is known of a running process."""

    parent: int
    start: int  # in ticks since boot; unique together with the pid


def running(top: int, known: Mapping[int, int] | None = None) -> dict[int, Status]:
    """A process and its running descendants, the oldest first.

    `known` are processes found earlier, with their start times.  They are kept so that one whose
    parent has just ended does not get lost.
    """
    every: dict[int, tuple[str, Status]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError, IndexError):
                every[int(folder.name)] = status_of(int(folder.name))
    found = {top} & every.keys()
    for pid, start in (known or {}).items():
        if pid in every and every[pid][1].start == start:
            found.add(pid)
    growing = True
    while growing:
        more = {pid for pid, (_, status) in every.items() if status.parent in found} - found
        found |= more
        growing = bool(more)
    alive = [(every[pid][1].start, pid) for pid in found if every[pid][0] not in "ZX"]
    return {pid: every[pid][1] for _, pid in sorted(alive)}


def status_of(pid: int) -> tuple[str, Status]:
    """The state of a process, and what else /proc/PID/stat says.

    Raises ProcessLookupError if there is no such process.
    """
    try:
        words = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except FileNotFoundError:
        raise ProcessLookupError(pid) from None
    return words[0].decode(), Status(int(words[1]), int(words[19]))


def number_inside(pid: int) -> int:
    """The pid of a process in its own process namespace, as scripts see it; 0 if it is gone."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_bytes().splitlines():
            if line.startswith(b"NSpid:"):
                return int(line.split()[-1])
    return 0


def mark_of(pid: int) -> int | None:
    """The jail that the environment of a process names (Prison.seq)."""
    prefix = f"{MARK}=".encode()
    with suppress(OSError):
        for row in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
            if row.startswith(prefix) and row[len(prefix) :].isdigit():
                return int(row[len(prefix) :])
    return None


def words_of(pid: int) -> list[str]:
    """The command line of a process, as byte strings."""
    with suppress(OSError):
        text = Path(f"/proc/{pid}/cmdline").read_bytes().decode("latin-1")
        return text.rstrip("\0").split("\0")
    return []


def name_of(pid: int) -> str:
    """The name of the program that a process runs, as a byte string."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_bytes().decode("latin-1").rstrip("\n")
    return ""


def send_signal(pid: int, number: int) -> None:
    """kill(2) of a process that may be gone."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def await_end(pids: Iterable[int], timeout: float | None) -> int | None:
    """Wait until one of some processes ends; None if that takes too long."""
    watched = select.poll()
    descriptors: dict[int, int] = {}
    try:
        for pid in pids:
            try:
                descriptor = os.pidfd_open(pid)
            except ProcessLookupError:
                return pid
            descriptors[descriptor] = pid
            watched.register(descriptor, select.POLLIN)
        ended = watched.poll(None if timeout is None else timeout * 1000)
        return descriptors[ended[0][0]] if ended else None
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def kill_all(top: int, patience: float = 5.0) -> bool:
    """End a process and all its descendants; returns whether all are gone."""
    end = time.monotonic() + patience
    while left := running(top):
        for pid in left:
            send_signal(pid, signal.SIGKILL)
        if time.monotonic() > end:
            return False
        time.sleep(POLL)
    return True
