import signal
import threading
import time

import pytest

from jaildiff.support.signals import Terminated, busyness, impatient, terminable, unstoppable


def test_terminable() -> None:
    """Both signals raise, each its own exception; behind the block all is as before."""
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with pytest.raises(Terminated), terminable():
        signal.raise_signal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt) as caught, terminable():
        signal.raise_signal(signal.SIGINT)
    assert not isinstance(caught.value, Terminated)
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_unstoppable(number: signal.Signals) -> None:
    """A signal waits until the block is done, and comes once, however often it was sent."""
    done = []

    def save() -> None:
        with terminable(), unstoppable():
            signal.raise_signal(number)
            signal.raise_signal(number)
            done.append(True)

    with pytest.raises(KeyboardInterrupt):
        save()
    assert done


def test_terminable_inside() -> None:
    """What saves may let itself be ended while it works: the inner block decides."""
    with unstoppable():
        with pytest.raises(Terminated), terminable():
            signal.raise_signal(signal.SIGTERM)
        reached = True
    assert reached


def test_impatient_lets_everything_end_by_itself() -> None:
    """Without a signal no thread and no descriptor is left behind the block."""
    before = signal.set_wakeup_fd(-1)
    threads = threading.active_count()
    with impatient():
        assert threading.active_count() == threads + 1
    end = time.monotonic() + 10
    while threading.active_count() > threads:
        assert time.monotonic() < end
        time.sleep(0.01)
    assert signal.set_wakeup_fd(before) == -1


@pytest.mark.parametrize(("load", "times"), [(0.0, 1.0), (2.0, 1.0), (6.0, 3.0), (99.0, 5.0)])
def test_a_busy_machine_is_given_more_time(
    monkeypatch: pytest.MonkeyPatch, load: float, times: float
) -> None:
    """As much longer as others are in the way, but not for ever."""
    monkeypatch.setattr("os.getloadavg", lambda: (load, 0.0, 0.0))
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    assert busyness() == times


def test_nothing_happens() -> None:
    """Without a signal neither block does anything."""
    with unstoppable(), terminable():
        pass
