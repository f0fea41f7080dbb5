import pytest

from jail_kernel.call import Errno, Result
from tests.tools import Machine, boot, fails, panics, succeeded

PERSIST = {"persist": True}
NO_PARENT_CHANGE = fails(Errno.EINVAL, "cannot change jail's parent")
NO_ADDING = "Cannot add a process to a non-alive prison (jid={})"


def legacy() -> Machine:
    return boot("legacy")


def enoent(errmsg: str) -> Result:
    return fails(Errno.ENOENT, errmsg)


def eexist(errmsg: str) -> Result:
    return fails(Errno.EEXIST, errmsg)


def with_zombie(jid: int = 5, name: str = "a") -> Machine:
    m = legacy()
    m.zombie(jid, name)
    return m


def nested() -> Machine:
    """a (1), a.b (2), a.b.c (3), with process 2 in a."""
    m = legacy()
    m.make("a", {"children.max": 9})
    m.make("a.b", {"children.max": 8})
    m.make("a.b.c")
    m.enter(1, 2)
    return m


# BY JID


def test_jid_in_use() -> None:
    """A create fails for the jid of any jail, alive, dying or out of sight."""
    m = with_zombie(5, "a")
    m.make("b", {"children.max": 3})
    m.enter(1, 2)
    assert m.set("C", PERSIST, jid=1) == eexist("jail 1 already exists")
    assert m.set("C", PERSIST, jid=5) == eexist("jail 5 already exists")
    assert m.set("C", PERSIST, name="5") == eexist("jail 5 already exists")
    assert m.set("C", PERSIST, pid=2, jid=5) == eexist("jail 5 already exists")
    assert m.set("C", PERSIST, pid=2, jid=1) == eexist("jail 1 already exists")


@pytest.mark.parametrize("flags", ["U", "CU", "UD", "CUD"])
def test_jail_out_of_sight(flags: str) -> None:
    """An update does not find a jail that is not below the caller's, alive or dying."""
    m = with_zombie(5, "z")
    m.make("a", {"children.max": 3})
    m.make("b")
    m.enter(1, 2)
    for jid in (1, 2, 5):
        assert m.set(flags, PERSIST, pid=2, jid=jid) == enoent(f"jail {jid} not found")


def test_no_such_jid() -> None:
    """An update alone fails where nothing is; with create the jail is made."""
    m = legacy()
    assert m.set("U", jid=5) == enoent("jail 5 not found")
    assert m.set("UD", jid=5) == enoent("jail 5 not found")
    assert m.set("CU", PERSIST, jid=5) == Result(None, 5)


def test_parent_that_is_dying() -> None:
    """Whatever is asked of the child of a dying jail, the answer tells of the parent."""
    m = legacy()
    m.make("a", {"children.max": 3})
    m.enter(1, 2)
    m.zombie(2, "b", within=2)
    m.exit(2)
    m.remove(1)
    assert m.jails() == [(1, "a", "dying"), (2, "a.b", "dying")]
    for flags in ("U", "UD", "CU", "CUD"):
        assert m.set(flags, PERSIST, jid=2) == enoent("jail 1 is dying")


def test_presumed_parent_is_the_real_one() -> None:
    """An update by jid is checked against the limits of the jail's parent, not the caller's."""
    m = nested()
    params = {"securelevel": -1, "enforce_statfs": 0, "children.max": 9, "allow.mount": True}
    m[1].securelevel = 1
    for name, value in params.items():
        assert m.set("U", {name: value}, jid=2) == fails(Errno.EPERM), name


def test_addresses_of_the_real_parent() -> None:
    """An update by jid is checked against the addresses of the jail's parent."""
    m = nested()
    assert m.set("U", {"ip4.addr": ("10.0.0.9",)}, jid=2) == fails(Errno.EPERM)


def test_ruleset_of_the_real_parent() -> None:
    """An update by jid from inside a jail is checked against the ruleset of the jail's parent."""
    m = nested()
    m[1].devfs_ruleset, m[2].devfs_ruleset = 4, 5
    assert m.set("U", {"devfs_ruleset": 4}, pid=2, jid=3) == fails(Errno.EPERM)
    succeeded(m.set("U", {"devfs_ruleset": 5}, pid=2, jid=3))
    assert m[3].devfs_ruleset == 5


def test_rename_of_a_nested_jail() -> None:
    """The new name is below the real parent, given with its full name or without."""
    m = nested()
    succeeded(m.set("U", jid=2, name="z"))
    assert m[2].name == "a.z"
    succeeded(m.set("U", jid=2, name="a.y"))
    assert m[2].name == "a.y"
    assert m.set("U", jid=2, name="y.x") == NO_PARENT_CHANGE
    assert m.set("U", jid=2, name="0.x") == NO_PARENT_CHANGE
    assert m.set("U", jid=2, name=".x") == NO_PARENT_CHANGE


