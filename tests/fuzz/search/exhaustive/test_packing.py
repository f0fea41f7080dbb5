from hypothesis import given

from jail_kernel.call import Call, Fork, Hold
from jail_kernel.freeze import freeze, thaw
from jaildiff.search.exhaustive.packing import Packing
from jaildiff.search.exhaustive.symmetry import Symmetry
from tests.tools import DESC_PROGRAMS, boot

IDENTITY = Symmetry({pid: pid for pid in (1, 2, 3, 4)}, {res: res for res in "rst"})
SWAP = Symmetry(
    {1: 2, 2: 1, 3: 4, 4: 3}, {"r": "s", "s": "r", "t": "t"}, letters={"a": "b", "b": "a"}
)


@given(DESC_PROGRAMS)
def test_round_trip(calls: list[Call]) -> None:
    """A number stands for one state, and to rename it is to rename the state."""
    packing = Packing([IDENTITY, SWAP])
    machine = boot("descriptors")
    machine.fork(2)  # Now either can be called the other.
    for call in calls:
        if machine.call(call).panicked:
            break
        frozen = freeze(machine.k)
        packed = packing.pack(machine.k)
        assert packing.unpack(packed) == frozen
        assert packing.pack(thaw(frozen)) == packed
        assert packing.unpack(packing.rename(1, packed)) == SWAP.frozen(frozen)
        assert packing.rename(1, packing.rename(1, packed)) == packed
        assert packing.rename(0, packed) == packed


def test_states_that_differ_have_different_numbers() -> None:
    """A change of the jails, or of anything else, is a change of the number."""
    packing = Packing([IDENTITY])
    machine = boot()
    numbers = [packing.pack(machine.k)]
    machine.make("a")
    numbers.append(packing.pack(machine.k))
    machine.call(Hold(1, "r"))
    numbers.append(packing.pack(machine.k))
    assert len(set(numbers)) == 3


def test_equal_parts_are_stored_once() -> None:
    """Who holds what is a part of its own, so it does not multiply with the jails."""
    packing = Packing([IDENTITY])
    machine = boot()
    packing.pack(machine.k)
    machine.call(Fork(1, 2))
    machine.call(Hold(1, "r"))
    packing.pack(machine.k)
    jails = len(packing.prisons.parts)
    machine.call(Hold(2, "s"))
    packing.pack(machine.k)
    assert len(packing.prisons.parts) == jails
    assert len(packing.others.parts) == 3
