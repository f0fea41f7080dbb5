import pytest

from jaildiff.differ.comparison import LANDED
from jaildiff.differ.steps.lockstep import Lockstep
from jaildiff.search.bench.phases import PHASES
from jaildiff.search.bench.stopwatch import PARTS, REST, Stopwatch, where


def test_shares_of_each_phase() -> None:
    """They sum to one, and every part that there is was met somewhere."""
    found = where(2_000, LANDED)
    assert list(found) == list(PHASES)
    for shares in found.values():
        assert sum(shares.values()) == pytest.approx(1, abs=0.01)
    met = {part for shares in found.values() for part in shares}
    assert met == {part for part, _, _ in PARTS} | {REST}


def test_nothing_stays_behind() -> None:
    """After the look everything is what it was, also if the work failed."""
    before = vars(Lockstep)["_step_apart"]
    watch = Stopwatch()

    def work() -> None:
        with watch.watching():
            assert vars(Lockstep)["_step_apart"] is not before
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    assert vars(Lockstep)["_step_apart"] is before


def test_a_part_is_timed_without_what_it_calls_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of ten seconds of which seven are another part's, three are its own."""
    clock = iter([0.0, 0.0, 1.0, 8.0, 10.0])
    monkeypatch.setattr("jaildiff.search.bench.stopwatch.time.perf_counter", lambda: next(clock))
    watch = Stopwatch()
    inner = watch.timed("inner", lambda: None)
    watch.timed("outer", inner)()
    assert dict(watch.seconds) == {REST: 0.0, "outer": 3.0, "inner": 7.0}


def test_steps_of_attribution_are_attribution() -> None:
    """What heals roots steps as the lockstep does, and is booked as what it is for."""
    watch = Stopwatch()
    step = watch.timed("step", lambda: None)
    watch.timed("attribution", step)()
    assert "step" not in watch.seconds
