from itertools import combinations

import pytest

from jail_kernel import allow
from jail_kernel.call import Errno, Result
from jail_kernel.state import NAME_SIZE, Prison
from tests.tools import Machine, Named, boot, both_models, fails, succeeded

EINVAL = fails(Errno.EINVAL)
EPERM = fails(Errno.EPERM)
ENAMETOOLONG = fails(Errno.ENAMETOOLONG)
NUMERIC = fails(Errno.EINVAL, "name cannot be numeric (unless it is the jid)")
VNET_WITH_ADDRS = fails(Errno.EINVAL, "vnet jails cannot have IP address restrictions")
CLASH = fails(Errno.EADDRINUSE, "IPv4 addresses clash")
CLASH6 = fails(Errno.EADDRINUSE, "IPv6 addresses clash")


def addr(number: int) -> bytes:
    return bytes([10, 0, 0, number])


def attrs(m: Machine, name: str, *jids: int) -> list[object]:
    return [getattr(m[jid], name) for jid in jids]


# THE LAST CHECKS


RESTRICTED: Named = {
    "securelevel": 1,
    "children.max": 5,
    "enforce_statfs": 1,
    "devfs_ruleset": 7,
    "ip4.addr": ("10.0.0.1", "10.0.0.2"),
    "ip6.addr": ("2001:db8::1", "2001:db8::2"),
}

# In the order of the checks, for a child of a jail with RESTRICTED made from inside.
FAULTS: tuple[tuple[Result, Named], ...] = (
    (EPERM, {"securelevel": 0}),
    (EPERM, {"children.max": 5}),
    (EPERM, {"enforce_statfs": 0}),
    (EINVAL, {"devfs_ruleset": 70000}),
    (EPERM, {"devfs_ruleset": 1}),
    (EPERM, {"ip4.addr": ("10.0.0.1", "10.0.0.9")}),
    (CLASH, {"ip4.addr": ("10.0.0.2",)}),
    (EPERM, {"ip6.addr": ("2001:db8::9",)}),
    (CLASH6, {"ip6.addr": ("2001:db8::2",)}),
    (NUMERIC, {"name": "77"}),
    (ENAMETOOLONG, {"name": "n" * 254}),
    (EPERM, {"allow.mount": True}),
    (fails(Errno.EINVAL, "unknown parameter: bogus"), {"bogus": 1}),
)


def restricted(model: str) -> Machine:
    m = boot(model)
    m.make("a", RESTRICTED)
    m.enter(1, 2)
    return m


@both_models
def test_each_last_check(model: str) -> None:
    """Each violation alone has its errno and its message, and no jail is left of it."""
    m = restricted(model)
    for answer, params in FAULTS:
        assert m.set("C", {"jid": 3, "persist": True, **params}, pid=2) == answer
        assert m.jails() == [(1, "a", "alive")]
        assert (m[1].childcount, m.refs(1)) == (0, (2, 2))


@both_models
def test_order_of_the_last_checks(model: str) -> None:
    """Of any two violations the one that is checked earlier is reported."""
    m = restricted(model)
    for (answer, earlier), (_, later) in combinations(FAULTS, 2):
        if not earlier.keys() & later.keys():
            both = {"jid": 3, "persist": True, **later, **earlier}
            assert m.set("C", both, pid=2) == answer, both


@both_models
def test_limits_can_be_met(model: str) -> None:
    """A child can be as restricted as its parent; only children.max must be smaller."""
    m = restricted(model)
    params = {"securelevel": 1, "children.max": 4, "enforce_statfs": 1, "devfs_ruleset": 7}
    assert succeeded(m.set("C", {"jid": 3, "persist": True, **params}, pid=2)) == 3


@both_models
def test_negative_children_max(model: str) -> None:
    """A negative children.max passes, and forbids children only when one is made."""
    m = boot(model)
    m.make("a", {"children.max": -1})
    m.enter(1, 2)
    assert m[1].childmax == -1
    result = m.set("C", pid=2, persist=True)
    assert result == fails(Errno.EPERM, "prison limit exceeded")


@both_models
@pytest.mark.parametrize(
    ("ruleset", "answer"), [(-1, EINVAL), (0, None), (65535, None), (65536, EINVAL)]
)
def test_devfs_ruleset_range(model: str, ruleset: int, answer: Result | None) -> None:
    """A ruleset number has sixteen bits."""
    result = boot(model).set("C", {"devfs_ruleset": ruleset}, persist=True)
    assert result == (answer or Result(None, 1))


