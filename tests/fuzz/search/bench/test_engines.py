"""Engines side by side."""

from itertools import islice

from jaildiff.differ.comparison import LANDED
from jaildiff.findings.baseline import load
from jaildiff.search.bench.engines import POINTS, at_random, by_hypothesis, compare, curve
from jaildiff.search.generator.generate import generate
from jaildiff.search.hunt.hunt import Hunt


def test_each_engine_is_measured() -> None:
    """Each engine has a rate and a curve whose ops, seconds and classes never fall."""
    measured = compare(0.8, LANDED)
    assert list(measured) == ["random", "swarm", "guided", "hypothesis"]
    for numbers in measured.values():
        assert isinstance(numbers, dict)
        assert numbers["ops_per_s"] > 0
        assert 0 < len(numbers["curve"]) <= POINTS
        for points in zip(*numbers["curve"], strict=True):
            assert list(points) == sorted(points)


def test_the_built_in_engine_finds_classes() -> None:
    """The generator's programs show something within a fraction of a second."""
    numbers = curve((generate(1, number) for number in range(10**6)), 0.5, LANDED)
    points = numbers["curve"]
    assert isinstance(points, list)
    assert points[-1][2] > 10


def test_the_others_give_programs() -> None:
    """Random bytes and the state machine give programs that run."""
    hunt = Hunt(load(None, LANDED), LANDED)
    for engine in (at_random(), by_hypothesis(LANDED)):
        for program in islice(engine, 5):
            hunt.try_program(program)
    assert hunt.programs == 10
