import pytest

from jail_kernel.call import Errno, Result
from jail_kernel.jail_get import VIEW_FIELDS
from tests.tools import Machine, Named, boot, both_models, fails, panics, succeeded

EINVAL = fails(Errno.EINVAL)


def enoent(errmsg: str) -> Result:
    return fails(Errno.ENOENT, errmsg)


def family(model: str) -> Machine:
    """a (1), a.b (2), a.b.c (3), d (4); process 2 in a, process 3 in a.b."""
    m = boot(model)
    m.make("a", {"children.max": 5, "path": "/a"})
    m.make("a.b", {"children.max": 3, "path": "/a/b"})
    m.make("a.b.c", path="/a/b/c")
    m.make("d")
    m.enter(1, 2)
    m.enter(2, 3)
    return m


def jid_or_errmsg(result: Result) -> int | str | None:
    return result.ret if result.errno is None else result.errmsg


@both_models
@pytest.mark.parametrize("flags", ["C", "U", "A", "?", "CD"])
def test_flags(model: str, flags: str) -> None:
    """EINVAL for any flag but JAIL_DYING, before any jail is looked for."""
    m = family(model)
    assert m.get(flags, jid=1) == EINVAL
    assert m.get(flags) == EINVAL


@both_models
def test_no_privilege_needed(model: str) -> None:
    """A jail without allow.suser can read what is below it."""
    m = boot(model)
    m.make("a", {"allow.suser": False, "children.max": 1})
    m.make("a.b")
    m.enter(1, 2)
    assert m.get(pid=2, jid=2).ret == 2


@both_models
def test_no_caller(model: str) -> None:
    """ESRCH for a process that does not exist, before the flags are looked at."""
    assert boot(model).get("?", pid=7, jid=1) == fails(Errno.ESRCH)


@both_models
def test_by_jid(model: str) -> None:
    """By jid: a jail below the caller's, at any depth."""
    m = family(model)
    assert m.get(jid=3).ret == 3
    assert m.get(pid=2, jid=3).ret == 3
    assert m.get(jid=7) == enoent("jail 7 not found")
    assert m.get(jid=-1) == enoent("jail -1 not found")


@both_models
@pytest.mark.parametrize("jid", [1, 2, 4])
def test_what_is_not_below(model: str, jid: int) -> None:
    """Neither itself nor a parent nor a stranger can be read."""
    assert family(model).get(pid=3, jid=jid) == enoent(f"jail {jid} not found")


@both_models
def test_by_name(model: str) -> None:
    """By name: as the caller knows the jail."""
    m = family(model)
    assert [m.get(name=name).ret for name in ("a", "a.b", "a.b.c", "d")] == [1, 2, 3, 4]
    assert [m.get(pid=2, name=name).ret for name in ("b", "b.c")] == [2, 3]
    assert m.get(pid=2, name="a.b") == enoent('jail "a.b" not found')
    assert m.get(name="ä") == enoent('jail "ä" not found')


@both_models
def test_name_ends_at_nul(model: str) -> None:
    """What is behind a NUL in the name is no part of it."""
    m = family(model)
    assert m.get(name="d\0x").ret == 4
    assert m.get(name="x\0d") == enoent('jail "x" not found')


@both_models
def test_jid_comes_before_name(model: str) -> None:
    """The name is not looked at where a jid is given; jid 0 is none."""
    m = family(model)
    assert m.get(name="a", jid=4).ret == 4
    assert m.get(name="a", jid=0).ret == 1
    assert m.get(name="a", jid=2**32).ret == 1


@both_models
def test_nothing_specified(model: str) -> None:
    """ENOENT if no key is given, or only jid 0."""
    m = family(model)
    assert m.get() == enoent("no jail specified")
    assert m.get(jid=0) == enoent("no jail specified")


@both_models
def test_dying_jail(model: str) -> None:
    """A dying jail is read with JAIL_DYING only; the error tells that it is there."""
    m = boot(model)
    m.zombie(5, "z")
    assert m.get(jid=5) == enoent("jail 5 is dying")
    assert m.get(name="z") == enoent('jail "z" is dying')
    assert m.get("D", jid=5).ret == 5
    assert m.get("D", name="z").ret == 5


@both_models
def test_alive_jail_before_a_dying_one(model: str) -> None:
    """Of an alive and a dying jail of one name the alive one is read, even with JAIL_DYING."""
    m = boot(model)
    m.zombie(5, "z")
    m.make("z")
    assert m.get("D", name="z").ret == 1
    assert m.get(name="z").ret == 1


@both_models
def test_lastjid(model: str) -> None:
    """The next alive jail above lastjid that the caller can see."""
    m = family(model)
    m.zombie(6, "z")
    assert [jid_or_errmsg(m.get(lastjid=i)) for i in (-1, 0, 3, 4, 6)] == [
        1,
        1,
        4,
        "no jail after 4",
        "no jail after 6",
    ]
    assert [jid_or_errmsg(m.get("D", lastjid=i)) for i in (4, 5, 6)] == [6, 6, "no jail after 6"]


