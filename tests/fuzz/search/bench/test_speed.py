import pytest

from jaildiff.differ.comparison import LANDED, RULEBOOKS
from jaildiff.kernels.registry import KERNELS
from jaildiff.search.bench.crowds import CROWDS
from jaildiff.search.bench.phases import PHASES
from jaildiff.search.bench.speed import bench, told


@pytest.fixture(scope="module")
def numbers() -> dict[str, object]:
    return bench(300, 2, LANDED)


def test_everything_is_measured(numbers: dict[str, object]) -> None:
    """Each phase, rival, crowd and long program has a median between its lowest and highest."""
    assert (numbers["turns"], numbers["ops"]) == (2, 300)
    spreads = [numbers["generator_us_per_op"], numbers["transitions_per_s_of_explore"]]
    for group in (
        "ops_per_s",
        "ops_per_s_in_a_crowd",
        "ops_per_s_of_a_comparison",
        "ops_per_s_of_a_kernel_alone",
        "us_per_op_of_a_long_program",
    ):
        measured = numbers[group]
        assert isinstance(measured, dict)
        spreads += measured.values()
    for spread in spreads:
        assert isinstance(spread, dict)
        assert 0 < spread["low"] <= spread["median"] <= spread["high"]


def test_ratios_are_those_of_each_turn() -> None:
    """What is compared was measured in the same turn."""
    rates = {name: [2.0, 4.0] for name in (*PHASES, *CROWDS)}
    rates |= {f"{number} restarts": [1.0, 1.0] for number in (10, 100, 1000)}
    rates |= {"generator_us": [1.0, 1.0], "explore": [1.0, 1.0], "hypothesis": [1.0, 4.0]}
    rates |= {name: [1.0, 1.0] for name in (*map(",".join, RULEBOOKS), *KERNELS)}
    ratios = told(1, 2, rates)["times as fast as hypothesis"]
    assert isinstance(ratios, dict)
    assert ratios["cold"] == {"median": 1.5, "low": 1.0, "high": 2.0}
