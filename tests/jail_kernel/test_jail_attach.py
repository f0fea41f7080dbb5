import pytest

from jail_kernel.call import Errno, Result
from jail_kernel.state import ProcState
from tests.tools import boot, both_models, fails, succeeded

EPERM = fails(Errno.EPERM)
EINVAL = fails(Errno.EINVAL)


@both_models
def test_attach(model: str) -> None:
    """The process is in the jail afterwards, and the call returns 0."""
    m = boot(model)
    m.make("a")
    m.fork(2)
    assert m.attach(1, pid=2) == Result(None, 0)
    assert m.jail_of(2) == 1


@both_models
def test_references(model: str) -> None:
    """The jail gets a reference for the new credential and a user reference for the process; the
    old jail loses one user reference, and its credential one holder.
    """
    m = boot(model)
    m.make("a")
    m.fork(2)
    assert m.refs(1) == (1, 1)
    assert m.refs(0) == (3, 4)
    m.attach(1, pid=2)
    assert m.refs(1) == (2, 2)
    assert m.refs(0) == (3, 3)
    assert m.k.procs[1].cred.ref == 1


@both_models
def test_each_attach_has_its_own_credential(model: str) -> None:
    """Two processes that attach share no credential."""
    m = boot(model)
    m.make("a")
    m.enter(1, 2)
    m.enter(1, 3)
    assert m.refs(1) == (3, 3)


@both_models
def test_last_holder_of_the_old_credential(model: str) -> None:
    """If nobody else holds the old credential the old jail loses its reference, too."""
    m = boot(model)
    m.make("a", {"children.max": 1})
    m.make("a.b")
    m.enter(1, 2)
    assert m.refs(1) == (3, 3)
    m.attach(2, pid=2)
    assert m.refs(1) == (2, 2)
    assert m.refs(2) == (2, 2)


@both_models
def test_old_jail_lives_on_by_its_child(model: str) -> None:
    """A jail whose only process attaches to its child is kept alive by the child."""
    m = boot(model)
    m.fork(2)
    succeeded(m.set("CA", {"children.max": 1}, pid=2, name="a"))
    m.make("a.b")
    m.attach(2, pid=2)
    assert m.jails() == [(1, "a", "alive"), (2, "a.b", "alive")]
    assert m.refs(1) == (1, 1)


@both_models
def test_needs_suser(model: str) -> None:
    """EPERM in a jail without allow.suser, even for a jid that no jail has."""
    m = boot(model)
    m.make("a", {"allow.suser": False, "children.max": 1})
    m.make("a.b")
    m.enter(1, 2)
    assert m.attach(2, pid=2) == EPERM
    assert m.attach(7, pid=2) == EPERM
    assert m.jail_of(2) == 1


@both_models
@pytest.mark.parametrize(
    ("jid", "who"),
    [(7, "nobody"), (0, "prison0"), (1, "itself"), (2, "a sibling"), (5, "dying"), (-1, "nobody")],
)
def test_what_cannot_be_attached_to(model: str, jid: int, who: str) -> None:
    """EINVAL for a jid that is no alive jail below the caller's."""
    m = boot(model)
    m.make("a", {"children.max": 3})
    m.make("b")
    m.enter(1, 2)
    m.zombie(5, "z", within=2)
    assert m.attach(jid, pid=2) == EINVAL, who
    assert m.jail_of(2) == 1


@both_models
def test_grandchild(model: str) -> None:
    """A jail at any depth below can be attached to."""
    m = boot(model)
    m.make("a", {"children.max": 2})
    m.make("a.b", {"children.max": 1})
    m.make("a.b.c")
    m.enter(3, 2)
    assert m.jail_of(2) == 3


@both_models
def test_no_caller(model: str) -> None:
    """ESRCH for a process that does not exist or is still being made, EKILLED for a killed one."""
    m = boot(model)
    m.make("a", {"children.max": 1})
    m.make("a.b")
    m.fork_begin(2)
    m.enter(1, 3)
    m.remove(1)
    assert m.state_of(3) is ProcState.KILLED
    assert [m.attach(2, pid=pid).errno for pid in (2, 9, 3)] == ["ESRCH", "ESRCH", "EKILLED"]