@both_models
def test_lastjid_inside(model: str) -> None:
    """A walk inside a jail shows the jails below it."""
    m = family(model)
    assert [jid_or_errmsg(m.get(pid=3, lastjid=i)) for i in (0, 3)] == [3, "no jail after 3"]
    assert m.get(lastjid=4).errno == "ENOENT"


@both_models
def test_lastjid_comes_first(model: str) -> None:
    """lastjid decides if it is given, even if it is 0; it is a C int."""
    m = family(model)
    assert m.get(jid=4, name="a", lastjid=0).ret == 1
    assert m.get(lastjid=2**32 + 2).ret == 3


@both_models
def test_list_order_is_by_jid(model: str) -> None:
    """A walk is by jid, not by age."""
    m = boot(model)
    for jid in (7, 3, 5):
        m.make(f"j{jid}", jid=jid)
    assert [m.get(lastjid=i).ret for i in (0, 3, 5)] == [3, 5, 7]


@both_models
def test_values_seen_from_outside(model: str) -> None:
    """prison0 reads full names and paths, and the real parent's jid."""
    m = family(model)
    assert [m.view(i)["name"] for i in (1, 2, 3)] == ["a", "a.b", "a.b.c"]
    assert [m.view(i)["path"] for i in (1, 2, 3)] == ["/a", "/a/b", "/a/b/c"]
    assert [m.view(i)["parent.jid"] for i in (1, 2, 3, 4)] == [0, 1, 2, 0]
    assert [m.view(i)["childcount"] for i in (1, 2, 3, 4)] == [2, 1, 0, 0]


@both_models
def test_values_seen_from_inside(model: str) -> None:
    """Inside a jail names and paths are relative to it, and the parent is 0 if it is the jail."""
    m = family(model)
    assert [m.view(i, pid=2)["name"] for i in (2, 3)] == ["b", "b.c"]
    assert [m.view(i, pid=2)["path"] for i in (2, 3)] == ["/b", "/b/c"]
    assert [m.view(i, pid=2)["parent.jid"] for i in (2, 3)] == [0, 2]
    assert m.view(3, pid=3)["parent.jid"] == 0


@both_models
def test_all_values(model: str) -> None:
    """Every parameter that was set is read back."""
    m = boot(model)
    params: Named = {
        "path": "/j",
        "securelevel": 2,
        "children.max": 3,
        "enforce_statfs": 1,
        "devfs_ruleset": 4,
        "osreldate": 1302001,
        "osrelease": "13.2",
        "host.hostname": "h",
        "host.domainname": "d",
        "host.hostuuid": "u",
        "host.hostid": 7,
        "ip4.addr": ("10.0.0.1",),
        "ip6": "inherit",
        "ip4.saddrsel": False,
        "allow.quotas": True,
    }
    m.make("j", params, jid=4)
    default_allow = (1 << 0) | (1 << 8) | (1 << 10) | (1 << 11)
    assert m.view(4) == {
        "jid": 4,
        "name": "j",
        "parent.jid": 0,
        "path": "/j",
        "state": "alive",
        "securelevel": 2,
        "childcount": 0,
        "childmax": 3,
        "enforce_statfs": 1,
        "devfs_ruleset": 4,
        "osreldate": 1302001,
        "osrelease": "13.2",
        "host": True,
        "hostname": "h",
        "domainname": "d",
        "hostuuid": "u",
        "hostid": 7,
        "vnet": False,
        "persist": True,
        "ip4_user": True,
        "ip6_user": False,
        "ip4": (bytes([10, 0, 0, 1]),),
        "ip6": None,
        "ip4_saddrsel": False,
        "ip6_saddrsel": True,
        "allow": default_allow | 1 << 5,
    }
    assert tuple(m.view(4)) == VIEW_FIELDS


@both_models
def test_result_has_no_message(model: str) -> None:
    """A jail that is found has its jid as the answer, and no message."""
    result = family(model).get(jid=3)
    assert (result.errno, result.ret, result.errmsg) == (None, 3, None)


def overrun() -> Machine:
    """A name longer than its buffer: it runs into the path.

    A rename through another parent leaves the old name's tail behind the new name; a rename of
    the outer jail then copies that tail to where it has no room.
    """
    m = boot("new")
    m.make("abcde", {"children.max": 1})
    m.make("abcde." + "b" * 10, path="/long/path")
    succeeded(m.set("U", jid=2, name="z"))
    succeeded(m.set("U", jid=1, name="L" * 250))
    return m


def test_name_that_does_not_fit() -> None:
    """EINVAL for a name that has grown over its buffer."""
    m = overrun()
    assert len(m[2].name) == 261
    assert m.get(jid=2) == EINVAL
    assert m.get(jid=1).ret == 1


def test_path_behind_a_long_name() -> None:
    """The end of such a name lies where the path was."""
    m = overrun()
    assert m[2].name == "L" * 250 + "." + "b" * 10
    assert m[2].path == "bbbbb"


def test_page_fault() -> None:
    """A jail inside that looks at a name without enough dots stops the kernel."""
    m = boot("new")
    m.make("a", {"children.max": 1})
    m.make("a.b")
    m.enter(1, 2)
    succeeded(m.set("U", jid=2, name="z"))
    assert m.get(pid=2, jid=2) == panics("page fault (signal 11) at address 0x1")
