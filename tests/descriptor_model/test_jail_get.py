import pytest

from jail_kernel.call import Errno, JailGet
from tests.tools import boot, fails, flag_bits, succeeded

MISSING = fails(Errno.ENOENT, "missing desc")


@pytest.mark.parametrize(
    ("flags", "by", "answer"),
    [
        ("?", {"jid": 1}, fails(Errno.EINVAL)),
        ("C", {"jid": 1}, fails(Errno.EINVAL)),
        ("XT", {"desc": 3}, fails(Errno.EINVAL)),
        ("T", {"jid": 1}, MISSING),
        ("G", {"jid": 1}, MISSING),
        ("O", {"jid": 1}, MISSING),
        ("", {"jid": 1, "desc": 3}, fails(Errno.EINVAL, "unexpected desc")),
        ("D", {"desc": 3}, fails(Errno.EINVAL, "unexpected desc")),
        ("G", {"jid": 1, "desc": "x"}, fails(Errno.EINVAL)),
        ("G", {"desc": -1}, fails(Errno.ENOENT, "no jail specified")),
        ("G", {"desc": -1, "jid": 9}, fails(Errno.ENOENT, "jail 9 not found")),
        ("X", {"desc": 9}, fails(Errno.EBADF, "not a jail descriptor")),
        ("X", {"desc": 0}, fails(Errno.EINVAL, "not a jail descriptor")),
        ("", {"jid": 9}, fails(Errno.ENOENT, "jail 9 not found")),
    ],
)
def test_refusals(flags: str, by: dict[str, int | str], answer: object) -> None:
    """Flags, desc, the descriptor, the jail, in this order.  MD06, MD10, MA03."""
    m = boot("descriptors")
    m.make("a")
    assert m.call(JailGet(1, flag_bits(flags), tuple(by.items()))) == answer


def test_a_flag_without_desc_is_ignored() -> None:
    """Of the four flags one does not complain.  MD06."""
    m = boot("descriptors")
    m.make("a")
    assert m.get("X", jid=1).ret == 1


def test_use_of_a_descriptor() -> None:
    """Other keys are only filled in; lastjid is a parameter that nobody knows.  MD23, MD77."""
    m = boot("descriptors")
    m.make("a")
    m.make("b")
    m.open(2)
    result = m.get("X", desc=3, jid=1, name="a")
    assert (result.ret, result.fd) == (2, 3)
    unknown = fails(Errno.EINVAL, "unknown parameter: lastjid")
    assert m.get("X", desc=3, lastjid=0) == unknown


def test_a_dying_jail_is_found_if_one_asks_for_it() -> None:
    """MD32."""
    m = boot("descriptors")
    m.zombie(5, "z")
    m.open(5, "GD")
    assert m.get("X", desc=3) == fails(Errno.ENOENT, "jail 5 is dying")
    assert m.get("XD", desc=3).ret == 5
    assert m.refs(5) == (2, 0)


def test_the_own_jail_can_be_looked_at() -> None:
    """By its descriptor a jail sees itself, under the name 0.  MD24."""
    m = boot("descriptors")
    m.make("a")
    m.open(1)
    m.fork(2)
    succeeded(m.attach_jd(3, pid=2))
    values = m.get("X", pid=2, desc=3).values
    assert values is not None
    assert values[:2] == (1, "0")


def test_a_descriptor_comes_back() -> None:
    """By jid, by name and in a walk.  MD18."""
    m = boot("descriptors")
    m.make("a")
    assert m.get("G", desc=-1, jid=1).fd == 3
    assert m.get("G", desc=-1, name="a").fd == 4
    assert m.get("G", desc=-1, lastjid=0).fd == 5
    assert m.files() == {3: 1, 4: 1, 5: 1}


def test_below_a_descriptor() -> None:
    """A walk sees what is below its jail.  MD17."""
    m = boot("descriptors")
    m.make("a", {"children.max": 3})
    m.make("b")
    m.make("a.c")
    m.open(1)
    found = m.get("T", desc=3, lastjid=0)
    assert found.values is not None
    assert (found.ret, found.values[1]) == (3, "c")


@pytest.mark.parametrize("wish", ["bogus", ("meta", 2)])
def test_a_failing_owner_removes_the_jail(wish: str | tuple[str, int]) -> None:
    """The descriptor that does not come back is closed, and it owns the jail.  MD20, MD22."""
    m = boot("descriptors")
    m.make("a", meta="aaaa")
    assert m.read(wish, flags="O", desc=-1, jid=1).errno is Errno.EINVAL
    assert m.jails() == []


def test_a_failing_plain_one_does_not() -> None:
    """Nothing is left open."""
    m = boot("descriptors")
    m.make("a")
    assert m.read("bogus", flags="G", desc=-1, jid=1).errno is Errno.EINVAL
    assert (m.jails(), m.files()) == ([(1, "a", "alive")], {})


def test_who_calls() -> None:
    """Nobody there, nothing read."""
    assert boot("descriptors").get(pid=7, jid=1) == fails(Errno.ESRCH)
