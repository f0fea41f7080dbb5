import signal

import pytest

from fuzz.support.signals import Terminated, terminable, unstoppable


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


def test_nothing_happens() -> None:
    """Without a signal neither block does anything."""
    with unstoppable(), terminable():
        pass
