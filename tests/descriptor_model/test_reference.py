import pytest

from descriptor_model.reference import descriptors_of, prison_deref, prison_free
from jail_kernel.reference import ALIVE, DYING, INVALID
from jail_kernel.state import KernelPanic
from tests.tools import boot, panics, succeeded


def test_a_descriptor_holds_a_reference() -> None:
    """One, and no user reference.  MD01."""
    m = boot("descriptors")
    m.make("a")
    assert m.refs(1) == (1, 1)
    assert m.open(1) == 3
    assert m.refs(1) == (2, 1)
    succeeded(m.close(3))
    assert m.refs(1) == (1, 1)


def test_a_descriptor_keeps_no_jail_alive() -> None:
    """Without persist and processes the jail dies, and nothing is left of it.  MD58."""
    m = boot("descriptors")
    m.make("a")
    m.open(1)
    succeeded(m.set("U", jid=1, persist=False))
    assert (m.jails(), m.files()) == ([], {3: None})


def test_all_descriptors_lose_a_jail_that_dies() -> None:
    """Also those of other processes; one that was opened while it was dying stays.  MD28, MD32."""
    m = boot("descriptors")
    m.zombie(5, "z")
    m.make("a")
    m.open(1)
    m.fork(2)
    m.open(1, pid=2)
    m.open(5, "GD")
    assert len(descriptors_of(m.k, m[1])) == 2
    succeeded(m.remove(1))
    assert (m.files(), m.files(2)) == ({3: None, 4: 5}, {3: None, 4: None})


def test_an_open_descriptor_keeps_a_dying_jail_in_existence() -> None:
    """Until it is closed.  MD32, MD33."""
    m = boot("descriptors")
    m.zombie(5, "z")
    m.open(5, "GD")
    succeeded(m.drop("z5"))
    assert m.jails() == [(5, "z", "dying")]
    succeeded(m.close(3))
    assert m.jails() == []


def test_prison_free() -> None:
    """A reference less; the last one frees the jail."""
    m = boot("descriptors")
    pr = m.zombie(5, "z")
    pr.ref += 1
    prison_free(m.k, pr)
    assert (pr.ref, pr.state) == (1, DYING)
    prison_free(m.k, pr)
    assert (pr.state, m.jails()) == (INVALID, [])
    with pytest.raises(KernelPanic, match=r"Trying to free dead prison PTR \(jid=5\)"):
        prison_free(m.k, pr)


def test_the_last_reference_of_prison0() -> None:
    """Its task was never initialized, so there is no function to call.  ME02."""
    m = boot("descriptors")
    m.k.prison0.ref = 1
    with pytest.raises(KernelPanic, match=r"page fault \(signal 11\) at address \(nil\)"):
        prison_free(m.k, m.k.prison0)


def test_a_jail_that_is_used_is_not_freed() -> None:
    """The last reference cannot go before the user references.  ME06."""
    m = boot("descriptors")
    pr = m.make("a")
    assert (pr.ref, pr.uref, pr.state) == (1, 1, ALIVE)
    text = r"prison_deref: last ref, but still has 1 urefs \(jid=1\)"
    with pytest.raises(KernelPanic, match=text):
        prison_deref(m.k, pr, ref=True)


def test_what_is_not_there_cannot_be_given_back() -> None:
    """References never go below zero."""
    m = boot("descriptors")
    pr = m.make("a")
    pr.ref = 0
    with pytest.raises(KernelPanic, match="PD_DEREF on a dead prison"):
        prison_deref(m.k, pr, ref=True)


def test_a_jail_is_freed_once() -> None:
    """A process in a jail that has been freed gives back its user reference, and frees nothing."""
    m = boot("descriptors")
    m.make("b", {"children.max": 5})
    m.make("b.b", {"children.max": 2})
    m.enter(2, 3)
    m.set("CTG", {"desc": 3, "persist": True}, pid=3)  # It costs jail 2 a reference.
    succeeded(m.remove(1))
    assert m.jails() == []
    assert m.exit(3) == panics("Trying to free dead prison PTR (jid=2).")


def test_the_opener_is_held() -> None:
    """A file keeps the credential with which it was opened, and with that the jail.  MD79."""
    m = boot("descriptors")
    m.make("a", {"children.max": 2})
    m.make("b")
    m.enter(1, 2)
    m.make("k", pid=2)
    m.open(3, pid=2)
    assert m.refs(1) == (3, 3)
    m.fork(3, pid=2)
    succeeded(m.exit(2))
    assert m.refs(1) == (3, 3)
    succeeded(m.close(3, pid=3))
    assert m.refs(1) == (3, 3)