@both_models
def test_devfs_ruleset_from_inside(model: str) -> None:
    """Inside a jail a ruleset that is let through becomes the parent's."""
    m = restricted(model)
    m.make("b", {"devfs_ruleset": 0}, pid=2)
    assert m[2].devfs_ruleset == 7


@both_models
def test_unprivileged_proc_debug_is_an_exception(model: str) -> None:
    """unprivileged_proc_debug can be given by a jail that has not got it."""
    m = boot(model)
    m.make("a", {"children.max": 1, "allow.unprivileged_proc_debug": False})
    m.enter(1, 2)
    pr = m.make("b", {"allow.unprivileged_proc_debug": True}, pid=2)
    assert pr.allow & allow.UNPRIVILEGED_PROC_DEBUG == allow.UNPRIVILEGED_PROC_DEBUG


@both_models
def test_addresses_of_a_vnet_jail(model: str) -> None:
    """A jail with its own network stack cannot be given addresses."""
    m = boot(model)
    m.make("v", vnet="new")
    assert m.set("U", {"ip4.addr": ("10.0.0.1",)}, jid=1) == VNET_WITH_ADDRS
    assert m.set("U", {"ip6.addr": ()}, jid=1) == VNET_WITH_ADDRS


@both_models
@pytest.mark.parametrize("family", ["ip4", "ip6"])
def test_addresses_of_an_inheriting_jail(model: str, family: str) -> None:
    """A jail that inherits its addresses cannot be given its own, and this is checked first."""
    m = boot(model)
    m.make("a", {family: "inherit"})
    result = m.set("U", {f"{family}.addr": (), "securelevel": -2}, jid=1)
    assert result == fails(Errno.EINVAL, f"{family} cannot be changed after creation")


@both_models
def test_failed_update_changes_nothing(model: str) -> None:
    """An update that fails in the last check has set nothing and kept no reference."""
    m = boot(model)
    before = m.make("a").image()
    params: Named = {"securelevel": 3, "host.hostname": "h", "allow.mount": True, "bogus": 1}
    assert m.set("U", params, jid=1, name="z", persist=False).errno == "EINVAL"
    assert m[1].image() == before


# NAMES


@both_models
@pytest.mark.parametrize(
    ("name", "jid", "good"),
    [
        ("5", 5, True),
        ("7", 5, False),
        ("05", 5, False),  # the number is the jid, but it begins with 0
        ("+5", 5, False),
        (" 5", 5, False),
        ("5 ", 5, True),  # no number: a blank is left over
        ("5x", 7, True),
        ("0x5", 7, True),
        ("-", 7, True),
        (" ", 7, True),
        ("4294967301", 5, False),  # 2^32 + 5: no cutting to 32 bits here
        ("99999999999999999999999", 5, False),
    ],
)
def test_numeric_names(model: str, name: str, jid: int, *, good: bool) -> None:
    """A name that strtoul() takes for a number must be the jid, written as jids are."""
    result = boot(model).set("C", jid=jid, name=name, persist=True)
    assert result == (Result(None, jid) if good else NUMERIC)


@both_models
def test_numeric_name_below_a_parent(model: str) -> None:
    """Only the last component is looked at."""
    m = boot(model)
    m.make("a", {"children.max": 3})
    assert m.set("C", jid=5, name="a.6", persist=True) == NUMERIC
    assert succeeded(m.set("C", jid=5, name="a.5", persist=True)) == 5


@both_models
def test_numeric_name_in_an_update(model: str) -> None:
    """An update by a name alone asks for no jid, so a numeric name fails."""
    m = boot(model)
    m.make("7")
    assert m.jails() == [(7, "7", "alive")]
    assert m.set("U", {"securelevel": 1}, name="7") == NUMERIC
    assert succeeded(m.set("U", {"securelevel": 1}, name="7", jid=7)) == 7


@both_models
@pytest.mark.parametrize(("flags", "params"), [("C", {"jid": 5}), ("C", {"jid": 5, "name": ""})])
def test_default_name(model: str, flags: str, params: Named) -> None:
    """A jail without a name is called after its jid."""
    m = boot(model)
    succeeded(m.set(flags, params, persist=True))
    assert m.jails() == [(5, "5", "alive")]


