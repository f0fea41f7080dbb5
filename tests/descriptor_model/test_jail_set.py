import pytest

from jail_kernel.call import Errno
from jail_kernel.reference import INVALID
from tests.tools import boot, fails, succeeded


@pytest.mark.parametrize("flags", ["CG", "CO", "CGO"])
def test_a_descriptor_comes_back(flags: str) -> None:
    """Its number beside the jid.  MD01, MD02, MD05."""
    m = boot("descriptors")
    result = m.set(flags, desc=-1, name="a", persist=True)
    assert (result.ret, result.fd, m.files()) == (1, 3, {3: 1})
    succeeded(m.close(3))
    assert bool(m.jails()) == ("O" not in flags)


def test_of_an_existing_jail_too() -> None:
    """An update can ask for one as well.  MD53."""
    m = boot("descriptors")
    m.make("a")
    assert m.set("UG", desc=-1, jid=1).fd == 3


def test_dead_on_arrival() -> None:
    """If the same call takes the last user reference away.  MD54."""
    m = boot("descriptors")
    m.make("a")
    result = m.set("UG", desc=-1, jid=1, persist=False)
    assert (result.ret, result.fd, m.files(), m.jails()) == (1, 3, {3: None}, [])


def test_use_of_a_descriptor() -> None:
    """The jail is that of the descriptor, whoever can see it.  MD11, MD43."""
    m = boot("descriptors")
    m.make("a", {"children.max": 1})
    m.make("b")
    m.open(2)
    m.fork(2)
    succeeded(m.attach(1, pid=2))
    assert succeeded(m.set("UX", pid=2, desc=3, securelevel=1)) == 2
    assert m[2].securelevel == 1
    assert m.set("UX", pid=2, desc=3, jid=2).ret == 2
    assert m.set("UX", pid=2, desc=3, jid=1) == fails(Errno.EINVAL, "cannot change jid")
    assert m.set("CX", pid=2, desc=3, persist=True) == fails(Errno.EEXIST, "jail 2 already exists")


def test_use_of_a_dying_jail() -> None:
    """It cannot be brought back.  MD32."""
    m = boot("descriptors")
    m.zombie(5, "z")
    m.open(5, "GD")
    assert m.set("UX", desc=3, persist=True) == fails(Errno.ENOENT, "jail 5 is dying")
    assert m.refs(5) == (2, 0)


def test_use_needs_the_openers_right() -> None:
    """Not the caller's.  MD39, MD41."""
    m = boot("descriptors")
    m.make("a", {"children.max": 2})
    m.make("b")
    m.open(2)
    m.fork(2)
    succeeded(m.attach(1, pid=2))
    m.enter(1, 3)
    m.make("k", pid=3)
    assert m.open(3, pid=3) == 4
    m.set("U", {"jid": 1, "allow.suser": False})
    assert succeeded(m.set("UX", pid=2, desc=3, securelevel=2)) == 2
    assert m.set("UX", pid=3, desc=4) == fails(Errno.EPERM)


def test_limits_are_those_of_the_caller() -> None:
    """The real parent's do not count.  MD44."""
    m = boot("descriptors")
    m.make("a", {"children.max": 2, "securelevel": 3})
    m.make("a.b")
    m.open(2)
    succeeded(m.set("UX", desc=3, securelevel=1))
    assert m[2].securelevel == 1


def test_attach_alone() -> None:
    """A descriptor and the attach flag, without more.  MD13."""
    m = boot("descriptors")
    m.make("a")
    m.open(1)
    m.fork(2)
    succeeded(m.set("UXA", pid=2, desc=3))
    assert m.jail_of(2) == 1


def test_devfs_rules_ask_where_the_caller_is() -> None:
    """Also when it works at a descriptor.  MD76."""
    m = boot("descriptors")
    m.make("a", {"children.max": 3, "devfs_ruleset": 4})
    m.make("b", {"children.max": 3})
    m.open(2)
    m.fork(2)
    succeeded(m.attach(1, pid=2))
    assert m.set("CT", pid=2, desc=3, persist=True, devfs_ruleset=4) == fails(Errno.EPERM)
    assert succeeded(m.set("CT", desc=3, persist=True, devfs_ruleset=4)) == 4


def test_a_module_refuses_a_new_jail() -> None:
    """A persistent one stays, half built, and cannot be removed any more.  MC01."""
    m = boot("descriptors")
    assert m.set("C", name="a", persist=True, meta=-1) == fails(Errno.EINVAL)
    pr = m[1]
    assert (pr.state, pr.persist, m.refs(1), m.k.lastprid) == (INVALID, True, (1, 1), 1)


def test_one_that_would_have_been_attached_to_goes() -> None:
    """It has no reference of its own.  MC12."""
    m = boot("descriptors")
    assert m.set("CA", name="a", meta=-1) == fails(Errno.EINVAL)
    assert (m.jails(), m.jail_of(1)) == ([], 0)


def test_a_module_refuses_an_update() -> None:
    """All else is done already, down to a rename and the end of persist.  MB10, MC15."""
    m = boot("descriptors")
    m.make("a")
    m.enter(1, 2)
    answer = m.set("U", jid=1, name="z", persist=False, securelevel=2, meta=-1)
    assert answer == fails(Errno.EINVAL)
    pr = m[1]
    assert (pr.name, pr.persist, pr.securelevel, m.refs(1)) == ("z", False, 2, (1, 1))


def test_a_refused_update_can_be_the_end_of_a_jail() -> None:
    """MC16."""
    m = boot("descriptors")
    m.make("a")
    assert m.set("U", jid=1, persist=False, meta=-1) == fails(Errno.EINVAL)
    assert m.jails() == []


def test_a_refused_attach_does_not_happen() -> None:
    """The module is asked before.  MC17."""
    m = boot("descriptors")
    m.make("a")
    assert m.set("UA", jid=1, env=-1) == fails(Errno.EINVAL)
    assert m.jail_of(1) == 0


def test_who_calls() -> None:
    """Nobody there, nothing done."""
    m = boot("descriptors")
    assert m.set("C", pid=7, persist=True) == fails(Errno.ESRCH)
    assert m.set("U") == fails(Errno.ENOENT, "update specified no jail")
    assert m.set("C", persist=True, jid=-1) == fails(Errno.EINVAL, "negative jid")
