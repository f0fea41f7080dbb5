import pytest

from jaildiff.differ.comparison import LANDED_NAMES
from jaildiff.kernels.fault import load
from jaildiff.programs.program import Program
from jaildiff.search.campaign.batch import Batch, run_batch
from jaildiff.search.campaign.canary import KERNELS, SHOWN, Watch, watch


@pytest.mark.parametrize("seed", range(8))
def test_it_is_found(seed: int) -> None:
    """Whatever the seed, its first programs show the canary."""
    assert watch(seed) == Watch(found=True)


def test_it_is_shown_by_the_fault_alone() -> None:
    """Without the fault nothing looks like the canary."""
    assert KERNELS.new.removeprefix("new+") in load()
    assert SHOWN.fingerprint not in run_batch(Batch(LANDED_NAMES, 1, 0)).counts


def test_it_can_be_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs in which nobody attaches do not show it."""
    monkeypatch.setattr("jaildiff.search.campaign.canary.generate", lambda *_: Program("empty", ()))
    assert watch(1) == Watch(found=False)
