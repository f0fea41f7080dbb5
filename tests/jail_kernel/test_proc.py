import pytest

from jail_kernel.call import Errno, Malformed, Result
from jail_kernel.state import ProcState
from tests.tools import Machine, boot, both_models, fails, image, succeeded

OK = Result(None, 0)
ESRCH, EKILLED = fails(Errno.ESRCH), fails(Errno.EKILLED)
EEXIST, ENOENT, EBADOP = fails(Errno.EEXIST), fails(Errno.ENOENT), fails(Errno.EBADOP)


def crowd(model: str) -> Machine:
    """A process in a (2), its half-made child (3), a killed process in b (4)."""
    m = boot(model)
    m.make("a")
    m.make("b")
    m.enter(1, 2)
    m.enter(2, 4)
    succeeded(m.fork_begin(3, pid=2))
    succeeded(m.remove(2))
    return m


# WHO CAN CALL


@both_models
def test_who_cannot_call(model: str) -> None:
    """No process and a half-made one: ESRCH; a killed one: EKILLED, whatever it calls."""
    m = crowd(model)
    before = image(m.k)
    for pid, answer in ((9, ESRCH), (3, ESRCH), (4, EKILLED)):
        assert m.fork(5, pid=pid) == answer
        assert m.fork_begin(5, pid=pid) == answer
        assert m.hold("r", pid=pid) == answer
        assert m.get(pid=pid) == answer
        assert m.set("C", pid=pid) == answer
        assert m.attach(1, pid=pid) == answer
        assert m.remove(1, pid=pid) == answer
    assert image(m.k) == before


@both_models
def test_driver_errors_come_in_order(model: str) -> None:
    """That a caller cannot call is noticed before a pid or a resource is seen to be in use."""
    m = crowd(model)
    m.hold("r")
    assert m.fork(1, pid=4) == EKILLED
    assert m.fork(1, pid=9) == ESRCH
    assert m.hold("r", pid=4) == EKILLED


# FORK


@both_models
def test_fork(model: str) -> None:
    """The child runs in its parent's jail; it shares the credential and is one user reference."""
    m = boot(model)
    m.make("a")
    m.enter(1, 2)
    assert m.refs(1) == (2, 2)
    assert m.fork(3, pid=2) == Result(None, 3)
    assert m.refs(1) == (2, 3)
    assert (m.jail_of(3), m.state_of(3)) == (1, "running")
    assert m.k.procs[3].cred is m.k.procs[2].cred
    assert m.k.procs[3].cred.ref == 2


@both_models
@pytest.mark.parametrize("pid", [1, 2, 3, 4])
def test_pid_in_use(model: str, pid: int) -> None:
    """EEXIST for the pid of any process that is there, in whatever state."""
    m = crowd(model)
    before = image(m.k)
    assert m.fork(pid) == EEXIST
    assert m.fork_begin(pid) == EEXIST
    assert image(m.k) == before


@both_models
def test_fork_in_two_halves(model: str) -> None:
    """Between the halves the child is there and holds its jail, but is still new."""
    m = boot(model)
    m.make("a")
    m.enter(1, 2)
    assert m.fork_begin(3, pid=2) == Result(None, 3)
    assert (m.state_of(3), m.refs(1)) == ("new", (2, 3))
    assert m.exit(3) == ESRCH
    assert m.fork_end(3) == Result(None, 3)
    assert (m.state_of(3), m.refs(1)) == ("running", (2, 3))


@both_models
def test_fork_end_without_a_begin(model: str) -> None:
    """ESRCH for a process that is not there or is not half-made."""
    m = crowd(model)
    assert [m.fork_end(pid) for pid in (9, 1, 4)] == [ESRCH, ESRCH, ESRCH]


@both_models
def test_fork_end_in_a_dying_jail(model: str) -> None:
    """The child of a jail that died in between exits at once."""
    m = crowd(model)
    m.remove(1)
    assert m.state_of(3) is ProcState.NEW
    assert m.fork_end(3) == Result(None, 3)
    assert 3 not in m.k.procs
    m.exit(2)
    assert m.jails() == [(2, "b", "dying")]


