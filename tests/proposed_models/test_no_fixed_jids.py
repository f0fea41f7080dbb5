from jail_kernel.call import Errno
from tests.tools import boot, fails, succeeded

FIXED = fails(Errno.EINVAL, "the jid of a new jail cannot be specified")


def test_refused_before_the_limits() -> None:
    """A create that names a jid is refused with EINVAL, before the limits are checked."""
    m = boot("no-fixed-jids", jail_max=1)
    assert m.set("C", jid=5, persist=True) == FIXED
    assert succeeded(m.set("C", persist=True)) == 1
    assert m.set("C", jid=5, persist=True) == FIXED
    assert m.set("C", persist=True) == fails(Errno.EPERM, "prison limit exceeded")


def test_the_jid_of_a_live_jail() -> None:
    """A create that names the jid of a live jail is still refused with EEXIST."""
    m = boot("no-fixed-jids")
    m.make("a")
    assert m.set("C", jid=1, persist=True) == fails(Errno.EEXIST, "jail 1 already exists")


def test_a_numeric_name() -> None:
    """A name that is a number asks for that jid, so a create with one is refused, too."""
    m = boot("no-fixed-jids")
    assert m.set("C", name="5", persist=True) == FIXED
    assert m.set("C", name="1", persist=True) == FIXED


def test_updates_may_name_a_jid() -> None:
    """An update may name the jid of a live jail, even with JAIL_CREATE beside JAIL_UPDATE."""
    m = boot("no-fixed-jids")
    m.make("a")
    assert succeeded(m.set("U", jid=1, securelevel=1)) == 1
    assert succeeded(m.set("CU", jid=1, persist=True, securelevel=2)) == 1
    assert m[1].securelevel == 2
    assert m.set("CU", jid=2, persist=True) == FIXED


def test_dying_jails_keep_their_jids() -> None:
    """A dying jail keeps its jid as long as it exists, because nobody can ask for that jid."""
    m = boot("no-fixed-jids")
    m.make("a")
    m.enter(1, 2)
    succeeded(m.hold("r", pid=2))
    succeeded(m.exit(2))
    succeeded(m.remove(1))
    assert m.set("C", jid=1, persist=True) == FIXED
    assert succeeded(m.set("C", name="a", persist=True)) == 2
    assert m.jails() == [(1, "a", "dying"), (2, "a", "alive")]
