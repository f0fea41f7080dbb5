import pytest

from jail_kernel.call import Exit, JailAttach, JailGet, JailSet
from jail_kernel.kernel import Kernel
from jaildiff.kernels.invariants import broken
from jaildiff.kernels.registry import NEW
from jaildiff.programs.commands.command import Op
from jaildiff.recordings.candidates.leaks import WHOSE, Leak, leaks
from tests.programs import program

JAIL = 'p1: jail_set(CREATE, jid=5, name="a", persist, children.max=3)'
INSIDE = ("p1: fork() = p2", "p2: jail_attach(5)", "p1: fork() = p3", "p3: jail_attach(5)")


def wrong_after(leak: Leak, *lines: str) -> dict[tuple[str, int], str]:
    """What does not hold in a kernel that leaks, after some calls."""
    k = Kernel()
    model = leak.model(NEW)
    for call in program(*lines).calls:
        model.step(k, call)
    return broken(k)


@pytest.mark.parametrize(
    ("call", "fails", "whose", "lines", "jid"),
    [
        (Exit, False, WHOSE[0], (JAIL, *INSIDE, "p2: exit()"), 5),
        (JailGet, False, WHOSE[1], (JAIL, "p1: jail_get(0, jid=5)"), 5),
        (JailGet, False, WHOSE[2], (JAIL, "p1: jail_get(0, jid=5)"), 0),
        (JailAttach, True, WHOSE[0], ("p1: jail_attach(9)",), 0),
        (JailSet, False, WHOSE[1], (JAIL,), 5),
    ],
)
@pytest.mark.parametrize(("field", "invariant"), [("ref", "refs"), ("uref", "urefs")])
def test_one_reference_is_kept(
    call: type[Op],
    fails: bool,
    whose: str,
    lines: tuple[str, ...],
    jid: int,
    field: str,
    invariant: str,
) -> None:
    """The count that is said, of the jail that is said, and no other, is one too high."""
    found = wrong_after(Leak(call, fails, whose, field, keeps=True), *lines)
    assert found.keys() == {(f"{invariant}-accounted", jid)}


def test_one_reference_is_given_back_twice() -> None:
    """A jail that gives back its last reference is gone."""
    k = Kernel()
    model = Leak(JailGet, fails=False, whose=WHOSE[1], field="ref", keeps=False).model(NEW)
    for call in program(JAIL, "p1: jail_get(0, jid=5)").calls:
        model.step(k, call)
    assert 5 not in k.prid


def test_what_does_not_happen_leaks_nothing() -> None:
    """A leak of calls that fail is not one of calls that succeed."""
    leak = Leak(JailGet, fails=True, whose=WHOSE[0], field="ref", keeps=True)
    assert wrong_after(leak, JAIL, "p1: jail_get(0, jid=5)") == {}


def test_each_has_a_name_of_its_own() -> None:
    """Names and titles tell them apart."""
    found = list(leaks())
    assert len({leak.name for leak in found}) == len({leak.title for leak in found}) == len(found)