def test_fork_end_in_a_resurrected_jail() -> None:
    """In the old kernel a child whose jail came back in between was never killed."""
    m = boot("legacy")
    m.make("a")
    m.enter(1, 2)
    m.fork_begin(3, pid=2)
    m.remove(1)
    succeeded(m.set("UD", jid=1, persist=True))
    m.fork_end(3)
    assert [m.state_of(pid) for pid in (2, 3)] == ["killed", "running"]


# EXIT


@both_models
def test_exit(model: str) -> None:
    """A process gives back a user reference; the last holder of its credential a reference."""
    m = boot(model)
    m.make("a")
    m.enter(1, 2)
    m.fork(3, pid=2)
    assert m.exit(2) == OK
    assert (m.refs(1), 2 in m.k.procs) == ((2, 2), False)
    assert m.exit(3) == OK
    assert m.refs(1) == (1, 1)


@both_models
def test_exit_of_a_killed_process(model: str) -> None:
    """Exit is the one call that a killed process makes."""
    m = crowd(model)
    assert m.exit(4) == OK
    assert m.jails() == [(1, "a", "alive")]


@both_models
def test_exit_of_nobody(model: str) -> None:
    """ESRCH for a process that is not there, or not yet."""
    m = crowd(model)
    assert [m.exit(9), m.exit(3)] == [ESRCH, ESRCH]


@both_models
def test_last_exit_ends_the_jail(model: str) -> None:
    """A jail that need not persist is gone with its last process; dying is not seen."""
    m = boot(model)
    m.fork(2)
    succeeded(m.set("CA", pid=2, name="a"))
    assert m.exit(2) == OK
    assert (m.jails(), m[0].childcount, m.refs(0)) == ([], 0, (2, 2))


@both_models
def test_exit_of_the_first_process(model: str) -> None:
    """prison0 stays alive when nobody is left in it."""
    m = boot(model)
    assert m.exit(1) == OK
    assert (m[0].state, m.refs(0)) == ("alive", (1, 1))
    assert m.fork(2) == ESRCH


# HOLD AND DROP


@both_models
def test_hold(model: str) -> None:
    """A resource holds the credential, not the jail."""
    m = boot(model)
    m.make("a")
    m.enter(1, 2)
    assert m.hold("r", pid=2) == OK
    assert m.k.resources["r"] is m.k.procs[2].cred
    assert (m.k.resources["r"].ref, m.refs(1)) == (2, (2, 2))
    assert m.hold("r") == EEXIST


@both_models
def test_drop(model: str) -> None:
    """The last holder of a credential gives back the jail's reference, which may end the jail."""
    m = boot(model)
    m.zombie(5, "z")
    assert m.jails() == [(5, "z", "dying")]
    assert m.drop("z5") == OK
    assert m.jails() == []
    assert m.drop("z5") == ENOENT


@both_models
def test_drop_of_a_shared_credential(model: str) -> None:
    """A credential that somebody else holds keeps its reference."""
    m = boot(model)
    m.make("a")
    m.enter(1, 2)
    m.hold("r", pid=2)
    m.hold("s", pid=2)
    m.exit(2)
    assert m.refs(1) == (2, 1)
    m.drop("r")
    assert m.refs(1) == (2, 1)
    m.drop("s")
    assert m.refs(1) == (1, 1)


# WHAT THE DRIVER ANSWERS


@both_models
def test_poke(model: str) -> None:
    """Each counter is set if it is named."""
    m = boot(model)
    assert m.poke(lastprid=5) == OK
    assert m.poke(lastdeadid=7) == OK
    assert (m.k.lastprid, m.k.lastdeadid) == (5, 7)
    assert m.poke() == OK
    assert (m.k.lastprid, m.k.lastdeadid) == (5, 7)


@both_models
def test_malformed(model: str) -> None:
    """A malformed op is refused and changes nothing."""
    m = boot(model)
    before = image(m.k)
    assert m.call(Malformed("{}")) == EBADOP
    assert image(m.k) == before
