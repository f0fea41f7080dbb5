"""What is told of the recorded configurations, held against what the real programs did."""

import pytest

from tests.impact_truth import RECORDINGS, measure

# 14 does not know zfs.dataset; it passes as not modelled, as everything of ZFS does.
NOT_TOLD = {"D38-zfs"}


@pytest.mark.parametrize(("name", "step"), [("directed", 7), ("conf", 60), ("random", 120)])
def test_the_affected_are_told_of_and_the_others_are_not(name: str, step: int) -> None:
    """Of a sample: a configuration whose own commands differ is told of; one that has nothing in it
    that could differ is left in peace.
    """
    truth = measure([RECORDINGS / f"{name}.sessions.zst"], step)
    assert {line.partition(":")[0] for line in truth.missed} <= NOT_TOLD
    assert truth.alarms == []
    assert sum(truth.counts.values()) > 5
