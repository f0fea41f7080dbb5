import pytest

from jail_kernel.call import Errno, Result
from tests.tools import Machine, Named, boot, fails, panics, succeeded

PERSIST = {"persist": True}
NO_PARENT_CHANGE = fails(Errno.EINVAL, "cannot change jail's parent")
LIMIT = fails(Errno.EPERM, "prison limit exceeded")


def enoent(errmsg: str) -> Result:
    return fails(Errno.ENOENT, errmsg)


def eexist(errmsg: str) -> Result:
    return fails(Errno.EEXIST, errmsg)


def with_zombie(jid: int = 5, name: str = "a") -> Machine:
    m = boot("new")
    m.zombie(jid, name)
    return m


def nested() -> Machine:
    """a (1), a.b (2), a.b.c (3), with process 2 in a."""
    m = boot("new")
    m.make("a", {"children.max": 9})
    m.make("a.b", {"children.max": 8})
    m.make("a.b.c")
    m.enter(1, 2)
    return m


# BY JID


def test_jid_in_use() -> None:
    """A create fails for the jid of an alive jail, also if it is out of sight."""
    m = nested()
    assert m.set("C", PERSIST, jid=1) == eexist("jail 1 already exists")
    assert m.set("C", PERSIST, pid=2, jid=1) == eexist("jail 1 already exists")


def test_name_that_asks_for_a_jid_in_use() -> None:
    """A numeric name asks for its jid."""
    assert nested().set("C", PERSIST, name="1") == eexist("jail 1 already exists")


@pytest.mark.parametrize("flags", ["U", "CU", "UD", "CUD"])
def test_jail_out_of_sight(flags: str) -> None:
    """An update does not find an alive jail that is not below the caller's."""
    m = nested()
    m.make("d")
    for jid in (1, 4):
        assert m.set(flags, PERSIST, pid=2, jid=jid) == enoent(f"jail {jid} not found")


def test_no_such_jid() -> None:
    """An update alone fails where nothing is; with create the jail is made."""
    m = boot("new")
    assert m.set("U", jid=5) == enoent("jail 5 not found")
    assert m.set("CU", PERSIST, jid=5) == Result(None, 5)


def test_update_by_jid() -> None:
    """An update finds an alive jail at any depth, with and without create."""
    m = nested()
    assert m.set("U", {"securelevel": 1}, jid=3) == Result(None, 3)
    assert m.set("CU", {"securelevel": 2, **PERSIST}, jid=3) == Result(None, 3)
    assert m[3].securelevel == 2


# THE JID OF A DYING JAIL (rows A of the differences)


@pytest.mark.parametrize(
    ("flags", "params", "name"),
    [
        ("C", {"jid": 5, "name": "a"}, "a"),
        ("C", {"name": "5"}, "5"),
        ("CU", {"jid": 5, "name": "a"}, "a"),
        ("CU", {"jid": 5}, "5"),
        ("CUD", {"jid": 5}, "5"),
        ("CD", {"jid": 5, "name": "c"}, "c"),
    ],
)
def test_dying_jail_gives_up_its_jid(flags: str, params: Named, name: str) -> None:
    """A new jail gets the jid; the dying one gets another and keeps everything else."""
    m = with_zombie()
    old = m[5]
    before = {**vars(old), "jid": 999999}
    assert m.set(flags, {**params, **PERSIST}) == Result(None, 5)
    assert m.jails() == [(5, name, "alive"), (999999, "a", "dying")]
    assert vars(old) == before
    assert m.k.lastdeadid == 999999


def test_dying_jail_called_after_its_jid() -> None:
    """A dying jail whose name is its old jid keeps the name."""
    m = with_zombie(5, "5")
    succeeded(m.set("C", PERSIST, name="5"))
    assert m.jails() == [(5, "5", "alive"), (999999, "5", "dying")]


