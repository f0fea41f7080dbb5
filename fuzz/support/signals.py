"""SIGINT and SIGTERM: both end what is under way, and neither ends it in the middle of a save."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

SIGNALS = (signal.SIGINT, signal.SIGTERM)

Handler = Callable[[int, FrameType | None], object]


class Terminated(KeyboardInterrupt):
    """SIGTERM, where Ctrl-C raises KeyboardInterrupt: whoever minds the one minds the other."""


@contextmanager
def terminable() -> Iterator[None]:
    """Inside, both signals raise.  Must be entered by the main thread."""
    with handled({signal.SIGINT: signal.default_int_handler, signal.SIGTERM: terminate}):
        yield


@contextmanager
def unstoppable() -> Iterator[None]:
    """Inside, both signals wait; the first of them comes when all is done."""
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
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def terminate(_number: int, _frame: FrameType | None) -> NoReturn:
    """The handler of SIGTERM."""
    raise Terminated