@both_models
def test_default_name_below_a_parent(model: str) -> None:
    """A name that ends in a dot gets the jid as its last component."""
    m = boot(model)
    m.make("a", {"children.max": 3})
    assert m.make("a.").name == "a.2"
    m.enter(1, 2)
    assert succeeded(m.set("C", pid=2, persist=True)) == 3
    assert m[3].name == "a.3"


@both_models
def test_empty_name_in_an_update(model: str) -> None:
    """An update by jid with an empty name calls the jail after its jid."""
    m = boot(model)
    m.make("a")
    succeeded(m.set("U", jid=1, name=""))
    assert m[1].name == "1"


@both_models
def test_longest_names(model: str) -> None:
    """A full name has 255 characters at most."""
    m = boot(model)
    m.make("a" * 100, {"children.max": 3})
    m.enter(1, 2)
    assert m.set("C", pid=2, name="b" * 155, persist=True) == ENAMETOOLONG
    pr = m.make("b" * 154, pid=2)
    assert len(pr.name) == 255
    assert m.get(jid=pr.jid).ret == pr.jid


@both_models
def test_rename_must_fit_below(model: str) -> None:
    """A new name must leave room for the names of all descendants."""
    m = boot(model)
    m.make("a", {"children.max": 3})
    m.make("a." + "b" * 200)
    assert m.set("U", jid=1, name="c" * 55) == ENAMETOOLONG
    succeeded(m.set("U", jid=1, name="c" * 54))
    assert len(m[2].name) == 255


def test_name_that_would_get_shorter_than_nothing() -> None:
    """A descendant's name must not get shorter than nothing, either.

    With names set through another parent the length to be taken off can be more than there is.
    """
    m = boot("new")
    m.make("abcde", {"children.max": 1})
    m.make("abcde.b")
    succeeded(m.set("U", jid=2, name="z"))
    assert m.set("U", jid=1, name="abc") == ENAMETOOLONG
    succeeded(m.set("U", jid=1, name="abcd"))
    assert m[2].name == "abcd.b"


@both_models
def test_rename_of_a_top_level_jail(model: str) -> None:
    """The descendants of a top-level jail are renamed with it, longer or shorter."""
    m = boot(model)
    m.make("a", {"children.max": 3})
    m.make("a.b", {"children.max": 1})
    m.make("a.b.c")
    for name in ("long", "x"):
        succeeded(m.set("U", jid=1, name=name))
        assert attrs(m, "name", 1, 2, 3) == [name, f"{name}.b", f"{name}.b.c"]


@both_models
def test_rename_of_a_nested_jail(model: str) -> None:
    """The descendants of a nested jail get garbled names: only component lengths are used.

    "b" becomes "zz": ".b.c" moves from offset 1 to 2, and "a." is written in front of it.
    """
    m = boot(model)
    m.make("a", {"children.max": 3})
    m.make("a.b", {"children.max": 1})
    m.make("a.b.c")
    m.enter(1, 2)
    succeeded(m.set("U", pid=2, jid=2, name="zz"))
    assert attrs(m, "name", 1, 2, 3) == ["a", "a.zz", "a..b.c"]
    assert list(m.k.garbled) == [m[3]]


@both_models
def test_rename_leaves_stale_bytes(model: str) -> None:
    """Behind a shorter new name the rest of the old one stays in the buffer."""
    m = boot(model)
    m.make("abcdef")
    succeeded(m.set("U", jid=1, name="xy"))
    assert m[1].buf[:8] == "xy\0def\0\0"


def test_rename_into_the_path() -> None:
    """What does not fit into the name buffer lands in the path behind it."""
    m = boot("new")
    m.make("abcde", {"children.max": 1})
    m.make("abcde." + "b" * 10, path="/long/path")
    succeeded(m.set("U", jid=2, name="z"))
    succeeded(m.set("U", jid=1, name="L" * 250))
    assert m[2].buf[NAME_SIZE:] == "bbbbb\0path"


# NEW JAILS


