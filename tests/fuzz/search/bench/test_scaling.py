from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from jaildiff.differ.comparison import LANDED_NAMES
from jaildiff.search.bench.scaling import ratio, scaling
from jaildiff.search.campaign.batch import Batch
from jaildiff.search.campaign.pool import Pool


def test_one_and_two_workers_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both rates and both ratios come out, from workers that take turns."""
    started = []

    def threads(workers: int) -> Pool:
        started.append(workers)
        return Pool(ThreadPoolExecutor(workers), workers, "threads")

    monkeypatch.setattr("jaildiff.search.bench.scaling.processes", threads)
    monkeypatch.setattr("jaildiff.search.bench.scaling.Batch", partial(Batch, size=2))
    monkeypatch.setattr("jaildiff.search.bench.scaling.WARM_UP", 0.1)
    numbers = scaling(2.0, LANDED_NAMES)
    rates = numbers["ops_per_s_by_workers"]
    assert isinstance(rates, dict)
    assert started == [1, 2]
    assert min(rates["1"], rates["2"]) > 0
    assert numbers.keys() == {"ops_per_s_by_workers", "ratio", "ratio_by_processor_time"}


def test_turns_that_were_too_short() -> None:
    """Where a busy machine let a turn do nothing it does not count."""
    assert ratio([(0.0, 5.0), (2.0, 4.0)]) == 2.0
    assert ratio([(0.0, 5.0)]) == 0.0