def test_rename_of_a_top_level_jail() -> None:
    """The parent of a top-level jail is called 0."""
    m = nested()
    succeeded(m.set("U", jid=1, name="0.z"))
    assert m[1].name == "z"


def test_full_name_from_inside() -> None:
    """Inside a jail too the parent part must be the parent's full name."""
    m = nested()
    assert m.set("U", pid=2, jid=3, name="b.z") == NO_PARENT_CHANGE
    succeeded(m.set("U", pid=2, jid=3, name="a.b.z"))
    assert m[3].name == "a.b.z"


def test_name_of_a_sibling() -> None:
    """A name that a sibling has is refused; one that a stranger has is not."""
    m = nested()
    m.make("a.q")
    m.make("r")
    assert m.set("U", jid=2, name="q") == eexist('jail "q" already exists')
    assert m.set("CU", PERSIST, jid=2, name="a.q") == eexist('jail "a.q" already exists')
    succeeded(m.set("U", jid=2, name="r"))
    assert m[2].name == "a.r"


def test_own_name_and_that_of_a_dying_sibling() -> None:
    """Neither the jail's own name nor that of a dying sibling is in the way."""
    m = with_zombie(5, "z")
    m.make("a")
    succeeded(m.set("U", jid=1, name="a"))
    succeeded(m.set("U", jid=1, name="z"))
    assert m.jails() == [(1, "z", "alive"), (5, "z", "dying")]


# BY NAME


def test_name_in_use() -> None:
    """A create fails for the name of an alive jail; the message has the name as it was given."""
    m = nested()
    assert m.set("C", PERSIST, name="a") == eexist('jail "a" already exists')
    assert m.set("C", PERSIST, name="a.b") == eexist('jail "a.b" already exists')
    assert m.set("C", PERSIST, pid=2, name="b") == eexist('jail "b" already exists')
    assert m.set("C", PERSIST, name="0.a") == enoent('jail "0" not found')


def test_name_of_a_dying_jail_is_free() -> None:
    """A create without JAIL_DYING gets the name of a dying jail."""
    m = with_zombie(5, "a")
    assert m.set("C", PERSIST, name="a") == Result(None, 1)
    m.remove(1)
    assert m.set("CU", PERSIST, name="a") == Result(None, 2)


def test_update_by_name() -> None:
    """An update finds an alive jail by its name, with and without create."""
    m = nested()
    assert m.set("U", {"securelevel": 1}, name="a.b") == Result(None, 2)
    assert m.set("CU", {"securelevel": 2, **PERSIST}, pid=2, name="b") == Result(None, 2)
    assert m[2].securelevel == 2


def test_no_such_name() -> None:
    """An update alone fails for a name that nobody has."""
    assert nested().set("U", name="x") == enoent('jail "x" not found')
    assert nested().set("UD", name="a.x") == enoent('jail "a.x" not found')


@pytest.mark.parametrize("flags", ["C", "CU", "U"])
def test_no_such_parent(flags: str) -> None:
    """The parent part must be a jail, and the message has only this part."""
    assert nested().set(flags, PERSIST, name="x.y.z") == enoent('jail "x.y" not found')
    assert nested().set(flags, PERSIST, name=".z") == enoent('jail "" not found')


def test_dying_parent() -> None:
    """A jail cannot be found or made below a dying one."""
    m = with_zombie(5, "z")
    for flags in ("C", "U", "CUD"):
        assert m.set(flags, PERSIST, name="z.y") == enoent('jail "z" is dying')


def test_dying_name() -> None:
    """An update alone of a name that only a dying jail has tells that it is dying."""
    m = with_zombie(5, "a")
    assert m.set("U", name="a") == enoent('jail "a" is dying')


def test_no_jail_specified() -> None:
    """An update without jid and name has no object."""
    assert legacy().set("U") == enoent("update specified no jail")
    assert legacy().set("UD", jid=0) == enoent("update specified no jail")


def test_name_and_jid_of_different_jails() -> None:
    """By jid one jail, by name another one: the name is in use."""
    m = legacy()
    m.make("a")
    m.make("b")
    assert m.set("U", jid=1, name="b") == eexist('jail "b" already exists')


def test_free_jid_and_a_name_in_use() -> None:
    """With a free jid a create-or-update finds the jail by its name, which keeps its jid."""
    m = legacy()
    m.make("b")
    assert m.set("CU", PERSIST, jid=5, name="b") == Result(None, 1)
    assert m.jails() == [(1, "b", "alive")]
    assert m.set("U", jid=5, name="b") == enoent("jail 5 not found")


# CREATION


