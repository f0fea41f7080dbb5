import pytest

from jail_kernel.call import JailSet, Poke
from jaildiff.kernels.named import DESIGNS, kernel
from jaildiff.search.designs.jid_space import (
    CHECKPOINTS,
    HELD,
    STEADY,
    WAYS,
    Restarter,
    first_restarts,
    jid_spaces,
)

KERNELS = ("legacy", "new", *DESIGNS)
each_kernel = pytest.mark.parametrize("name", KERNELS)


@each_kernel
@pytest.mark.parametrize("restarts", [1, 99, 101, 1000, 1999, 4200])
def test_leaps_change_nothing(name: str, restarts: int) -> None:
    """Most restarts are leapt over, and the jids are as if all had been made; the counters have
    come round more than once.
    """
    leapt, made = (Restarter(kernel(name), 1500) for _ in range(2))
    assert leapt.run(restarts) == made.run_all(restarts)
    leaps = sum(isinstance(call, Poke) for call in leapt.calls)
    assert (leaps > 0) == (restarts > 2 * STEADY)
    assert not any(isinstance(call, Poke) for call in made.calls)


@each_kernel
def test_a_hundred_jails_are_dying(name: str) -> None:
    """What holds a jail lasts a hundred restarts, in every kernel that does not bring it back."""
    restarter = Restarter(kernel(name), 1500)
    restarter.run_all(3 * HELD)
    dying = sum(pr.state == "dying" for pr in restarter.k.allprison)
    assert dying == (1 if name == "legacy" else HELD)


def test_a_million_restarts() -> None:
    """14 uses one jid; the landed patch goes down the whole range and begins again, upward goes up;
    where the dying are out of sight no other jid is used.
    """
    spaces = {name: list(jid_spaces(kernel(name))) for name in KERNELS}
    assert all([s.restarts for s in found] == list(CHECKPOINTS) for found in spaces.values())
    last = {name: found[-1] for name, found in spaces.items()}
    assert all(found.refused == 0 for found in last.values())
    assert (last["legacy"].jids, last["invisible"].jids, last["dead-bit"].jids) == (1, 1, 0)
    assert [s.next_dying for s in spaces["new"]] == [999001, 900001, 999999]
    assert [s.next_jid for s in spaces["upward"]] == [1000, 100000, 2]
    assert [s.next_jid for s in spaces["no-fixed-jids"]] == [1000, 100000, 1]


def test_ways_of_starting() -> None:
    """14 needs -d, and where jids cannot be named the jail starts without one."""
    ways = {name: Restarter(kernel(name), 1500).run_all(5).way for name in KERNELS}
    assert set(ways.values()) == set(WAYS)
    assert ways["legacy"] == "jail -c -d"
    assert ways["no-fixed-jids"] == "jail -c, no jid"


def test_no_jid_is_left() -> None:
    """Where jids run out restarts are refused, and counted; holders still let go."""
    space = Restarter(kernel("new"), 50).run_all(400)
    assert space.refused > 0
    assert space.jids <= 50


def test_a_program_to_look_at() -> None:
    """The first restarts, with what was refused before a way was found."""
    program = first_restarts(kernel("legacy"))
    sets = [call for call in program.calls if isinstance(call, JailSet)]
    assert program.id == "restarts-legacy"
    assert len(sets) > 3
