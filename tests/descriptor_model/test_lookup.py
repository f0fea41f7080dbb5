import pytest

from jail_kernel.call import Errno, Result
from tests.tools import Machine, boot, fails, panics, succeeded

INVALID = panics("Found invalid prison PTR")


def half_built(*, name: str = "a") -> Machine:
    """A machine with a jail 5 that a module refused."""
    m = boot("descriptors")
    assert m.set("C", jid=5, name=name, persist=True, meta=-1) == fails(Errno.EINVAL)
    return m


@pytest.mark.parametrize("how", ["get", "attach", "remove"])
def test_a_half_built_jail_stops_the_kernel(how: str) -> None:
    """Whoever finds it by its jid panics.  MC03, MC05."""
    m = half_built()
    answers = {
        "get": lambda: m.get(jid=5),
        "attach": lambda: m.attach(5),
        "remove": lambda: m.remove(5),
    }
    assert answers[how]() == INVALID


def test_its_name_stops_it_too() -> None:
    """As the name of a jail, and as the parent part of one.  MC04, MC23."""
    assert half_built().get(name="a") == INVALID
    assert half_built().set("C", name="a.b", persist=True) == INVALID


def test_an_alive_jail_of_the_name_comes_first() -> None:
    """The name is free; the newer jail is met first and found.  MC08."""
    m = half_built()
    assert m.make("a").jid == 1
    assert m.get(name="a").ret == 1


def test_it_is_seen_in_a_walk() -> None:
    """By lastjid it is found, as a dying jail is.  MC02."""
    m = half_built()
    assert m.get(lastjid=0) == fails(Errno.ENOENT, "no jail after 0")
    assert m.get("D", lastjid=0).ret == 5


def test_its_jid_is_taken_over() -> None:
    """As that of a dying jail.  MC07."""
    m = half_built()
    succeeded(m.set("C", jid=5, persist=True))
    assert m.jails() == [(5, "5", "alive"), (999999, "a", "invalid")]


def test_from_where_it_is_not_seen_it_is_not_found() -> None:
    """A jail beside it asks for it in vain, and nothing happens."""
    m = half_built()
    m.make("b")
    m.enter(1, 2)
    assert m.get(pid=2, jid=5) == fails(Errno.ENOENT, "jail 5 not found")
    assert m.remove(5, pid=2) == Result(Errno.EINVAL)
