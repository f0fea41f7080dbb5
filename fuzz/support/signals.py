"""SIGINT, SIGTERM and SIGHUP: all end what is under way, and none ends it in the middle of a save.

A hangup ends as SIGTERM does, unless it was to be ignored: nohup(1).
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

HANGUP = getattr(signal, "SIGHUP", signal.SIGTERM)  # SIGHUP, where there is one
SIGNALS = (signal.SIGINT, *dict.fromkeys((signal.SIGTERM, HANGUP)))

PATIENCE = 1.8  # seconds that a program may take to end, on a machine that is free
BUSY_MAX = 5.0
SHOW_CURSOR = b"\x1b[?25h"  # which a progress bar hides

Handler = Callable[[int, FrameType | None], object]


class Terminated(KeyboardInterrupt):
    """SIGTERM or SIGHUP, where Ctrl-C raises KeyboardInterrupt: who minds one minds all."""


@contextmanager
def terminable() -> Iterator[None]:
    """Inside, the signals raise.  Must be entered by the main thread."""
    with handled(dict.fromkeys(SIGNALS, terminate) | {signal.SIGINT: signal.default_int_handler}):
        yield


@contextmanager
def unstoppable() -> Iterator[None]:
    """Inside, the signals wait; the first of them comes when all is done."""
    waiting: list[int] = []

    def wait(number: int, _frame: FrameType | None) -> None:
        waiting.append(number)

    with handled(dict.fromkeys(SIGNALS, wait)):
        yield
    for number in waiting[:1]:
        # Raised anew it would count as a second one.
        handler = signal.getsignal(number)
        if callable(handler):
            handler(number, None)
        else:
            signal.raise_signal(number)


@contextmanager
def impatient() -> Iterator[None]:
    """Inside, a signal leaves PATIENCE to save and to end; Ctrl-C again ends the process at once.

    What saves must bear that at any moment.  Once a signal has come it holds to the end of the
    process, also behind the block.  Must be entered by the main thread.
    """
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    # The system tells us of each signal, whatever is under way and whoever handles it.
    before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    Thread(target=end_in_time, args=(reader,), daemon=True).start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        os.close(writer)


def end_in_time(reader: int) -> None:
    """End the process some time after a first signal, or with the second Ctrl-C."""
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
    """How many times longer than by itself anything takes on this machine just now; 5 at most."""
    waiting = os.getloadavg()[0] / (os.cpu_count() or 1)
    return min(max(1.0, waiting), BUSY_MAX)


def next_signal(reader: int, end: float | None) -> int | None:
    """The next signal that ends us; None if there is none until then, or nobody to tell us."""
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
    """Inside, these are the signals' handlers."""
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
