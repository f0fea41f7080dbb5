import pytest

from fuzz.batch import Batch, run_batch
from fuzz.canary import FAULT, SHOWN, Watch, watch
from fuzz.fault import load
from fuzz.finding import violation_fingerprint
from fuzz.program import Program


@pytest.mark.parametrize("seed", range(8))
def test_it_is_found(seed: int) -> None:
    """Whatever the seed, its first programs show the canary."""
    assert watch(seed) == Watch(found=True)


def test_it_is_shown_by_the_fault_alone() -> None:
    """Without the fault nothing looks like the canary."""
    assert FAULT in load()
    assert violation_fingerprint(SHOWN) not in run_batch(Batch(1, 0)).counts


def test_it_can_be_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs in which nobody attaches do not show it."""
    monkeypatch.setattr("fuzz.canary.generate", lambda *_: Program("empty", ()))
    assert watch(1) == Watch(found=False)