@pytest.mark.parametrize("flags", ["U", "UD"])
def test_update_alone_with_a_dying_jid(flags: str) -> None:
    """An update alone does not find a dying jail, and does not tell that it is there."""
    m = with_zombie()
    assert m.set(flags, PERSIST, jid=5) == enoent("jail 5 not found")
    assert m.set(flags, PERSIST, jid=5, name="a") == enoent("jail 5 not found")
    assert m.jails() == [(5, "a", "dying")]


def test_update_below_a_dying_parent() -> None:
    """The child of a dying jail is dying itself, so it is not found by its own jid."""
    m = boot("new")
    m.make("a", {"children.max": 3})
    m.enter(1, 2)
    m.zombie(2, "b", within=2)
    m.exit(2)
    m.remove(1)
    assert m.set("U", jid=2) == enoent("jail 2 not found")


@pytest.mark.parametrize("flags", ["C", "CU"])
def test_dying_jail_out_of_sight(flags: str) -> None:
    """A dying jail gives up its jid also to one who cannot see it."""
    m = with_zombie(50, "z")
    m.make("a", {"children.max": 2})
    m.enter(1, 2)
    assert m.set(flags, PERSIST, pid=2, jid=50) == Result(None, 50)
    assert m.jails()[1:] == [(50, "a.50", "alive"), (999999, "z", "dying")]


def test_alive_jail_of_that_name() -> None:
    """Where an alive jail is found by name it is updated, and the dying one keeps its jid."""
    m = with_zombie()
    m.make("b")
    assert m.set("CU", {"securelevel": 1, **PERSIST}, jid=5, name="b") == Result(None, 1)
    assert m.jails() == [(1, "b", "alive"), (5, "a", "dying")]
    assert m[1].securelevel == 1


def test_dying_jail_of_that_name() -> None:
    """A dying jail of that name is left alone; only the one with the jid is renumbered."""
    m = with_zombie()
    m.zombie(6, "b")
    assert m.set("CU", PERSIST, jid=5, name="b") == Result(None, 5)
    assert m.jails() == [(5, "b", "alive"), (6, "b", "dying"), (999999, "a", "dying")]


@pytest.mark.parametrize(
    ("params", "answer"),
    [
        ({"name": "b"}, eexist('jail "b" already exists')),
        ({"name": "q.r"}, enoent('jail "q" not found')),
    ],
)
def test_failure_before_the_renumbering(params: Named, answer: Result) -> None:
    """A create that fails on its name leaves the dying jail its jid."""
    m = with_zombie()
    m.make("b")
    assert m.set("C", {"jid": 5, **PERSIST, **params}) == answer
    assert m.jails() == [(1, "b", "alive"), (5, "a", "dying")]
    assert m.k.lastdeadid == 0


def test_limit_before_the_renumbering() -> None:
    """The limit is checked before the dying jail is renumbered; it counts the dying jail."""
    m = boot("new")
    m.make("a", {"children.max": 1})
    m.enter(1, 2)
    m.zombie(5, "z", within=2)
    assert m.set("C", PERSIST, pid=2, jid=5) == LIMIT
    assert m.jails()[-1] == (5, "a.z", "dying")


@pytest.mark.parametrize(
    ("params", "errno"),
    [({"bogus": 1}, "EINVAL"), ({"securelevel": -2}, "EPERM"), ({"name": "7"}, "EINVAL")],
)
def test_failure_after_the_renumbering(params: Named, errno: str) -> None:
    """A create that fails in the last checks has renumbered the dying jail all the same."""
    m = with_zombie()
    assert m.set("C", {"jid": 5, **PERSIST, **params}).errno == errno
    assert m.jails() == [(999999, "a", "dying")]
    assert succeeded(m.set("C", PERSIST, jid=5)) == 5


def test_renumbering_again_and_again() -> None:
    """Each dying jail gets the next lower jid, even when the earlier ones are gone."""
    m = boot("new")
    for dead in (999999, 999998, 999997):
        m.zombie(5, "a")
        succeeded(m.set("C", PERSIST, jid=5))
        assert m.jails()[-1] == (dead, "a", "dying")
        m.drop("z5")
        m.remove(5)
        assert m.jails() == []


