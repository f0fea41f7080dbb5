from collections import Counter
from random import Random

import pytest

from jaildiff.search.campaign.estimate import Estimate, estimate, percent, within


def test_the_estimate_is_that_of_good_and_turing() -> None:
    """Of n ops, f classes seen once: the next op shows a new class with a chance of f / n."""
    found = estimate([1, 1, 5, 0, 93], 1000)
    assert found == Estimate(classes=4, once=2, ops=1000)
    assert found.next_op == 2 / 1000
    assert found.chance(1) == pytest.approx(2 / 1000)
    assert found.chance(1000) == pytest.approx(1 - (1 - 2 / 1000) ** 1000)


def test_the_chance_is_exact_where_it_is_tiny() -> None:
    """A chance of one in 10**15 is not rounded away, and a certain thing is certain."""
    assert within(1e-15, 1) == pytest.approx(1e-15)
    assert within(1.0, 1) == 1.0
    assert estimate([1], 1).chance() == 1.0


def test_the_estimate_comes_true() -> None:
    """Where the share of the unseen is known, the estimate meets it on average."""
    weights = [2.0**-k for k in range(1, 25)]
    error = 0.0
    for seed in range(200):
        rng = Random(seed)
        seen = Counter(rng.choices(range(24), weights, k=500))
        unseen = sum(weight for k, weight in enumerate(weights) if k not in seen) / sum(weights)
        error += estimate(seen.values(), 500).next_op - unseen
    assert abs(error / 200) < 0.0005


def test_words_say_what_the_numbers_say() -> None:
    """Classes, those seen once, and the chance for the next million ops stand in one sentence."""
    words = estimate([1, 1, 7], 40_000_000).words()
    assert words.startswith("3 classes seen in 40,000,000 ops, 2 of them only once.")
    assert "The next million ops show a new one with a chance of about 5 %" in words
    assert "cannot reach" in words


def test_words_never_promise_that_all_was_seen() -> None:
    """With no class seen once the estimate is none; the words give an upper end instead."""
    words = estimate([2], 1_000_000).words()
    assert words.startswith("1 class seen in 1,000,000 ops, none of them only once")
    assert "about 63 %" in words


def test_before_the_first_op_there_is_no_estimate() -> None:
    """Nothing run, nothing said."""
    nothing = estimate([], 0)
    assert nothing.next_op == 1.0
    assert "Nothing has been run yet" in nothing.words()


@pytest.mark.parametrize(
    ("chance", "words"),
    [(0.0, "less than 1 %"), (0.25, "about 25 %"), (0.999, "more than 99 %")],
)
def test_percent_is_never_falsely_certain(chance: float, words: str) -> None:
    """Neither 0 % nor 100 % is ever said."""
    assert percent(chance) == words
