import pytest
from hypothesis import given

from jail_kernel.call import Call
from jail_kernel.kernel import Kernel
from jail_kernel.reference import (
    ALIVE,
    DYING,
    INVALID,
    ancestry,
    children,
    count_child,
    crfree,
    descendants,
    free_prison,
    persist_off,
    prison_deref,
    prison_hold,
    prison_proc_hold,
)
from jail_kernel.state import KernelPanic, Prison, ProcState, Ucred
from tests.tools import (
    MODELS,
    PROGRAMS,
    Machine,
    boot,
    both_models,
    creds,
    prisons,
    succeeded,
    walk,
)


def alive(k: Kernel, jid: int, parent: Prison | None = None) -> Prison:
    """An alive jail with one reference of each kind, as persist holds it."""
    parent = parent or k.prison0
    pr = k.new_prison(jid, parent)
    pr.state, pr.ref, pr.uref = ALIVE, 1, 1
    parent.ref += 1
    parent.uref += 1
    count_child(k, parent, 1)
    return pr


# ONE REFERENCE AT A TIME


def test_hold() -> None:
    """A reference is one more ref, a user reference one more uref."""
    k = Kernel()
    pr = alive(k, 1)
    prison_hold(k, pr)
    assert (pr.ref, pr.uref) == (2, 1)
    prison_proc_hold(k, pr)
    assert (pr.ref, pr.uref) == (2, 2)


def test_first_user_reference() -> None:
    """A jail that has lost its last user reference gets none any more."""
    k = Kernel()
    pr = alive(k, 3)
    pr.uref = 0
    with pytest.raises(KernelPanic) as caught:
        prison_proc_hold(k, pr)
    assert str(caught.value) == "Cannot add a process to a non-alive prison (jid=3)"


def test_last_user_reference() -> None:
    """Without user references an alive jail is dying."""
    k = Kernel()
    pr = alive(k, 1)
    pr.uref = 2
    prison_deref(k, pr, uref=True)
    assert (pr.state, pr.uref, pr.ref) == (ALIVE, 1, 1)
    prison_deref(k, pr, uref=True)
    assert (pr.state, pr.uref, pr.ref) == (DYING, 0, 1)


def test_last_reference() -> None:
    """Without references a jail is freed: it is in no list, and counts for nobody."""
    k = Kernel()
    pr = alive(k, 1)
    assert k.prison0.childcount == 1
    prison_deref(k, pr, ref=True, uref=True)
    assert (pr.state, k.allprison, k.prison0.childcount) == (INVALID, [], 0)
    assert (k.prison0.ref, k.prison0.uref) == (2, 2)


def test_new_jail_is_not_dying_without_user_references() -> None:
    """A jail that is still being created becomes invalid, never dying."""
    k = Kernel()
    pr = alive(k, 1)
    pr.state = INVALID
    prison_deref(k, pr, uref=True)
    assert pr.state is INVALID


def test_freeing_goes_upward() -> None:
    """A freed jail gives back a reference and a user reference of its parent, and so on."""
    k = Kernel()
    top = alive(k, 1)
    middle = alive(k, 2, top)
    low = alive(k, 3, middle)
    prison_deref(k, top, ref=True, uref=True)
    prison_deref(k, middle, ref=True, uref=True)
    assert [(pr.ref, pr.uref, pr.state) for pr in (top, middle)] == [(1, 1, ALIVE)] * 2
    prison_deref(k, low, ref=True, uref=True)
    assert k.allprison == []
    assert (k.prison0.ref, k.prison0.uref, k.prison0.childcount) == (2, 2, 0)


def test_freeing_stops_where_something_holds() -> None:
    """An ancestor that has another reference stays, dying if it has no user reference."""
    k = Kernel()
    top = alive(k, 1)
    low = alive(k, 2, top)
    prison_deref(k, top, uref=True)
    assert (top.ref, top.uref) == (2, 1)
    prison_deref(k, low, ref=True, uref=True)
    assert (k.allprison, top.state, top.ref, top.uref) == ([top], DYING, 1, 0)


def test_free_prison() -> None:
    """Freeing takes the jail out of the lists and out of the counts of all above."""
    k = Kernel()
    top = alive(k, 1)
    low = alive(k, 2, top)
    free_prison(k, low)
    assert (low.state, k.allprison, list(children(top))) == (INVALID, [top], [])
    assert (top.childcount, k.prison0.childcount) == (0, 1)


