from jail_kernel.call import Errno
from jail_kernel.proc import KILLED, OK
from tests.tools import boot, fails, succeeded


def test_remove_by_descriptor() -> None:
    """The jail is gone, the descriptor is dead.  MD28."""
    m = boot("descriptors")
    m.make("a")
    m.open(1)
    assert m.remove_jd(3) == OK
    assert (m.jails(), m.files()) == ([], {3: None})
    assert m.remove_jd(3) == fails(Errno.ENOENT)


def test_an_inmate_removes_its_own_jail() -> None:
    """And is killed with it.  MD29."""
    m = boot("descriptors")
    m.make("a")
    m.open(1)
    m.fork(2)
    succeeded(m.attach_jd(3, pid=2))
    assert m.remove_jd(3, pid=2) == OK
    assert (m.jails(), m.state_of(2)) == ([(1, "a", "dying")], KILLED)


def test_removing_a_dying_jail() -> None:
    """Success, nothing happens, and no reference is lost.  MA11, MD32."""
    m = boot("descriptors")
    m.zombie(5, "z")
    m.open(5, "GD")
    held = m.refs(5)
    assert m.remove_jd(3) == OK
    assert m.remove(5) == OK
    assert (m.refs(5), m.files()) == (held, {3: 5})


def test_the_opener_must_have_been_allowed_to() -> None:
    """As for attaching.  MD39."""
    m = boot("descriptors")
    m.make("a", {"children.max": 2})
    m.enter(1, 2)
    m.make("k", pid=2)
    m.open(2, pid=2)
    m.set("U", {"jid": 1, "allow.suser": False})
    refs = m.refs(2)
    assert m.remove_jd(3, pid=2) == fails(Errno.EPERM)
    assert m.refs(2) == refs


def test_descendants_lose_their_descriptors_too() -> None:
    """Everything below dies with the jail.  MD55."""
    m = boot("descriptors")
    m.make("a", {"children.max": 2})
    m.make("a.b")
    m.open(1)
    m.open(2)
    assert m.remove(1) == OK
    assert (m.jails(), m.files()) == ([], {3: None, 4: None})


def test_a_half_built_child_keeps_its_parent() -> None:
    """It is not alive, so it is not removed.  MC11."""
    m = boot("descriptors")
    m.make("a", {"children.max": 2})
    m.set("C", name="a.b", persist=True, meta=-1)
    assert m.remove(1) == OK
    assert m.jails() == [(1, "a", "dying"), (2, "a.b", "invalid")]


def test_by_jid_nothing_changed() -> None:
    """The privilege and the lookup are as they were."""
    m = boot("descriptors")
    m.make("a")
    m.enter(1, 2)
    assert m.remove(9) == fails(Errno.EINVAL)
    assert m.remove(1, pid=2) == fails(Errno.EINVAL)
    m.set("U", {"jid": 1, "allow.suser": False})
    assert m.remove(1, pid=2) == fails(Errno.EPERM)
    assert m.remove(1, pid=7) == fails(Errno.ESRCH)
