import pytest

from jail_kernel.call import Errno
from jail_kernel.proc import KILLED
from jail_kernel.state import JAIL_MAX
from tests.tools import Machine, boot, fails, succeeded

BIT = 1 << 30


def dead(m: Machine, jid: int, name: str, pid: int) -> None:
    """Make a jail that dies and is held for good."""
    succeeded(m.fork(pid))
    succeeded(m.set("CA", jid=jid, name=name, pid=pid))
    succeeded(m.hold(f"r{pid}", pid=pid))
    succeeded(m.exit(pid))


def test_every_death_sets_the_bit() -> None:
    """The last process, a removal, also of the jail above, the end of persist, an attach: after
    each of them a jail that is still held has the bit in its jid.
    """
    m = boot("dead-bit")
    dead(m, 8, "exit", 2)
    m.make("removed", {"children.max": 2}, jid=9)
    m.enter(9, 3)
    m.make("removed.child", jid=10)
    m.enter(10, 4)
    succeeded(m.remove(9))
    m.make("persist", jid=11)
    m.enter(11, 5)
    succeeded(m.hold("r5", pid=5))
    succeeded(m.exit(5))
    succeeded(m.set("U", jid=11, persist=False))
    jids = [jid - BIT for jid, _, state in m.jails() if state == "dying"]
    assert jids == [8, 9, 10, 11]


def test_a_fork_that_ends_in_a_dead_jail() -> None:
    """The child is gone, and with it the last user of the jail."""
    m = boot("dead-bit")
    m.make("a")
    m.enter(1, 2)
    succeeded(m.fork_begin(3, pid=2))
    succeeded(m.remove(1))
    succeeded(m.exit(2))
    succeeded(m.fork_end(3))
    assert m.jails() == []


def test_walks_meet_no_dying_jail() -> None:
    """A walk by lastjid visits no dying jail, with or without JAIL_DYING."""
    m = boot("dead-bit")
    dead(m, 8, "a", 2)
    m.make("b", jid=9)
    for flags in ("", "D"):
        assert succeeded(m.get(flags, lastjid=0)) == 9
        assert m.get(flags, lastjid=9) == fails(Errno.ENOENT, "no jail after 9")


@pytest.mark.parametrize("jid", [8, 8 + BIT])
def test_no_jid_finds_a_dying_jail(jid: int) -> None:
    """A call with the jid of a dying jail, with or without the bit, finds no jail."""
    m = boot("dead-bit")
    dead(m, 8, "a", 2)
    m.fork(3)
    assert m.get("D", jid=jid) == fails(Errno.ENOENT, f"jail {jid} not found")
    assert m.attach(jid, pid=3) == fails(Errno.EINVAL)
    assert m.set("UD", jid=jid) == fails(Errno.ENOENT, f"jail {jid} not found")


def test_a_second_removal() -> None:
    """So a second removal is refused with EINVAL."""
    m = boot("dead-bit")
    m.make("a", jid=8)
    m.enter(8, 2)
    succeeded(m.remove(8))
    assert m.remove(8) == fails(Errno.EINVAL)


def test_the_oldest_of_a_name() -> None:
    """A dying jail keeps its name; if several have one name, the oldest is found, as before."""
    m = boot("dead-bit")
    dead(m, 8, "a", 2)
    dead(m, 9, "a", 3)
    assert succeeded(m.get("D", name="a")) == 8 + BIT
    assert m.get("", name="a") == fails(Errno.ENOENT, 'jail "a" is dying')
    assert m.set("C", name="a.b", persist=True) == fails(Errno.ENOENT, 'jail "a" is dying')
    succeeded(m.drop("r2"))
    assert succeeded(m.get("D", name="a")) == 9 + BIT
    m.make("a")
    assert succeeded(m.get("D", name="a")) == 1


def test_several_of_one_jid() -> None:
    """Any number of dying jails have one jid; each is freed for itself."""
    m = boot("dead-bit")
    for pid, name in ((2, "a"), (3, "b"), (4, "c")):
        dead(m, 8, name, pid)
    assert {jid for jid, _, _ in m.jails()} == {8 + BIT}
    succeeded(m.drop("r3"))
    assert {name for _, name, _ in m.jails()} == {"a", "c"}


def test_dying_jails_count() -> None:
    """A dying jail still counts for children.cur and children.max."""
    m = boot("dead-bit", jail_max=1)
    dead(m, 1, "a", 2)
    assert m.set("C", persist=True) == fails(Errno.EPERM, "prison limit exceeded")


def test_killed_processes_show_the_bit() -> None:
    """A killed process that has not ended yet is shown with the jid that has the bit."""
    m = boot("dead-bit")
    m.make("a", jid=8)
    m.enter(8, 2)
    succeeded(m.remove(8))
    assert (m.jail_of(2), m.state_of(2)) == (8 + BIT, KILLED)


@pytest.mark.parametrize("jid", [BIT, BIT + 8, 2**31 - 1])
def test_a_create_with_the_bit(jid: int) -> None:
    """A create that asks for a jid with the bit is undefined: no live jail can have it."""
    m = boot("dead-bit")
    said = m.set("C", jid=jid, persist=True)
    assert (said.undefined, said.panicked, said.kind) == (True, True, "undefined")
    assert said.errmsg is not None
    assert said.errmsg.startswith(f"undefined by this design: a create with jid {jid}")


@pytest.mark.parametrize("jid", [JAIL_MAX + 1, BIT - 1])
def test_a_create_without_the_bit(jid: int) -> None:
    """Below the bit a create may ask for any jid, as before."""
    assert succeeded(boot("dead-bit").set("C", jid=jid, persist=True)) == jid
