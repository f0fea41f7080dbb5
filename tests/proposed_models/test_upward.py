from jail_kernel.call import Errno
from tests.tools import boot, fails, succeeded


def test_the_next_automatic_jid() -> None:
    """A dying jail whose jid is wanted gets the next automatic one, and keeps all else."""
    m = boot("upward")
    m.zombie(5, "a", {"securelevel": 2})
    assert succeeded(m.set("C", jid=5, name="b", persist=True)) == 5
    assert m.jails() == [(1, "a", "dying"), (5, "b", "alive")]
    assert m[1].securelevel == 2


def test_the_jid_counts_as_used() -> None:
    """While the kernel looks for the dying jail's new jid, the jid asked for counts as used."""
    m = boot("upward")
    m.zombie(1, "a")
    succeeded(m.set("C", jid=1, persist=True))
    assert m.jails() == [(1, "1", "alive"), (2, "a", "dying")]


def test_the_next_one_is_behind_it() -> None:
    """The dying jail's new jid counts as handed out: the next automatic jid comes after it."""
    m = boot("upward")
    m.zombie(5, "a")
    succeeded(m.set("C", jid=5, persist=True))
    assert succeeded(m.set("C", persist=True)) == 2


def test_a_failure_leaves_it_renumbered() -> None:
    """A create that fails later leaves the dying jail renumbered, as in the patch that landed."""
    m = boot("upward")
    m.zombie(5, "a")
    assert m.set("C", jid=5, persist=True, bogus=1).errno is Errno.EINVAL
    assert m.jails() == [(1, "a", "dying")]


def test_no_jid_left() -> None:
    """Where every jid is in use nothing is renumbered; the limit of prison0 says so first."""
    m = boot("upward", jail_max=2)
    m.zombie(1, "a")
    succeeded(m.set("C", persist=True))
    assert m.set("C", jid=1, persist=True) == fails(Errno.EPERM, "prison limit exceeded")
    assert m.jails() == [(1, "a", "dying"), (2, "2", "alive")]
