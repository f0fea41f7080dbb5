from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from fuzz.batch import Batch
from fuzz.pool import Pool
from fuzz.scaling import scaling


def test_one_and_two_workers_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both rates and both ratios come out, from workers that take turns."""
    started = []

    def threads(workers: int) -> Pool:
        started.append(workers)
        return Pool(ThreadPoolExecutor(workers), workers, "threads")

    monkeypatch.setattr("fuzz.scaling.processes", threads)
    monkeypatch.setattr("fuzz.scaling.Batch", partial(Batch, size=2))
    monkeypatch.setattr("fuzz.scaling.WARM_UP", 0.1)
    numbers = scaling(2.0)
    rates = numbers["ops_per_s_by_workers"]
    assert isinstance(rates, dict)
    assert started == [1, 2]
    assert min(rates["1"], rates["2"]) > 0
    assert numbers.keys() == {"ops_per_s_by_workers", "ratio", "ratio_by_processor_time"}