def test_limit() -> None:
    """The limits of the caller's jail and of those above it count; that of the parent does not."""
    m = legacy()
    m.make("a", {"children.max": 1})
    m.enter(1, 2)
    m.make("b", pid=2)
    limit = fails(Errno.EPERM, "prison limit exceeded")
    assert m.set("C", PERSIST, pid=2) == limit
    assert succeeded(m.set("C", PERSIST, name="a.b.c")) == 3
    m[0].childmax = 3
    m[1].childmax = 9
    assert m.set("C", PERSIST, pid=2) == limit


def test_dying_children_count() -> None:
    """A dying jail counts against the limit."""
    m = legacy()
    m.make("a", {"children.max": 1})
    m.enter(1, 2)
    m.zombie(7, "z", within=2)
    assert m.set("C", PERSIST, pid=2, jid=8) == fails(Errno.EPERM, "prison limit exceeded")


def test_update_with_an_empty_name() -> None:
    """An update whose name ends in a dot makes a jail."""
    m = nested()
    assert m.set("U", PERSIST, name="a.") == Result(None, 4)
    assert m.jails()[-1] == (4, "a.4", "alive")


def test_create_and_attach() -> None:
    """With JAIL_ATTACH the caller is in the new jail."""
    m = legacy()
    m.fork(2)
    assert m.set("CA", pid=2, name="a") == Result(None, 1)
    assert m.jail_of(2) == 1
    assert m.refs(1) == (1, 1)


def test_no_jid_left() -> None:
    """EAGAIN if no automatic jid is free."""
    m = boot("legacy", jail_max=2)
    for _ in range(2):
        m.set("C", PERSIST)
    m[0].childmax = 9
    assert m.set("C", PERSIST) == fails(Errno.EAGAIN, "no available jail IDs")


# THE JID OF A DYING JAIL (rows A of the differences)


@pytest.mark.parametrize(
    "params",
    [
        {"name": "a"},
        {"name": "b"},
        {"name": "q.r"},
        {"securelevel": -2},
        {"bogus": 1},
        {"name": "7"},
    ],
)
def test_create_with_a_dying_jid(params: dict[str, int | str]) -> None:
    """A create fails on the jid before it looks at anything else, and nothing changes."""
    m = with_zombie()
    m.make("b")
    before = m.jails()
    assert m.set("C", {"jid": 5, **PERSIST, **params}) == eexist("jail 5 already exists")
    assert m.jails() == before


def test_create_with_a_dying_jid_at_the_limit() -> None:
    """The jid is looked at before the limit."""
    m = legacy()
    m.make("a", {"children.max": 1})
    m.enter(1, 2)
    m.zombie(5, "z", within=2)
    assert m.set("C", PERSIST, pid=2, jid=5) == eexist("jail 5 already exists")


@pytest.mark.parametrize(
    ("flags", "params"),
    [
        ("U", {}),
        ("CU", PERSIST),
        ("CU", {"name": "a", **PERSIST}),
        ("CU", {"name": "b", **PERSIST}),
    ],
)
def test_update_with_a_dying_jid(flags: str, params: dict[str, bool | str]) -> None:
    """An update fails on a dying jid without JAIL_DYING, whatever the name."""
    m = with_zombie()
    m.make("b")
    assert m.set(flags, {"jid": 5, **params}) == enoent("jail 5 is dying")


@pytest.mark.parametrize("flags", ["UD", "CUD"])
def test_resurrection_by_jid(flags: str) -> None:
    """With JAIL_DYING a dying jail is alive again, and keeps its name."""
    m = with_zombie()
    assert m.set(flags, PERSIST, jid=5) == Result(None, 5)
    assert m.jails() == [(5, "a", "alive")]
    assert m.refs(5) == (2, 1)


def test_resurrection_with_another_name() -> None:
    """It can be renamed at the same time, even to the name of another dying jail."""
    m = with_zombie()
    m.zombie(6, "b")
    succeeded(m.set("CUD", PERSIST, jid=5, name="b"))
    assert m.jails() == [(5, "b", "alive"), (6, "b", "dying")]


def test_resurrection_into_a_name_in_use() -> None:
    """A name that an alive jail has by now stops it, also if the name is its own old one."""
    m = with_zombie()
    m.make("a")
    m.make("b")
    assert m.set("UD", PERSIST, jid=5) == eexist('jail "a" already exists')
    assert m.set("UDA", jid=5) == eexist('jail "a" already exists')
    assert m.set("CUD", PERSIST, jid=5, name="b") == eexist('jail "b" already exists')
    assert m.jails()[-1] == (5, "a", "dying")


def test_resurrection_without_a_holder() -> None:
    """Without persist and attach the name is not looked at: two alive jails can have one name."""
    m = with_zombie()
    m.make("a")
    succeeded(m.set("UD", jid=5))
    assert m.jails() == [(1, "a", "alive"), (5, "a", "alive")]


