import pytest
from hypothesis import given

from jail_kernel.call import Call, Drop, Exit, Fork, Hold, JailAttach, JailRemove
from jail_kernel.freeze import Frozen, freeze, thaw
from jail_kernel.kernel import Kernel
from jail_kernel.state import Prison
from jail_kernel.step import step
from tests.tools import MODELS, PROGRAMS, Machine, boot, both_models, image, prisons


def run(model: str, calls: list[Call]) -> Machine:
    """A machine after these calls, up to a panic."""
    machine = boot(model, jail_max=8)
    for call in calls:
        result = machine.call(call)
        if result.panicked:
            machine.k.rollback()
            break
    return machine


def older(k: Kernel) -> dict[int, list[int]]:
    """The children of each prison, the oldest first."""
    return {pr.jid: [pr.children[seq].jid for seq in sorted(pr.children)] for pr in prisons(k)}


def ageless(pr: Prison) -> dict[str, object]:
    """All of a prison but its age and its place in the family."""
    hidden = ("seq", "parent", "children", "procs")
    return {name: value for name, value in vars(pr).items() if name not in hidden}


@both_models
@given(PROGRAMS)
def test_round_trip(model: str, calls: list[Call]) -> None:
    """A thawed kernel holds the same, and is frozen to the same data."""
    k = run(model, calls).k
    frozen = freeze(k)
    thawed = thaw(frozen)
    assert freeze(thawed) == frozen
    assert older(thawed) == older(k)
    assert [ageless(pr) for pr in prisons(thawed)] == [ageless(pr) for pr in prisons(k)]
    assert (thawed.before, thawed.undo) == ({}, [])
    for one, other in zip(prisons(thawed), prisons(k), strict=True):
        assert (one.parent.jid, set(one.procs)) == (other.parent.jid, set(other.procs))


@pytest.mark.parametrize("model", MODELS)
@given(PROGRAMS, PROGRAMS)
def test_a_thawed_kernel_goes_on_as_the_frozen_one(
    model: str, calls: list[Call], more: list[Call]
) -> None:
    """Whatever is called next, either model gives the same answers and comes to the same state."""
    machine = run(model, calls)
    k, handlers = machine.k, MODELS[model]
    thawed = thaw(freeze(k))
    for call in more:
        result = step(k, handlers, call)
        assert step(thawed, handlers, call) == result
        if result.panicked:
            break
        assert freeze(thawed) == freeze(k)


@given(PROGRAMS)
def test_a_kernel_can_change_its_model(calls: list[Call]) -> None:
    """What one model has left, the other can load: frozen data know no model."""
    thawed = thaw(freeze(run("legacy", calls).k))
    kernel = Machine("new", thawed.jail_max)
    kernel.k = thawed
    kernel.call(JailRemove(1, 1))
    assert freeze(thaw(freeze(kernel.k))) == freeze(kernel.k)


def test_the_same_image_where_ages_agree() -> None:
    """Where no jail has gone, even the ages and all indexes are as they were."""
    machine = boot()
    machine.make("a", {"children.max": 3, "ip4.addr": ("10.0.0.1",)})
    machine.make("a.b", {"ip4.addr": ("10.0.0.1",)})
    machine.enter(1, 2)
    machine.call(Hold(2, "r"))
    assert image(thaw(freeze(machine.k))) == image(machine.k)


def test_only_the_order_among_siblings_is_an_age() -> None:
    """Jails that came and went leave nothing behind in the data."""
    plain, long = boot(), boot()
    long.make("x")
    long.remove(1)
    long.call(Fork(1, 2))
    long.call(Exit(2))
    for machine in (plain, long):
        machine.make("a", jid=5)
        machine.k.lastprid = 5
    assert freeze(plain.k) == freeze(long.k)
    assert plain.k.seq != long.k.seq


def test_shared_credentials_stay_shared() -> None:
    """Who holds one credential together does so after thawing: the last one to go frees it."""
    machine = boot()
    machine.make("a")
    machine.enter(1, 2)
    machine.call(Hold(2, "r"))
    machine.call(Fork(2, 3))
    machine.k = thaw(freeze(machine.k))
    cred = machine.k.procs[2].cred
    assert (machine.k.procs[3].cred, machine.k.resources["r"]) == (cred, cred)
    for call in (JailRemove(1, 1), Exit(2), Exit(3)):
        machine.call(call)
    assert machine.jails() == [(1, "a", "dying")]
    machine.call(Drop("r"))
    assert machine.jails() == []


def test_frozen_data_is_hashable_and_compared_by_value() -> None:
    """Two kernels that have come to the same are one key."""
    states: set[Frozen] = set()
    for _ in range(2):
        machine = boot()
        machine.make("a")
        machine.call(Fork(1, 2))
        machine.call(JailAttach(2, 1))
        states.add(freeze(machine.k))
    assert len(states) == 1
