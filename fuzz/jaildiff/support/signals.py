"""SIGINT, SIGTERM and SIGHUP: each stops the running work, but never in the middle of a save.

SIGHUP acts like SIGTERM unless we were started with it ignored, as under nohup(1).
"""

import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from types import FrameType
from typing import NoReturn

HANGUP = getattr(signal, "SIGHUP", signal.SIGTERM)  # Windows has no SIGHUP
SIGNALS = (signal.SIGINT, *dict.fromkeys((signal.SIGTERM, HANGUP)))

PATIENCE = 1.8  # seconds that a program may take to end, on an idle machine
BUSY_MAX = 5.0
SHOW_CURSOR = b"\x1b[?25h"  # a progress bar hides it

Handler = Callable[[int, FrameType | None], object]


class Terminated(KeyboardInterrupt):
    """Raised at SIGTERM and SIGHUP; code that handles Ctrl-C thus handles them, too."""


@contextmanager
def terminable() -> Iterator[None]:
    """Make the signals raise inside the block.  Enter it from the main thread."""
    with handled(dict.fromkeys(SIGNALS, terminate) | {signal.SIGINT: signal.default_int_handler}):
        yield


@contextmanager
def unstoppable() -> Iterator[None]:
    """Hold the signals back inside the block; deliver the first of them at its end."""
    waiting: list[int] = []

    def wait(number: int, _frame: FrameType | None) -> None:
        waiting.append(number)

    with handled(dict.fromkeys(SIGNALS, wait)):
        yield
    for number in waiting[:1]:
        # raise_signal would reach the wakeup descriptor of `impatient`, as a second Ctrl-C.
        handler = signal.getsignal(number)
        if callable(handler):
            handler(number, None)
        else:
            signal.raise_signal(number)


@contextmanager
def impatient() -> Iterator[None]:
    """After a signal in the block, allow PATIENCE seconds to save; a second Ctrl-C ends at once.

    The process may thus end at any moment of a save.  Once a signal has come, the time limit
    holds for the rest of the process, even after the block.  Enter it from the main thread.
    """
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    # The C handler writes each signal's number here, even while Python code cannot run.
    before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    Thread(target=end_in_time, args=(reader,), daemon=True).start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        os.close(writer)


def end_in_time(reader: int) -> None:
    """End the process when its time after the first signal is up, or at the second Ctrl-C."""
    first = next_signal(reader, None)
    if first is None:
        os.close(reader)
        return
    end = time.monotonic() + PATIENCE * busyness()
    while (number := next_signal(reader, end)) not in (signal.SIGINT, None):
        pass
    if number is None:
        time.sleep(max(0.0, end - time.monotonic()))
    if sys.stderr.isatty():
        os.write(sys.stderr.fileno(), SHOW_CURSOR)
    os._exit(128 + first)


def busyness() -> float:
    """The factor by which other work slows this machine down just now, 1 to BUSY_MAX."""
    waiting = os.getloadavg()[0] / (os.cpu_count() or 1)
    return min(max(1.0, waiting), BUSY_MAX)


def next_signal(reader: int, end: float | None) -> int | None:
    """The next of SIGNALS; None if `end` comes first or the other end of the pipe is closed."""
    while True:
        left = None if end is None else max(0.0, end - time.monotonic())
        if not select.select([reader], [], [], left)[0]:
            return None
        told = os.read(reader, 1)
        if not told:
            return None
        if told[0] in SIGNALS:
            return told[0]


@contextmanager
def handled(handlers: dict[signal.Signals, Handler]) -> Iterator[None]:
    """Install signal handlers for the time of the block."""
    before = {
        number: signal.signal(number, handler)
        for number, handler in handlers.items()
        if number != HANGUP or signal.getsignal(HANGUP) is not signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def terminate(_number: int, _frame: FrameType | None) -> NoReturn:
    """The handler of SIGTERM and SIGHUP."""
    raise Terminated