def test_used_jids_are_skipped() -> None:
    """A jid that any jail has is skipped, that of the dying jail itself included."""
    m = with_zombie(999999, "a")
    m.make("b", jid=999998)
    assert m.set("C", PERSIST, jid=999999) == Result(None, 999999)
    assert m.jails()[0] == (999997, "a", "dying")


def test_no_jid_left_for_the_dying() -> None:
    """EAGAIN if the dying jail can get no other jid, and no jail is made.

    The limit of children is as large as the range of jids, so it is raised by hand.
    """
    m = boot("new", jail_max=2)
    m.make("a")
    m.zombie(2, "z")
    m[0].childmax = 9
    assert m.set("C", PERSIST, jid=2) == fails(Errno.EAGAIN, "no available jail IDs")
    assert m.jails() == [(1, "a", "alive"), (2, "z", "dying")]


def test_no_automatic_jid_left() -> None:
    """EAGAIN if no automatic jid is free."""
    m = boot("new", jail_max=2)
    for _ in range(2):
        m.set("C", PERSIST)
    m[0].childmax = 9
    assert m.set("C", PERSIST) == fails(Errno.EAGAIN, "no available jail IDs")


def test_counter_at_its_end() -> None:
    """After 1 the next candidate is 0, which means failure; the attempt after it works."""
    m = with_zombie()
    m.poke(lastdeadid=1)
    assert m.set("C", PERSIST, jid=5) == fails(Errno.EAGAIN, "no available jail IDs")
    assert m.k.lastdeadid == 0
    assert m.set("C", PERSIST, jid=5) == Result(None, 5)
    assert m.jails()[-1] == (999999, "a", "dying")


def test_children_of_the_renumbered() -> None:
    """The children of a renumbered jail have the new jid as their parent."""
    m = boot("new")
    m.make("a", {"children.max": 3})
    m.enter(1, 2)
    m.zombie(6, "z", within=2)
    m.exit(2)
    m.remove(1)
    succeeded(m.set("C", PERSIST, jid=1))
    assert m.view(6)["parent.jid"] == 999999
    assert m.jails()[-1] == (999999, "a", "dying")


def test_processes_of_the_renumbered() -> None:
    """A killed process is in the jail with the new jid, and its exit frees that jail."""
    m = boot("new")
    m.make("a")
    m.enter(1, 2)
    m.remove(1)
    succeeded(m.set("C", PERSIST, jid=1, name="a"))
    assert m.jail_of(2) == 999999
    m.exit(2)
    assert m.jails() == [(1, "a", "alive")]


def test_remove_of_the_renumbered() -> None:
    """The new jid can be removed, which does nothing, and be read."""
    m = with_zombie()
    succeeded(m.set("C", PERSIST, jid=5))
    assert m.remove(999999) == Result(None, 0)
    assert m.get("D", jid=999999).ret == 999999
    assert m.get(jid=999999) == enoent("jail 999999 is dying")


# THE NAME OF A DYING JAIL (rows B)


@pytest.mark.parametrize("flags", ["U", "UD"])
def test_update_of_a_dying_name(flags: str) -> None:
    """A dying jail is not found by its name."""
    m = with_zombie()
    assert m.set(flags, PERSIST, name="a") == enoent('jail "a" not found')


def test_create_or_update_of_a_dying_name() -> None:
    """A create-or-update makes a new jail with the next automatic jid."""
    m = with_zombie()
    assert m.set("CUD", PERSIST, name="a") == Result(None, 1)
    assert m.jails() == [(1, "a", "alive"), (5, "a", "dying")]


def test_failed_create_of_a_dying_name() -> None:
    """The automatic jid is used up also if the create fails later."""
    m = with_zombie()
    assert m.set("CUD", {"bogus": 1, **PERSIST}, name="a").errno == "EINVAL"
    assert m.set("CUD", PERSIST, name="a") == Result(None, 2)


