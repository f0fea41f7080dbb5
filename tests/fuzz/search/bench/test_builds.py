import pytest

from jail_source.build import VARIABLE
from jaildiff.differ.comparison import LANDED
from jaildiff.search.bench import builds as module
from jaildiff.search.bench.builds import BUILDS, OWN, Rates, builds, elsewhere
from jaildiff.search.bench.phases import PHASES


def test_a_build_is_measured_elsewhere() -> None:
    """In a process of its own, each phase and rival."""
    rates = elsewhere(200, LANDED.name, {VARIABLE: "1"})
    assert rates.keys() == {*PHASES, "hypothesis", OWN}
    assert all(rate > 0 for rate in rates.values())


def test_builds_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ratios are those of each turn, of the build to Hypothesis on the same build, and of the
    builds to each other.
    """
    taken = []

    def measured(_ops: int, _kernels: str, settings: dict[str, str]) -> Rates:
        taken.append(settings)
        rate = 10.0 if settings else 30.0 + len(taken)
        return dict.fromkeys((*PHASES, OWN), rate) | {"hypothesis": 5.0}

    monkeypatch.setattr(module, "elsewhere", measured)
    found = builds(1, 3, LANDED.name)
    assert taken == [*BUILDS.values()] * 3
    compiled, source = (
        found[name]
        for name in ("compiled, times as fast as the source", "source, times as fast as hypothesis")
    )
    assert compiled == {phase: {"median": 3.3, "low": 3.1, "high": 3.5} for phase in PHASES}
    assert source == {key: {"median": 2.0, "low": 2.0, "high": 2.0} for key in (*PHASES, OWN)}