def test_persist_off() -> None:
    """Persist gives back one of each, once."""
    k = Kernel()
    pr = alive(k, 1)
    pr.persist, pr.ref, pr.uref = True, 5, 5
    for _ in range(2):
        persist_off(pr)
        assert (pr.persist, pr.ref, pr.uref) == (False, 4, 4)


def test_crfree() -> None:
    """Only the last holder of a credential gives back the jail's reference."""
    k = Kernel()
    pr = alive(k, 1)
    cred = Ucred(pr)
    prison_hold(k, pr)
    cred.ref = 2
    crfree(k, cred)
    assert (cred.ref, pr.ref) == (1, 2)
    crfree(k, cred)
    assert (cred.ref, pr.ref) == (0, 1)


# WALKING


def test_walks() -> None:
    """Children come newest first, descendants in pre-order, ancestors from the jail up."""
    k = Kernel()
    top = alive(k, 9)
    one, two = alive(k, 3, top), alive(k, 2, top)
    below = alive(k, 5, one)
    assert list(children(top)) == [two, one]
    assert list(descendants(top)) == [two, one, below]
    assert list(descendants(below)) == []
    assert list(ancestry(k, below)) == [below, one, top, k.prison0]
    assert list(ancestry(k, k.prison0)) == [k.prison0]


# CONSERVATION


def expected_references(k: Kernel, pr: Prison) -> tuple[int, int]:
    """Who holds which reference between two ops; prison0 has one of each of its own."""
    child_jails = sum(child.parent is pr for child in k.allprison)
    credentials = sum(cred.prison is pr for cred in creds(k))
    processes = sum(p.cred.prison is pr for p in k.procs.values())
    kept = int(pr.persist or pr is k.prison0)
    return kept + credentials + child_jails, kept + processes + child_jails


def check_references(k: Kernel, *, empty_alive: bool) -> None:
    for pr in prisons(k):
        assert (pr.ref, pr.uref) == expected_references(k, pr), pr.jid
        assert pr.ref > 0
        assert pr.childcount == len(list(walk(k, pr)))
        assert pr.state in (ALIVE, DYING)
        assert empty_alive or pr.state is DYING or pr.uref > 0
    for cred in creds(k):
        holders = [*(p.cred for p in k.procs.values()), *k.resources.values()]
        assert cred.ref == holders.count(cred)


@pytest.mark.parametrize("model", MODELS)
@given(program=PROGRAMS)
def test_references_are_conserved(model: str, program: list[Call]) -> None:
    """After each op a jail has exactly the references of persist, credentials, processes and
    children; in the new kernel, and in the old one but for "empty alive" jails, an alive jail has
    a user reference.
    """
    m = Machine(model)
    for call in program:
        result = m.call(call)
        if result.panicked:
            return
        check_references(m.k, empty_alive=model == "legacy")


@pytest.mark.parametrize("model", MODELS)
@given(program=PROGRAMS)
def test_nothing_is_left_in_the_end(model: str, program: list[Call]) -> None:
    """When all jails are removed, all processes gone and all resources dropped, no jail is left."""
    m = Machine(model)
    for call in program:
        result = m.call(call)
        if result.panicked:
            return
    k = m.k
    if 1 not in k.procs or m.jail_of(1) or m.state_of(1) is not ProcState.RUNNING:
        return
    while found := [pr.jid for pr in k.allprison if pr.state is ALIVE]:
        if m.remove(found[0]).ret is None:
            return
    for pid in sorted(k.procs, reverse=True):
        m.fork_end(pid)
        m.exit(pid)
    for res in list(k.resources):
        succeeded(m.drop(res))
    assert (k.allprison, k.prison0.childcount) == ([], 0)
    assert (k.prison0.ref, k.prison0.uref) == (1, 1)
    assert (k.prid, k.names, k.addrs, k.garbled) == ({}, {}, {}, {})


@both_models
def test_dying_jail_that_still_has_user_references(model: str) -> None:
    """A removed jail with a killed process is dying, and has user references all the same."""
    m = boot(model)
    m.make("a")
    m.enter(1, 2)
    m.remove(1)
    assert (m[1].state, m.refs(1)) == (DYING, (1, 1))
    check_references(m.k, empty_alive=False)


def test_empty_alive_jail() -> None:
    """In the old kernel a resurrected jail can be alive without any user reference."""
    m = boot("legacy")
    m.zombie(5, "z")
    succeeded(m.set("UD", jid=5))
    assert (m[5].state, m.refs(5)) == (ALIVE, (1, 0))
    check_references(m.k, empty_alive=True)