def test_dying_name_below_a_parent() -> None:
    """The same below any parent."""
    m = nested()
    m.enter(2, 3)
    m.zombie(5, "z", within=3)
    assert m.set("CUD", PERSIST, pid=2, name="b.z") == Result(None, 4)
    assert m.jails()[3:] == [(4, "a.b.z", "alive"), (5, "a.b.z", "dying")]


def test_dying_jail_is_not_in_the_way_of_a_rename() -> None:
    """A jail can be given the name of a dying sibling."""
    m = with_zombie(5, "z")
    m.make("a")
    succeeded(m.set("U", jid=1, name="z"))
    assert m[1].name == "z"


# THE CALLER'S JAIL AS THE PRESUMED PARENT (rows C)


@pytest.mark.parametrize(
    "params",
    [
        {"securelevel": -1},
        {"enforce_statfs": 0},
        {"children.max": 900},
        {"allow.mount": True},
        {"ip4.addr": ("10.0.0.9",)},
    ],
)
def test_limits_of_the_caller_count(params: Named) -> None:
    """An update by jid of a grandchild is checked against the caller's limits only."""
    m = nested()
    m[1].securelevel = 1
    assert m.set("U", params, jid=2) == Result(None, 2)


def test_limits_of_the_parent_count_by_name() -> None:
    """By name, the parent's limits count."""
    m = nested()
    assert m.set("U", {"children.max": 900}, name="a.b") == fails(Errno.EPERM)


def test_clash_is_looked_for_in_the_callers_network() -> None:
    """The addresses of a grandchild are compared with those in the caller's network stack."""
    m = boot("new")
    m.make("v", {"vnet": "new", "children.max": 3})
    m.make("v.b", {"ip4.addr": ("10.0.0.1", "10.0.0.2")})
    m.make("v.c", {"ip4": "new"})
    m.make("d", {"ip4.addr": ("10.0.0.3", "10.0.0.4")})
    assert m.set("U", {"ip4.addr": ("10.0.0.1", "10.0.0.2")}, jid=3) == Result(None, 3)
    clash = fails(Errno.EADDRINUSE, "IPv4 addresses clash")
    assert m.set("U", {"ip4.addr": ("10.0.0.3",)}, jid=3) == clash


def test_ruleset_of_the_caller() -> None:
    """From inside a jail a ruleset is compared with the caller's."""
    m = nested()
    m[1].devfs_ruleset, m[2].devfs_ruleset = 4, 5
    assert m.set("U", {"devfs_ruleset": 5}, pid=2, jid=3) == fails(Errno.EPERM)
    assert m.set("U", {"devfs_ruleset": 4}, pid=2, jid=3) == Result(None, 3)
    assert m[3].devfs_ruleset == 4


def test_full_name_of_a_grandchild() -> None:
    """A grandchild's own full name is refused: its parent part is not the caller's jail."""
    m = nested()
    assert m.set("U", jid=2, name="a.z") == NO_PARENT_CHANGE
    assert m.set("U", jid=2, name="a.b") == NO_PARENT_CHANGE


def test_grandchild_gets_a_top_level_name() -> None:
    """A name without a parent part becomes the full name, though the parent stays the same."""
    m = nested()
    succeeded(m.set("U", jid=2, name="z"))
    assert [m[jid].name for jid in (1, 2, 3)] == ["a", "z", "z.c"]
    assert m[2].parent is m[1]
    assert m.get(name="z").ret == 2


def test_parent_part_0() -> None:
    """prison0 is called 0, so it can give any jail a name below 0."""
    m = nested()
    succeeded(m.set("U", jid=1, name="0.y"))
    succeeded(m.set("U", jid=2, name="0.z"))
    assert [m[jid].name for jid in (1, 2)] == ["y", "z"]


