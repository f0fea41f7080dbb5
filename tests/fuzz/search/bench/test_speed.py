import pytest

from fuzz.differ.comparison import LANDED
from fuzz.search.bench.speed import JAILS, Crowd, bench, rate
from prison.call import Call


@pytest.fixture(scope="module")
def numbers() -> dict[str, object]:
    return bench(0.01, LANDED)


def test_everything_is_measured(numbers: dict[str, object]) -> None:
    """There is a positive rate for each way of driving, and for each number of jails."""
    by_jails = numbers.pop("ops_per_s_by_jails")
    assert isinstance(by_jails, dict)
    assert list(by_jails) == ["10", "100", "1000", "10000"]
    assert list(numbers) == ["differential_ops_per_s", "hypothesis_ops_per_s", "ratio"]
    rates = [*numbers.values(), *by_jails.values()]
    assert all(isinstance(number, float) and number > 0 for number in rates)


@pytest.mark.parametrize("jails", JAILS[:2])
def test_a_crowd_is_as_large_as_it_says(jails: int) -> None:
    """So many jails live in either kernel, some nested, some with a process, before and after."""
    crowd = Crowd(jails, LANDED)
    for _ in range(3):
        for k in (crowd.lockstep.old, crowd.lockstep.new):
            assert len(k.allprison) == jails
            assert sum(pr.parent is not k.prison0 for pr in k.allprison) == 3 * jails // 10
            assert sum(bool(pr.procs) for pr in k.allprison) == 2 * jails // 10
        assert crowd.mix() > 0


def test_the_mix_needs_experiments() -> None:
    """The mixed ops make the kernels diverge, and end with nothing that differs."""
    crowd = Crowd(JAILS[0], LANDED)
    crowd.mix()
    assert crowd.lockstep.diverged
    assert crowd.lockstep.differences.now == {}


def test_no_op_of_the_mix_is_refused_by_both() -> None:
    """Each op works in at least one kernel."""
    refused: list[Call] = []

    class Watched(Crowd):
        def call(self, call: Call) -> int:
            answer = super().call(call)
            if all(result.errno for result in self.lockstep.answers):
                refused.append(call)
            return answer

    Watched(JAILS[0], LANDED).mix()
    assert refused == []


def test_a_rate_is_taken_over_at_least_one_portion() -> None:
    """No time at all still gives a rate."""
    assert rate(iter([(6, 2.0), (1, 1.0)]), 0) == 3.0
