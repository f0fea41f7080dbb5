from jail_kernel.call import Errno
from jail_kernel.proc import KILLED, OK
from tests.tools import boot, fails, succeeded


def test_close_of_an_owning_descriptor() -> None:
    """It removes the jail, and asks for no privilege.  MD02, MD57."""
    m = boot("descriptors")
    m.make("a", {"children.max": 2})
    m.enter(1, 2)
    m.make("k", pid=2)
    m.open(2, "O", pid=2)
    m.set("U", {"jid": 1, "allow.suser": False})
    assert m.close(3, pid=2) == OK
    assert m.jails() == [(1, "a", "alive")]


def test_only_the_last_close_counts() -> None:
    """fork shares the file.  MD35."""
    m = boot("descriptors")
    m.make("a")
    m.open(1, "O")
    m.fork(2)
    assert m.close(3) == OK
    assert m.jails() == [(1, "a", "alive")]
    assert m.exit(2) == OK
    assert m.jails() == []


def test_close_of_a_plain_descriptor() -> None:
    """Nothing happens to the jail.  MD01."""
    m = boot("descriptors")
    m.make("a")
    m.open(1)
    assert m.close(3) == OK
    assert (m.jails(), m.refs(1), m.files()) == ([(1, "a", "alive")], (1, 1), {})


def test_close_of_a_dead_descriptor() -> None:
    """The next jail of that jid is another one.  MD56."""
    m = boot("descriptors")
    m.make("a", jid=5)
    m.open(5, "O")
    m.remove(5)
    m.make("a", jid=5)
    assert m.close(3) == OK
    assert m.jails() == [(5, "a", "alive")]


def test_close_of_an_owning_descriptor_of_a_dying_jail() -> None:
    """It gives its reference back, no more.  MD33."""
    m = boot("descriptors")
    m.zombie(5, "z")
    m.open(5, "OD")
    assert m.refs(5) == (2, 0)
    assert m.close(3) == OK
    assert m.refs(5) == (1, 0)


def test_exit_closes_everything() -> None:
    """Before the process leaves its jail.  MD36."""
    m = boot("descriptors")
    m.make("a")
    m.make("b")
    m.fork(2)
    m.open(1, "O", pid=2)
    m.open(2, pid=2)
    assert m.exit(2) == OK
    assert (m.jails(), m.k.fds) == ([(2, "b", "alive")], {})


def test_a_killed_process_keeps_its_files_until_it_exits() -> None:
    """An owner that is killed removes its jail with its last breath.  MD37, MD38."""
    m = boot("descriptors")
    m.make("a", {"children.max": 2})
    m.make("b")
    m.enter(1, 2)
    m.fork(3)
    m.open(2, "O", pid=3)
    succeeded(m.attach(1, pid=3))
    m.remove(1)
    assert (m.state_of(3), m.close(3, pid=3)) == (KILLED, fails(Errno.EKILLED))
    assert (2, "b", "alive") in m.jails()
    succeeded(m.exit(3))
    assert (2, "b", "alive") not in m.jails()


def test_an_inmate_that_owns_its_jail() -> None:
    """Its exit removes the jail, while it is still in it.  MD60."""
    m = boot("descriptors")
    m.fork(2)
    succeeded(m.set("CAO", pid=2, desc=-1, name="a", persist=True))
    m.fork(3, pid=2)
    succeeded(m.close(3, pid=3))
    succeeded(m.exit(2))
    assert (m.jails(), m.state_of(3)) == ([(1, "a", "dying")], KILLED)
    succeeded(m.exit(3))
    assert m.jails() == []


def test_what_is_not_open() -> None:
    """EBADF; other files can be closed, once.  MD10."""
    m = boot("descriptors")
    assert m.close(9) == m.close(-1) == fails(Errno.EBADF)
    assert m.close(0) == OK
    assert m.close(0) == fails(Errno.EBADF)
    m.fork(2)
    assert m.close(0, pid=2) == fails(Errno.EBADF)
    assert m.close(1, pid=7) == fails(Errno.ESRCH)