@both_models
def test_defaults(model: str) -> None:
    """A new jail has the documented values."""
    m = boot(model)
    succeeded(m.set("CA", name="a"))
    pr = m[1]
    assert (pr.securelevel, pr.devfs_ruleset, pr.enforce_statfs, pr.childmax) == (-1, 0, 2, 0)
    assert (pr.osreldate, pr.osrelease) == (1400097, "14.0-RELEASE")
    assert (pr.host, pr.hostname, pr.domainname, pr.hostid) == (True, "", "", 0)
    assert pr.hostuuid == "00000000-0000-0000-0000-000000000000"
    assert (pr.ip4_saddrsel, pr.ip6_saddrsel, pr.persist, pr.vnet) == (True, True, False, False)
    assert (pr.path, pr.root) == ("/", "/")


@both_models
def test_some_defaults_are_the_parents(model: str) -> None:
    """securelevel, devfs_ruleset and the release come from the parent."""
    m = boot(model)
    os: Named = {"osreldate": 1, "osrelease": "x"}
    m.make("a", {"securelevel": 2, "devfs_ruleset": 4, "children.max": 2, **os})
    pr = m.make("a.b")
    assert (pr.securelevel, pr.devfs_ruleset, pr.osreldate, pr.osrelease) == (2, 4, 1, "x")


@both_models
def test_root_of_a_jail_without_a_path(model: str) -> None:
    """Without a path the root is that of the caller's jail, though the path says "/"."""
    m = boot(model)
    m.make("a", {"children.max": 2, "path": "/a"})
    m.enter(1, 2)
    pr = m.make("b", pid=2)
    assert (pr.path, pr.root) == ("/", "/a")
    outer = m.make("a.c")
    assert (outer.path, outer.root) == ("/", "/")


@both_models
def test_path_is_the_full_one(model: str) -> None:
    """A path is looked up below the caller's root, and kept from the real root."""
    m = boot(model)
    m.make("a", {"children.max": 2, "path": "/a"})
    m.enter(1, 2)
    pr = m.make("b", pid=2, path="../x")
    assert (pr.path, pr.root) == ("/a/x", "/a/x")


@both_models
def test_references_of_a_new_jail(model: str) -> None:
    """A child is one reference and one user reference for its parent, and counts upward."""
    m = boot(model)
    m.make("a", {"children.max": 2})
    m.make("a.b", {"children.max": 1})
    m.make("a.b.c")
    assert [m.refs(jid) for jid in (1, 2, 3)] == [(2, 2), (2, 2), (1, 1)]
    assert attrs(m, "childcount", 0, 1, 2, 3) == [3, 2, 1, 0]


@both_models
@pytest.mark.parametrize("family", ["ip4", "ip6"])
def test_address_flags_of_a_new_jail(model: str, family: str) -> None:
    """Not mentioned: no addresses; inherit: the parent's; mentioned: those given."""
    m = boot(model)
    text = "10.0.0.{}" if family == "ip4" else "2001:db8::{}"
    m.make("none")
    m.make("all", {family: "inherit"})
    m.make("disabled", {family: "disable"})
    other = "ip6" if family == "ip4" else "ip4"
    some: Named = {f"{family}.addr": (text.format(1),), other: "inherit", "children.max": 2}
    m.make("some", some)
    m.make("some.all", {family: "inherit"})
    m.make("vnet", vnet="new")
    jids = (1, 2, 3, 4, 5, 6)
    assert attrs(m, f"{family}_user", *jids) == [True, False, True, True, False, False]
    assert attrs(m, f"{family}_restrict", *jids) == [True, False, True, True, True, False]
    assert [bool(found) for found in attrs(m, family, *jids)] == [False] * 3 + [True] * 2 + [False]
    assert getattr(m[5], family) == getattr(m[4], family)


# SETTING


def tower(m: Machine) -> tuple[Prison, Prison, Prison]:
    """a (1), a.b (2), a.b.c (3)."""
    return (
        m.make("a", {"children.max": 9}),
        m.make("a.b", {"children.max": 8}),
        m.make("a.b.c", {"children.max": 7}),
    )


@both_models
@pytest.mark.parametrize("name", ["securelevel", "enforce_statfs"])
def test_raised_levels_go_down(model: str, name: str) -> None:
    """securelevel and enforce_statfs raise what is lower in all descendants."""
    m = boot(model)
    tower(m)
    for jid, value in ((1, 0), (2, 0), (3, 2)):
        setattr(m[jid], name, value)
    succeeded(m.set("U", {name: 1}, jid=1))
    assert attrs(m, name, 1, 2, 3) == [1, 1, 2]


