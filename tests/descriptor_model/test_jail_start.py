import pytest

from jail_kernel.call import Errno
from tests.tools import Machine, boot, fails, panics, succeeded

NO_JAIL = "not a jail descriptor"
DEAD = "descriptor to dead jail"


def without_privilege() -> Machine:
    """A machine with process 2 in jail 1, which may do nothing."""
    m = boot("descriptors")
    m.make("a", {"children.max": 5})
    m.enter(1, 2)
    m.set("U", {"jid": 1, "allow.suser": False})
    return m


@pytest.mark.parametrize(
    ("flags", "params", "answer"),
    [
        ("C?", {}, fails(Errno.EINVAL)),
        ("", {}, fails(Errno.EINVAL, "no valid operation (create or update)")),
        ("CG", {}, fails(Errno.ENOENT, "missing desc")),
        ("C", {"desc": 3}, fails(Errno.EINVAL, "unexpected desc")),
        ("CXT", {"desc": 3}, fails(Errno.EINVAL)),
        ("C", {"enforce_statfs": 9}, fails(Errno.EPERM)),
    ],
)
def test_what_comes_before_the_privilege(
    flags: str, params: dict[str, int], answer: object
) -> None:
    """Flags, operation and desc; all other parameters come behind.  MA01."""
    m = without_privilege()
    assert m.set(flags, params, pid=2, persist=True) == answer


def test_the_old_order_asked_for_the_privilege_first() -> None:
    """So the answers of the kernel before differ."""
    m = Machine("new")
    m.make("a", {"children.max": 5})
    m.enter(1, 2)
    m.set("U", {"jid": 1, "allow.suser": False})
    assert m.set("", pid=2, persist=True) == fails(Errno.EPERM)


def test_no_room_for_children() -> None:
    """Without room nobody creates; by descriptor, that of the descriptor's jail counts.  MA02."""
    m = boot("descriptors")
    m.make("a")
    m.make("b", {"children.max": 1})
    m.open(1)
    m.open(2)
    m.enter(1, 2)
    assert m.set("C?", pid=2, persist=True) == fails(Errno.EPERM)
    assert m.set("CT", desc=3, persist=True) == fails(Errno.EPERM)
    m.fork(3)
    succeeded(m.attach(1, pid=3))
    assert succeeded(m.set("CT", pid=3, desc=4, persist=True)) == 3


def test_work_at_a_descriptor() -> None:
    """Names, jids and limits are those below its jail.  MD14, MD16."""
    m = boot("descriptors")
    m.make("a", {"children.max": 5, "securelevel": 1})
    m.open(1)
    assert succeeded(m.set("CT", desc=3, name="b", persist=True)) == 2
    assert m.jails()[1] == (2, "a.b", "alive")
    assert m.set("UT", desc=3, jid=1) == fails(Errno.ENOENT, "jail 1 not found")
    assert m.set("UT", desc=3, name="b", securelevel=0) == fails(Errno.EPERM)
    assert m.get("T", desc=3, name="b").ret == 2


def test_the_privilege_is_the_callers() -> None:
    """Working at a descriptor does not lend the opener's rights.  MD49."""
    m = boot("descriptors")
    m.make("a", {"children.max": 5})
    m.make("b", {"children.max": 5})
    m.open(2)
    m.fork(2)
    succeeded(m.attach(1, pid=2))
    m.set("U", {"jid": 1, "allow.suser": False})
    assert m.set("CT", pid=2, desc=3, persist=True) == fails(Errno.EPERM)


@pytest.mark.parametrize(
    ("fd", "answer"), [(9, fails(Errno.EBADF, NO_JAIL)), (0, fails(Errno.EINVAL, NO_JAIL))]
)
def test_a_bad_descriptor_costs_the_callers_jail_a_reference(fd: int, answer: object) -> None:
    """It is let go before the lookup, and again when that has failed.  ME01, ME05."""
    m = boot("descriptors")
    m.make("a", {"children.max": 5})
    m.enter(1, 2)
    assert m.refs(1) == (2, 2)
    assert m.set("CT", pid=2, desc=fd, persist=True) == answer
    assert m.refs(1) == (1, 2)
    stopped = panics("prison_deref: last ref, but still has 2 urefs (jid=1)")
    assert m.get("T", pid=2, desc=fd, lastjid=0) == stopped


def test_other_failures_cost_nothing() -> None:
    """Nor does a bad descriptor for any other purpose.  ME08, ME09."""
    m = boot("descriptors")
    m.make("a", {"children.max": 5})
    m.enter(1, 2)
    assert m.get("X", pid=2, desc=9) == fails(Errno.EBADF, NO_JAIL)
    assert m.set("UX", pid=2, desc=9) == fails(Errno.EBADF, NO_JAIL)
    assert m.get("T", pid=2, lastjid=0) == fails(Errno.ENOENT, "missing desc")
    assert m.set("C", pid=2, name="x.y", persist=True).errno is Errno.ENOENT
    assert m.refs(1) == (2, 2)


def test_a_descriptor_that_does_not_come_back_is_closed() -> None:
    """A failed call leaves no number taken and no credential held.  MD52."""
    m = boot("descriptors")
    m.make("a")
    before = m.k.procs[1].cred.ref
    assert m.set("CG", desc=-1, name="a", persist=True).errno is Errno.EEXIST
    assert m.get("O", desc=-1, jid=9).errno is Errno.ENOENT
    assert (m.files(), m.k.procs[1].cred.ref) == ({}, before)


def test_the_new_descriptor_is_there_already() -> None:
    """Its own number names a descriptor without a jail.  MD63."""
    m = boot("descriptors")
    m.make("a")
    assert m.set("UXG", desc=3) == fails(Errno.ENOENT, DEAD)


def test_at_a_dying_jail() -> None:
    """Nothing can be made there.  MD72."""
    m = boot("descriptors")
    m.zombie(5, "z", {"children.max": 3})
    m.open(5, "GD")
    assert m.set("CT", desc=3, persist=True) == fails(Errno.EAGAIN)
