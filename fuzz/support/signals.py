"""SIGINT, SIGTERM and SIGHUP: all end what is under way, and none ends it in the middle of a save.

A hangup ends as SIGTERM does, unless it was to be ignored: nohup(1).
"""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

HANGUP = getattr(signal, "SIGHUP", signal.SIGTERM)  # SIGHUP, where there is one
SIGNALS = (signal.SIGINT, *dict.fromkeys((signal.SIGTERM, HANGUP)))

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
        signal.raise_signal(number)


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