def test_resurrection_in_a_nested_jail() -> None:
    """From prison0 the name that is made up fits: it has the parent's full name."""
    m = nested()
    m.zombie(5, "z", within=2)
    assert m.set("UD", PERSIST, jid=5) == Result(None, 5)
    assert m.jails()[-1] == (5, "a.z", "alive")


def test_resurrection_of_a_grandchild_from_inside() -> None:
    """From inside a jail the name that is made up lacks the beginning of the parent's name."""
    m = nested()
    m.enter(2, 3)
    m.zombie(5, "z", within=3)
    assert m.jails()[-1] == (5, "a.b.z", "dying")
    assert m.set("UD", PERSIST, pid=2, jid=5) == NO_PARENT_CHANGE
    assert m.set("UD", PERSIST, pid=2, jid=5, name="z") == Result(None, 5)


def test_resurrection_of_a_child_from_inside() -> None:
    """The name of a direct child has no dot, so it does no harm."""
    m = nested()
    m.zombie(5, "z", within=2)
    assert m.set("UD", PERSIST, pid=2, jid=5) == Result(None, 5)


def test_failed_resurrection() -> None:
    """A resurrection that fails in the last checks leaves the jail dying."""
    m = with_zombie()
    before = m[5].image()
    assert m.set("UD", {"bogus": 1, **PERSIST}, jid=5).errno == "EINVAL"
    assert m[5].image() == before


def test_attach_to_a_resurrected_jail() -> None:
    """With JAIL_ATTACH the caller keeps it alive."""
    m = with_zombie()
    m.fork(2)
    assert m.set("UDA", pid=2, jid=5) == Result(None, 5)
    assert (m.jail_of(2), m.refs(5)) == (5, (2, 1))
    m.exit(2)
    assert m.jails() == [(5, "a", "dying")]


def test_killed_processes_stay_killed() -> None:
    """A resurrection brings no process back, and the jail stays alive by those that still exit."""
    m = legacy()
    m.make("a")
    m.enter(1, 2)
    m.remove(1)
    succeeded(m.set("UD", jid=1))
    assert (m.state_of(2), m.jails()) == ("killed", [(1, "a", "alive")])
    m.exit(2)
    assert m.jails() == []


# THE NAME OF A DYING JAIL (rows B)


@pytest.mark.parametrize("flags", ["UD", "CUD"])
def test_resurrection_by_name(flags: str) -> None:
    """With JAIL_DYING a dying jail is found by its name, if no alive one has it."""
    m = with_zombie()
    assert m.set(flags, PERSIST, name="a") == Result(None, 5)
    assert m.jails() == [(5, "a", "alive")]


def test_alive_jail_comes_first() -> None:
    """An alive jail of that name is updated instead, be it older or newer."""
    older = legacy()
    older.make("b")
    older.zombie(5, "a")
    succeeded(older.set("U", jid=1, name="a"))
    newer = with_zombie(5, "a")
    newer.make("a")
    for m in (older, newer):
        assert m.jails() == [(1, "a", "alive"), (5, "a", "dying")]
        assert m.set("UD", PERSIST, name="a") == Result(None, 1)


def test_oldest_of_the_dying() -> None:
    """Of several dying jails of one name the oldest is resurrected."""
    m = with_zombie(7, "a")
    m.zombie(5, "a")
    m.zombie(6, "a")
    assert m.set("UD", PERSIST, name="a") == Result(None, 7)


def test_resurrection_by_name_from_inside() -> None:
    """It works below any parent that is alive."""
    m = nested()
    m.enter(2, 3)
    m.zombie(5, "z", within=3)
    assert m.set("CUD", PERSIST, pid=2, name="b.z") == Result(None, 5)


# EMPTY ALIVE


def test_empty_alive() -> None:
    """Without process, persist and attach the jail is alive without a user reference."""
    m = with_zombie()
    succeeded(m.set("UD", {"securelevel": 1}, jid=5))
    assert (m.jails(), m.refs(5), m[5].securelevel) == ([(5, "a", "alive")], (1, 0), 1)


def test_empty_alive_can_be_attached_to() -> None:
    """A process can attach to it, and it dies again with the process."""
    m = with_zombie()
    m.set("UD", jid=5)
    m.enter(5, 2)
    assert m.refs(5) == (2, 1)
    m.exit(2)
    assert m.jails() == [(5, "a", "dying")]


def test_empty_alive_can_be_removed() -> None:
    """It can be removed like any other jail."""
    m = with_zombie()
    m.set("UD", jid=5)
    assert m.remove(5) == Result(None, 0)
    assert m.jails() == [(5, "a", "dying")]


def test_empty_alive_can_have_no_child() -> None:
    """Making a child in it stops the kernel."""
    m = with_zombie()
    m.set("UD", jid=5)
    assert m.set("C", PERSIST, name="a.b") == panics(NO_ADDING.format(5))
