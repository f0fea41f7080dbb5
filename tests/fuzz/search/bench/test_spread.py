from jaildiff.search.bench.spread import spread


def test_median_and_ends() -> None:
    """Four digits of the middle, the lowest and the highest, in whatever order they came."""
    assert spread([3.0, 1.23456, 2.0]) == {"median": 2.0, "low": 1.235, "high": 3.0}
    assert spread([7.0]) == {"median": 7.0, "low": 7.0, "high": 7.0}
