import pytest

from jaildiff.kernels.bug_kinds import BugKind
from jaildiff.kernels.left_over import BROKEN_LISTS, KINDS, kind_left, way_left

TEXTS = [
    ("leaked jail 5 (ref 1 uref 0)", "left", BugKind.LEAKED_REFERENCE),
    ("prison0: childcount 0 ref 3 uref 2", "left", BugKind.LEAKED_REFERENCE),
    ("prison0: childcount 0 ref 2 uref 1", "fewer", BugKind.DROPPED_TWICE),
    ("prison0: childcount 0 ref -1 uref 2", "fewer", BugKind.DROPPED_TWICE),
    (f"{BROKEN_LISTS}: KeyError(5)", "fewer", BugKind.DROPPED_TWICE),
    ("prison0: childcount 1 ref 2 uref 2", "count", BugKind.WRONG_COUNT),
    ("2 jails and a credential are left", "left", BugKind.LEAKED_REFERENCE),
    ("Cannot add a process to a non-alive prison (jid=5)", "stopped", BugKind.PANIC),
    ("page fault (signal 11) at address 0x1", "stopped", BugKind.PANIC),
]


@pytest.mark.parametrize(("text", "way", "kind"), TEXTS)
def test_what_is_left(text: str, way: str, kind: BugKind) -> None:
    """Every text of a clean-up is of one way, and that of one kind."""
    assert (way_left(text), kind_left(text)) == (way, kind)


def test_every_way_is_shown() -> None:
    """None is there that no text shows."""
    assert {way for _, way, _ in TEXTS} == KINDS.keys()
