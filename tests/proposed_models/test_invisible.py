from jail_kernel.call import Errno
from jail_kernel.proc import KILLED
from tests.tools import boot, fails, succeeded


def test_jail_dying_has_no_effect() -> None:
    """jail_get accepts JAIL_DYING and ignores it, as jail_set does since the landed patch."""
    m = boot("invisible")
    m.zombie(5, "a")
    m.make("b")
    for flags in ("", "D"):
        assert m.get(flags, jid=5) == fails(Errno.ENOENT, "jail 5 not found")
        assert m.get(flags, name="a") == fails(Errno.ENOENT, 'jail "a" not found')
        assert m.get(flags, lastjid=1) == fails(Errno.ENOENT, "no jail after 1")
        assert succeeded(m.get(flags, lastjid=0)) == 1


def test_nothing_is_shown_inside_a_jail() -> None:
    """A walk from inside a jail passes over what is dying there, too."""
    m = boot("invisible")
    m.make("a", {"children.max": 5})
    m.enter(1, 2)
    m.zombie(7, "b", within=2)
    assert m.get("D", pid=2, lastjid=0) == fails(Errno.ENOENT, "no jail after 0")


def test_a_second_removal() -> None:
    """A removal of a dying jail finds no jail, so a second removal is refused with EINVAL."""
    m = boot("invisible")
    m.zombie(5, "a")
    assert m.remove(5) == fails(Errno.EINVAL)
    m.fork(2)
    assert m.attach(5, pid=2) == fails(Errno.EINVAL)


def test_no_child_of_a_dying_jail() -> None:
    """A jail below a dying one cannot be made: its parent is not found."""
    m = boot("invisible")
    m.zombie(5, "a")
    assert m.set("C", name="a.b", persist=True) == fails(Errno.ENOENT, 'jail "a" not found')


def test_dying_jails_count() -> None:
    """A dying jail still counts for children.cur and children.max."""
    m = boot("invisible")
    m.make("a", {"children.max": 1})
    m.enter(1, 2)
    m.zombie(7, "b", within=2)
    assert m.view(1)["childcount"] == 1
    refused = m.set("C", name="c", persist=True, pid=2)
    assert refused == fails(Errno.EPERM, "prison limit exceeded")


def test_killed_processes_keep_the_jid() -> None:
    """A killed process that has not ended yet is still shown with the jid of its jail."""
    m = boot("invisible")
    m.make("a", jid=8)
    m.enter(8, 2)
    succeeded(m.remove(8))
    m.make("a", jid=8)
    m.enter(8, 3)
    assert (m.jail_of(2), m.state_of(2)) == (8, KILLED)
    assert m.jail_of(3) == 8


def test_automatic_jids_of_the_dying() -> None:
    """The next automatic jid may be one that only dying jails have."""
    m = boot("invisible")
    m.zombie(1, "a")
    assert succeeded(m.set("C", name="b", persist=True)) == 1
    assert m.jails() == [(1, "b", "alive"), (1, "a", "dying")]


def test_any_number_of_dying_jails() -> None:
    """A jail stays invisible when its jid is used again, so any number of dying jails can share
    one.
    """
    m = boot("invisible")
    for name in "abc":
        m.k.resources.clear()
        m.zombie(8, name)
    assert m.jails() == [(8, "c", "dying"), (8, "b", "dying"), (8, "a", "dying")]
    succeeded(m.set("C", jid=8, name="d", persist=True))
    assert m.jails()[0] == (8, "d", "alive")
    assert succeeded(m.get("D", jid=8)) == 8


def test_a_create_that_fails() -> None:
    """A create that fails leaves nothing behind that anybody sees; the jid is still free."""
    m = boot("invisible")
    m.zombie(8, "a")
    assert m.set("C", jid=8, persist=True, bogus=1).errno is Errno.EINVAL
    assert m.get("D", jid=8) == fails(Errno.ENOENT, "jail 8 not found")
    assert succeeded(m.set("C", jid=8, persist=True)) == 8
