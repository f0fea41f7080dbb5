import pytest

from jail_kernel.call import Errno, Result
from jail_kernel.state import ProcState
from tests.tools import Machine, boot, both_models, fails, panics, succeeded

OK = Result(None, 0)
EPERM = fails(Errno.EPERM)
EINVAL = fails(Errno.EINVAL)


def tower(model: str) -> Machine:
    """a (1), a.b (2), a.b.c (3), d (4), all persistent; process 2 in a."""
    m = boot(model)
    m.make("a", {"children.max": 9})
    m.make("a.b", {"children.max": 8})
    m.make("a.b.c")
    m.make("d")
    m.enter(1, 2)
    return m


@both_models
def test_remove_an_empty_jail(model: str) -> None:
    """A jail that nothing but persist holds is gone at once."""
    m = tower(model)
    assert m.remove(4) == OK
    assert [jid for jid, _, _ in m.jails()] == [1, 2, 3]
    assert m[0].childcount == 3


@both_models
def test_remove_with_empty_descendants(model: str) -> None:
    """Empty descendants go with the jail, and prison0 gets back all that they held."""
    m = tower(model)
    m.exit(2)
    assert m.refs(0) == (4, 4)
    assert m.remove(1) == OK
    assert m.jails() == [(4, "d", "alive")]
    assert m.refs(0) == (3, 3)
    assert m[0].childcount == 1


@both_models
def test_needs_suser(model: str) -> None:
    """EPERM without allow.suser, even for a jid that no jail has."""
    m = tower(model)
    succeeded(m.set("U", {"allow.suser": False}, jid=1))
    assert m.remove(2, pid=2) == EPERM
    assert m.remove(7, pid=2) == EPERM
    assert m.jails()[1] == (2, "a.b", "alive")


@both_models
@pytest.mark.parametrize("jid", [7, 0, 1, 4, -1])
def test_what_is_not_below(model: str, jid: int) -> None:
    """EINVAL for a jid that is no jail below the caller's."""
    m = tower(model)
    assert m.remove(jid, pid=2) == EINVAL
    assert len(m.jails()) == 4


@both_models
def test_dying_jail(model: str) -> None:
    """Removing a dying jail succeeds and does nothing."""
    m = boot(model)
    pr = m.zombie(5, "z")
    before = pr.image()
    assert m.remove(5) == OK
    assert pr.image() == before


@both_models
def test_processes_are_killed(model: str) -> None:
    """Processes of the jail and of its descendants are killed, and hold it until they exit."""
    m = tower(model)
    m.enter(3, 3)
    m.enter(4, 4)
    assert m.remove(1) == OK
    assert [m.state_of(pid) for pid in (1, 2, 3, 4)] == ["running", "killed", "killed", "running"]
    assert [state for _, _, state in m.jails()] == ["dying", "dying", "dying", "alive"]
    assert [m.refs(jid) for jid in (1, 2, 3)] == [(2, 2), (1, 1), (1, 1)]
    assert [m[jid].persist for jid in (1, 2, 3)] == [False] * 3
    m.exit(3)
    assert [jid for jid, _, _ in m.jails()] == [1, 4]
    m.exit(2)
    assert [jid for jid, _, _ in m.jails()] == [4]


@both_models
def test_process_of_a_dying_descendant(model: str) -> None:
    """A process in a jail that was dying already is killed or stays killed."""
    m = tower(model)
    m.enter(2, 3)
    m.remove(2)
    assert m.remove(1) == OK
    assert m.state_of(3) is ProcState.KILLED


@both_models
def test_process_that_is_still_made_is_missed(model: str) -> None:
    """A process in the middle of fork is not killed; it exits at the end of fork instead."""
    m = tower(model)
    m.fork_begin(3, pid=2)
    m.remove(1)
    assert [m.state_of(pid) for pid in (2, 3)] == ["killed", "new"]
    m.fork_end(3)
    assert 3 not in m.k.procs


@both_models
def test_no_process_is_looked_for_without_user_references(model: str) -> None:
    """A jail that only a credential holds is dying afterwards."""
    m = boot(model)
    m.make("a")
    m.enter(1, 2)
    m.hold("r", pid=2)
    m.exit(2)
    assert m.refs(1) == (2, 1)
    assert m.remove(1) == OK
    assert m.jails() == [(1, "a", "dying")]
    assert m.refs(1) == (1, 0)


@both_models
def test_dying_child_keeps_its_parent(model: str) -> None:
    """A parent stays as long as one of its children is dying, with a user reference for it."""
    m = boot(model)
    m.make("a", {"children.max": 2})
    m.enter(1, 2)
    m.zombie(5, "z", within=2)
    m.exit(2)
    assert m.remove(1) == OK
    assert m.jails() == [(1, "a", "dying"), (5, "a.z", "dying")]
    assert m.refs(1) == (1, 1)
    m.drop("z5")
    assert m.jails() == []


@both_models
def test_alive_jail_below_a_dying_one_is_not_reached(model: str) -> None:
    """The walk down goes through alive jails only.

    A dying jail has alive children in no run; one is put there by hand.
    """
    m = tower(model)
    m[2].state = m[2].state.DYING
    assert m.remove(1) == OK
    assert m.jails()[:3] == [(1, "a", "dying"), (2, "a.b", "dying"), (3, "a.b.c", "alive")]


@both_models
def test_not_persistent_descendant(model: str) -> None:
    """A descendant that only its process held is killed like any other."""
    m = tower(model)
    m.fork(3, pid=2)
    succeeded(m.set("CA", pid=3, name="q"))
    assert m.remove(1) == OK
    assert m.refs(5) == (1, 1)
    assert m.jails()[-1] == (5, "a.q", "dying")


def test_empty_alive_descendant() -> None:
    """In the old kernel an alive descendant without user references stops the kernel."""
    m = boot("legacy")
    m.make("a", {"children.max": 2})
    m.enter(1, 2)
    m.zombie(5, "z", within=2)
    succeeded(m.set("UD", jid=5))
    assert m.jails()[-1] == (5, "a.z", "alive")
    assert m.remove(1) == panics("Cannot add a process to a non-alive prison (jid=5)")


@both_models
def test_no_caller(model: str) -> None:
    """ESRCH for a process that does not exist."""
    assert tower(model).remove(1, pid=8) == fails(Errno.ESRCH)
