from jail_kernel.call import Errno
from jail_kernel.proc import OK
from tests.tools import boot, fails, succeeded


def test_attach_by_descriptor() -> None:
    """The caller is in the jail, and the jail has a reference that nobody gives back.  MD24."""
    m = boot("descriptors")
    m.make("a")
    m.open(1)
    m.fork(2)
    assert m.refs(1) == (2, 1)
    assert m.attach_jd(3, pid=2) == OK
    assert (m.jail_of(2), m.refs(1)) == (1, (4, 2))
    succeeded(m.exit(2))
    succeeded(m.close(3))
    succeeded(m.remove(1))
    assert (m.jails(), m.refs(1)) == ([(1, "a", "dying")], (1, 0))


def test_a_refused_attach_leaves_nothing() -> None:
    """Only success costs a reference.  MD27."""
    m = boot("descriptors")
    m.zombie(5, "z")
    m.open(5, "GD")
    held = m.refs(5)
    assert m.attach_jd(3) == fails(Errno.EINVAL)
    assert m.refs(5) == held


def test_any_jail_will_do() -> None:
    """Sideways, upward, and to where the caller is already.  MD45, MD46, MD67."""
    m = boot("descriptors")
    m.make("a", {"children.max": 2})
    m.make("a.b")
    m.make("c")
    for jid in (1, 2, 3):
        m.open(jid)
    m.fork(2)
    for fd, jid in ((4, 2), (3, 1), (5, 3), (5, 3)):
        succeeded(m.attach_jd(fd, pid=2))
        assert m.jail_of(2) == jid


def test_the_opener_must_have_been_allowed_to() -> None:
    """The caller's own rights do not count, those of whoever opened the descriptor do.  MD40."""
    m = boot("descriptors")
    m.make("a", {"children.max": 2})
    m.enter(1, 2)
    m.make("k", pid=2)
    m.open(2, pid=2)
    m.set("U", {"jid": 1, "allow.suser": False})
    refs = m.refs(2)
    assert m.attach_jd(3, pid=2) == fails(Errno.EPERM)
    assert m.refs(2) == refs


def test_by_jid_nothing_changed() -> None:
    """jail_attach gives back what it takes."""
    m = boot("descriptors")
    m.make("a")
    m.enter(1, 2)
    assert m.refs(1) == (2, 2)
    assert m.attach(9, pid=2) == fails(Errno.EINVAL)


def test_who_calls() -> None:
    """A process that is not there makes no call, nor does a killed one."""
    m = boot("descriptors")
    assert m.attach_jd(3, pid=7) == fails(Errno.ESRCH)
    assert m.attach_jd(3) == fails(Errno.EBADF)
    assert m.attach_jd(0) == fails(Errno.EINVAL)
