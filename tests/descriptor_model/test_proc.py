from jail_kernel.call import Errno
from tests.tools import boot, fails, succeeded


def test_fork_copies_the_table_and_shares_the_files() -> None:
    """What one closes the other still has.  MD35."""
    m = boot("descriptors")
    m.make("a")
    m.open(1)
    m.fork(2)
    assert m.files(2) == {3: 1}
    assert m.refs(1) == (2, 1)
    succeeded(m.close(3))
    assert (m.files(), m.files(2)) == ({}, {3: 1})


def test_a_child_that_is_not_born_yet_has_files() -> None:
    """And closes them if it dies before it runs."""
    m = boot("descriptors")
    m.make("a")
    m.make("b")
    m.enter(1, 2)
    m.fork(3)
    m.open(2, "O", pid=3)
    succeeded(m.attach(1, pid=3))
    m.fork_begin(4, pid=3)
    m.remove(1)
    succeeded(m.exit(3))
    assert (2, "b", "alive") in m.jails()
    succeeded(m.fork_end(4))
    assert (2, "b", "alive") not in m.jails()


def test_fork_of_nobody() -> None:
    """Who is not there forks not, and no pid is given twice."""
    m = boot("descriptors")
    assert m.fork(2, pid=9) == fails(Errno.ESRCH)
    assert m.fork(1) == fails(Errno.EEXIST)


def test_a_resource_drops_as_before() -> None:
    """The last holder of a credential frees the jail."""
    m = boot("descriptors")
    m.zombie(5, "z")
    succeeded(m.drop("z5"))
    assert m.jails() == []