def test_parent_part_from_inside() -> None:
    """Inside a jail the parent part must be the full name of the caller's jail."""
    m = nested()
    assert m.set("U", pid=2, jid=3, name="a.b.z") == NO_PARENT_CHANGE
    succeeded(m.set("U", pid=2, jid=3, name="a.z"))
    assert m[3].name == "a.z"


def test_names_of_the_callers_children_are_in_the_way() -> None:
    """The name is looked for among the caller's children, not among the jail's siblings."""
    m = nested()
    m.make("q")
    m.make("a.r")
    assert m.set("U", jid=2, name="q") == eexist('jail "q" already exists')
    assert m.set("CU", PERSIST, jid=2, name="q") == eexist('jail "q" already exists')
    assert m.set("U", jid=2, name="r") == Result(None, 2)
    assert m[2].name == "r"


def test_page_fault() -> None:
    """A process of the parent that looks at a renamed grandchild stops the kernel."""
    m = nested()
    succeeded(m.set("U", jid=2, name="z"))
    fault = panics("page fault (signal 11) at address 0x1")
    assert m.get(pid=2, jid=2) == fault


# BY NAME


def test_name_in_use() -> None:
    """A create fails for the name of an alive jail; the message has the name as it was given."""
    m = nested()
    assert m.set("C", PERSIST, name="a.b") == eexist('jail "a.b" already exists')
    assert m.set("C", PERSIST, pid=2, name="b") == eexist('jail "b" already exists')


def test_update_by_name() -> None:
    """An update finds an alive jail by its name, even if a newer one of that name is dying."""
    m = nested()
    m.zombie(5, "z")
    succeeded(m.set("U", jid=1, name="z"))
    assert m.set("U", {"securelevel": 1}, name="z") == Result(None, 1)
    assert m.set("U", {"securelevel": 1}, name="z.b") == Result(None, 2)


def test_no_such_name() -> None:
    """An update alone fails for a name that nobody has."""
    assert nested().set("U", name="x") == enoent('jail "x" not found')


def test_parent_part() -> None:
    """The parent part must be an alive jail; the message has only this part."""
    m = nested()
    m.zombie(5, "z")
    assert m.set("CU", PERSIST, name="x.y.z") == enoent('jail "x.y" not found')
    assert m.set("CUD", PERSIST, name="z.y") == enoent('jail "z" is dying')


def test_no_jail_specified() -> None:
    """An update without jid and name has no object."""
    assert boot("new").set("U") == enoent("update specified no jail")


# CREATION AND STATE


def test_limit_of_all_above() -> None:
    """The limits of the caller's jail and of those above it count; that of the parent does not."""
    m = boot("new")
    m.make("a", {"children.max": 1})
    m.enter(1, 2)
    m.make("b", pid=2)
    assert m.set("C", PERSIST, pid=2) == LIMIT
    assert succeeded(m.set("C", PERSIST, name="a.b.c")) == 3
    m[0].childmax = 3
    m[1].childmax = 9
    assert m.set("C", PERSIST, pid=2) == LIMIT


def test_update_with_an_empty_name() -> None:
    """An update whose name ends in a dot makes a jail."""
    m = nested()
    assert m.set("U", PERSIST, name="a.") == Result(None, 4)
    assert m.jails()[-1] == (4, "a.4", "alive")


def test_attach() -> None:
    """With JAIL_ATTACH the caller is in the jail, a new one or an old one."""
    m = boot("new")
    m.fork(2)
    assert m.set("CA", pid=2, name="a") == Result(None, 1)
    m.fork(3)
    assert m.set("UA", pid=3, name="a") == Result(None, 1)
    assert (m.jail_of(2), m.jail_of(3), m.refs(1)) == (1, 1, (2, 2))


def test_only_a_new_jail_becomes_alive() -> None:
    """An update leaves the state as it is.

    A jail that dies during its own update is seen in no run; the state is set by hand.
    """
    m = nested()
    succeeded(m.set("U", jid=1, persist=False))
    assert m.jails()[0] == (1, "a", "alive")
