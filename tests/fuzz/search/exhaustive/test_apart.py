from jail_kernel.call import Fork
from jaildiff.differ.comparison import LANDED
from jaildiff.search.exhaustive.apart import Apart
from jaildiff.search.exhaustive.states import STOPPED, States
from jaildiff.search.exhaustive.universe import TINY
from tests.tools import boot

STATES = States(TINY, LANDED)
BOOT = STATES.boot


def forked() -> int:
    """The state in which there is a second process."""
    machine = boot(jail_max=TINY.jail_max)
    machine.call(Fork(1, 2))
    return STATES.number(machine.k)


def test_a_difference_is_named() -> None:
    """A process that only one kernel has is all that differs, whichever kernel has it."""
    apart, other = Apart(STATES), forked()
    expected = frozenset({(("process", 2), "exists")})
    assert apart.differing((BOOT, other)) == apart.differing((other, BOOT)) == expected
    assert apart.differing((other, other)) == frozenset()


def test_only_what_is_new_appears() -> None:
    """What differed before the call does not appear again, nor does anything after a panic."""
    apart, other = Apart(STATES), forked()
    assert apart.appeared((BOOT, BOOT), (BOOT, other)) == apart.differing((BOOT, other))
    assert apart.appeared((other, BOOT), (BOOT, other)) == frozenset()
    assert apart.appeared((BOOT, other), (other, other)) == frozenset()
    assert apart.appeared((BOOT, BOOT), (STOPPED, other)) == frozenset()