@both_models
@pytest.mark.parametrize("name", ["securelevel", "enforce_statfs"])
def test_lowered_levels_stay(model: str, name: str) -> None:
    """Lowering a level leaves the descendants' alone."""
    m = boot(model)
    tower(m)
    for jid in (1, 2, 3):
        setattr(m[jid], name, 2)
    succeeded(m.set("U", {name: 0}, jid=1))
    assert attrs(m, name, 1, 2, 3) == [0, 2, 2]


@both_models
@pytest.mark.parametrize(
    ("value", "below"),
    [(9, (8, 7)), (8, (7, 6)), (4, (3, 2)), (1, (0, 0)), (0, (0, 0)), (-3, (0, 0))],
)
def test_children_max_goes_down(model: str, value: int, below: tuple[int, int]) -> None:
    """Each level below can have one child less, but no less than none."""
    m = boot(model)
    tower(m)
    succeeded(m.set("U", {"children.max": value}, jid=1))
    assert tuple(attrs(m, "childmax", 1, 2, 3)) == (value, *below)


@both_models
def test_children_max_is_only_lowered_where_it_is_higher(model: str) -> None:
    """A descendant whose limit is low enough keeps it, though one below it may not."""
    m = boot(model)
    tower(m)
    m[2].childmax = -5
    succeeded(m.set("U", {"children.max": 5}, jid=1))
    assert attrs(m, "childmax", 1, 2, 3) == [5, -5, 3]
    m[2].childmax = -1
    succeeded(m.set("U", {"children.max": 0}, jid=1))
    assert attrs(m, "childmax", 1, 2, 3) == [0, -1, 0]


@both_models
def test_children_max_below_children_cur(model: str) -> None:
    """The limit can be set below the number of children that are there."""
    m = boot(model)
    tower(m)
    succeeded(m.set("U", {"children.max": 1}, jid=1))
    assert (m[1].childmax, m[1].childcount) == (1, 2)


@both_models
def test_devfs_ruleset_goes_down(model: str) -> None:
    """All descendants get the ruleset."""
    m = boot(model)
    tower(m)
    m[3].devfs_ruleset = 9
    succeeded(m.set("U", {"devfs_ruleset": 4}, jid=1))
    assert attrs(m, "devfs_ruleset", 1, 2, 3) == [4, 4, 4]


@both_models
def test_host_values_go_down(model: str) -> None:
    """Host values are set in all descendants that are reached through jails that share them."""
    m = boot(model)
    m.make("a", {"children.max": 9})
    m.make("a.b", {"children.max": 3, "host": "inherit"})
    m.make("a.b.c", host="inherit")
    m.make("a.d", {"children.max": 3})
    m.make("a.d.e", host="inherit")
    values: Named = {
        "host.hostname": "h",
        "host.domainname": "d",
        "host.hostuuid": "u",
        "host.hostid": 7,
    }
    succeeded(m.set("U", values, jid=1))
    assert attrs(m, "hostname", 1, 2, 3, 4, 5) == ["h", "h", "h", "", ""]
    assert (m[3].domainname, m[3].hostuuid, m[3].hostid) == ("d", "u", 7)
    succeeded(m.set("U", {"host.hostname": "i"}, jid=1))
    assert (m[3].hostname, m[3].domainname) == ("i", "d")
    succeeded(m.set("U", {"host.hostid": 8}, jid=1))
    assert (m[3].hostname, m[3].hostid) == ("i", 8)


@both_models
def test_host_values_make_host_data_own(model: str) -> None:
    """A jail that is given a host value has its own host data from then on."""
    m = boot(model)
    m.make("a", host="inherit")
    assert (m[1].host, m[1].hostname) == (False, "host.example.org")
    succeeded(m.set("U", {"host.hostname": "h", "host": "inherit"}, jid=1))
    assert (m[1].host, m[1].hostname, m[1].domainname) == (True, "h", "example.org")


@both_models
def test_host_inherit_copies(model: str) -> None:
    """host=inherit copies the parent's four values."""
    m = boot(model)
    m.make("a", {"host.hostname": "h"})
    succeeded(m.set("U", jid=1, host="inherit"))
    pr = m[1]
    assert (pr.hostname, pr.domainname, pr.hostid) == ("host.example.org", "example.org", 305419896)
    assert pr.host is False


