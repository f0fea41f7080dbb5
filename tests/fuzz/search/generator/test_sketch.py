from itertools import accumulate
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from jaildiff.search.generator.sketch import Sketch

SEEDS = st.integers(0, 1000)
OPTIONS = st.lists(st.integers(), min_size=1, max_size=9)


def sketch(seed: int) -> Sketch:
    rng = Random(0)
    sketched = Sketch(rng, ())
    rng.seed(seed)
    return sketched


@given(seed=SEEDS, options=OPTIONS, data=st.data())
def test_sample_draws_as_random_does(seed: int, options: list[int], data: st.DataObject) -> None:
    """Seeds stand for the programs that they stood for when Random.sample drew."""
    count = data.draw(st.integers(0, len(options)))
    ours, theirs = sketch(seed), Random(seed)
    assert list(ours.sample(options, count)) == theirs.sample(options, count)
    assert ours.random() == theirs.random()


@given(seed=SEEDS, weights=st.lists(st.floats(0.1, 30), min_size=1, max_size=17))
def test_weighted_draws_as_random_does(seed: int, weights: list[float]) -> None:
    """Seeds stand for the programs that they stood for when Random.choices drew."""
    ours, theirs = sketch(seed), Random(seed)
    options, sums = range(len(weights)), list(accumulate(weights))
    drawn = [ours.weighted(options, sums) for _ in range(5)]
    assert drawn == [theirs.choices(options, cum_weights=sums)[0] for _ in range(5)]