@both_models
def test_host_inherit_where_it_is_inherited(model: str) -> None:
    """host=inherit does nothing in a jail without own host data."""
    m = boot(model)
    m.make("a", {"host": "inherit"})
    m[1].hostname = "kept"
    succeeded(m.set("U", jid=1, host="inherit"))
    assert m[1].hostname == "kept"


@both_models
def test_host_new_alone(model: str) -> None:
    """host=new alone turns the flag on and keeps the values."""
    m = boot(model)
    m.make("a", {"host": "inherit"})
    succeeded(m.set("U", jid=1, host="new"))
    assert (m[1].host, m[1].hostname) == (True, "host.example.org")


@both_models
def test_allow_on_is_for_one_jail(model: str) -> None:
    """A permission is given to the jail alone."""
    m = boot(model)
    tower(m)
    succeeded(m.set("U", {"allow.mount": True}, jid=1))
    bit = allow.BIT["allow.mount"]
    assert [bool(pr.allow & bit) for pr in (m[1], m[2], m[3])] == [True, False, False]


@both_models
def test_allow_off_goes_down(model: str) -> None:
    """A permission is taken from all descendants, and only this one."""
    m = boot(model)
    tower(m)
    succeeded(m.set("U", {"allow.suser": False}, jid=1))
    assert attrs(m, "allow", 1, 2, 3) == [allow.DEFAULT - allow.SUSER] * 3


@both_models
def test_saddrsel_is_for_one_jail(model: str) -> None:
    """ip4.saddrsel and ip6.saddrsel are set in the jail alone."""
    m = boot(model)
    tower(m)
    succeeded(m.set("U", {"ip4.saddrsel": False}, jid=1))
    succeeded(m.set("U", {"ip6.saddrsel": False}, jid=2))
    assert attrs(m, "ip4_saddrsel", 1, 2, 3) == [False, True, True]
    assert attrs(m, "ip6_saddrsel", 1, 2, 3) == [True, False, True]


@both_models
def test_addresses_are_set(model: str) -> None:
    """A list replaces the one before, an empty one takes it away."""
    m = boot(model)
    m.make("a", {"ip4.addr": ("10.0.0.1",)})
    succeeded(m.set("U", {"ip4.addr": ("10.0.0.3", "10.0.0.2", "10.0.0.1")}, jid=1))
    assert m[1].ip4 == (addr(3), addr(1), addr(2))
    succeeded(m.set("U", {"ip4.addr": ()}, jid=1))
    assert m[1].ip4 is None


# PERSIST


@both_models
def test_persist_on_and_off(model: str) -> None:
    """persist is one reference of either kind; setting it twice changes nothing."""
    m = boot(model)
    m.fork(2)
    succeeded(m.set("CA", pid=2, name="a"))
    assert m.refs(1) == (1, 1)
    for _ in range(2):
        succeeded(m.set("U", jid=1, persist=True))
        assert (m.refs(1), m[1].persist) == ((2, 2), True)
    for _ in range(2):
        succeeded(m.set("U", jid=1, persist=False))
        assert (m.refs(1), m[1].persist) == ((1, 1), False)


@both_models
def test_persist_off_is_the_end_of_an_empty_jail(model: str) -> None:
    """An empty jail that need not persist is gone at once, and the call still returns its jid."""
    m = boot(model)
    m.make("a")
    assert m.set("U", jid=1, persist=False) == Result(None, 1)
    assert m.jails() == []


@both_models
def test_persist_off_while_attaching(model: str) -> None:
    """The user reference of persist is given back after the attach: the jail lives on."""
    m = boot(model)
    m.make("a")
    m.fork(2)
    succeeded(m.set("UA", pid=2, jid=1, persist=False))
    assert m.jails() == [(1, "a", "alive")]
    assert m.refs(1) == (1, 1)


@both_models
def test_new_jail_that_nothing_holds(model: str) -> None:
    """A jail made by an update with an empty name, without persist or attach, is gone at once."""
    m = boot(model)
    assert m.set("U", name="") == Result(None, 1)
    assert m.jails() == []
    assert m.refs(0) == (2, 2)
    assert m[0].childcount == 0
