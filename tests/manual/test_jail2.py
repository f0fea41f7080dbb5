"""What jail(2) and jail(8) say about jids, names, dying, persist, limits and errors, as far as it
holds before and after the patch.  Quoted are the few words that a test is about.
"""

import pytest

from prison import allow
from prison.call import Errno, Result
from tests.tools import Machine, Named, boot, both_models, fails, succeeded

PERSIST = {"persist": True}
BOUND: Named = {
    "children.max": 4,
    "securelevel": 2,
    "enforce_statfs": 1,
    "devfs_ruleset": 7,
    "ip4.addr": ("10.0.0.1",),
}


def errno_of(result: Result) -> Errno | None:
    return result.errno


def nested(model: str) -> Machine:
    """foo (1), foo.bar (2), foo.bar.baz (3) and other (4); process 2 in foo, process 3 in bar."""
    m = boot(model)
    m.make("foo", {"children.max": 9, "path": "/foo"})
    m.make("foo.bar", {"children.max": 8, "path": "/foo/bar"})
    m.make("foo.bar.baz")
    m.make("other")
    m.enter(1, 2)
    m.enter(2, 3)
    return m


# Setting, in jail(2)


@both_models
def test_jail_set_returns_the_jid(model: str) -> None:
    """jail(2), RETURN VALUES: "termed the jail identifier (JID)", for a new jail and an old one."""
    m = boot(model)
    assert m.set("C", PERSIST, jid=7) == Result(None, 7)
    assert m.set("U", jid=7) == Result(None, 7)
    assert m.get(jid=7).ret == 7


@both_models
@pytest.mark.parametrize("params", [{"jid": 1}, {"name": "a"}, {"jid": 1, "name": "a"}])
def test_create_must_not_refer_to_an_existing_jail(model: str, params: Named) -> None:
    """
    jail(2), JAIL_CREATE: jid and name "must not refer to an existing jail".
    ERRORS: EEXIST.
    """
    m = boot(model)
    m.make("a")
    assert errno_of(m.set("C", {**PERSIST, **params})) is Errno.EEXIST
    assert m.jails() == [(1, "a", "alive")]


@both_models
def test_update_needs_jid_or_name(model: str) -> None:
    """jail(2), JAIL_UPDATE: "One of the jid or name parameters must exist"."""
    m = boot(model)
    m.make("a")
    assert errno_of(m.set("U", {"securelevel": 1})) is Errno.ENOENT
    assert errno_of(m.set("U", {"securelevel": 1}, jid=1)) is None
    assert errno_of(m.set("U", {"securelevel": 1}, name="a")) is None


@both_models
@pytest.mark.parametrize("params", [{"jid": 7}, {"name": "x"}])
def test_update_must_refer_to_an_existing_jail(model: str, params: Named) -> None:
    """
    jail(2), JAIL_UPDATE: they "must refer to an existing jail".
    ERRORS: ENOENT where "JAIL_CREATE flag is not set".
    """
    m = boot(model)
    assert errno_of(m.set("U", params)) is Errno.ENOENT
    assert errno_of(m.set("CU", {**PERSIST, **params})) is None


@both_models
def test_create_and_update(model: str) -> None:
    """jail(2): with both flags a jail is "created if it does not yet exist, and modified if it
    does".
    """
    m = boot(model)
    for level in (1, 2):
        assert m.set("CU", PERSIST, name="a", securelevel=level) == Result(None, 1)
        assert [(pr.jid, pr.securelevel) for pr in m.k.allprison] == [(1, level)]


@both_models
def test_jail_attach_flag(model: str) -> None:
    """jail(2), JAIL_ATTACH: "attach the current process", to a new jail and to a modified one."""
    m = boot(model)
    m.make("old")
    m.fork(2)
    m.fork(3)
    succeeded(m.set("CA", pid=2, name="new"))
    succeeded(m.set("UA", pid=3, name="old"))
    assert (m.jail_of(1), m.jail_of(2), m.jail_of(3)) == (0, 2, 1)


@both_models
def test_booleans_are_set_by_the_name_alone(model: str) -> None:
    """jail(2): a boolean is "set by the name alone with or without a no prefix"."""
    m = boot(model)
    m.make("a")
    m.enter(1, 2)
    succeeded(m.set("U", {"nopersist": None}, jid=1))
    assert m[1].persist is False
    succeeded(m.set("U", {"persist": None}, jid=1))
    assert m[1].persist is True


# Reading, in jail(2)


@both_models
def test_get_by_jid_or_name(model: str) -> None:
    """jail(2): the jail to read "can be specified by either jid or name"."""
    m = nested(model)
    assert m.get(jid=2).ret == 2
    assert m.get(name="foo.bar").ret == 2


@both_models
def test_cleared_keys(model: str) -> None:
    """jail(2): a key that is not meant "should be cleared (zero and the empty string ...)"."""
    m = nested(model)
    assert m.get(jid=0, name="other").ret == 4
    assert m.get(jid=4, name="").ret == 4


@both_models
def test_lastjid(model: str) -> None:
    """jail(2): lastjid fetches the jail "above and closest", the first one by "a lastjid of
    zero".
    """
    m = boot(model)
    for jid in (30, 10, 20):
        m.make(f"j{jid}", jid=jid)
    walk = [succeeded(m.get(lastjid=0))]
    while (result := m.get(lastjid=walk[-1])).ret is not None:
        walk.append(result.ret)
    assert walk == [10, 20, 30]
    assert m.get(lastjid=15).ret == 20


@both_models
def test_lastjid_above_all(model: str) -> None:
    """jail(2), ERRORS: ENOENT for a lastjid "greater than the highest current jail ID"."""
    m = nested(model)
    assert errno_of(m.get(lastjid=5)) is Errno.ENOENT
    assert errno_of(m.get(lastjid=4)) is Errno.ENOENT
    assert m.get(lastjid=3).ret == 4


@both_models
def test_jail_dying_flag_of_jail_get(model: str) -> None:
    """jail(2), JAIL_DYING: "Allow getting a jail that is in the process of being removed"."""
    m = boot(model)
    m.zombie(5, "z")
    for flags, errno in (("", Errno.ENOENT), ("D", None)):
        assert errno_of(m.get(flags, jid=5)) is errno
        assert errno_of(m.get(flags, name="z")) is errno
        assert errno_of(m.get(flags, lastjid=0)) is errno


# Attaching and removing, in jail(2)


@both_models
def test_jail_attach(model: str) -> None:
    """jail(2): jail_attach "attaches the current process to an existing jail, identified by
    jid".
    """
    m = nested(model)
    m.fork(9)
    assert m.attach(3, pid=9) == Result(None, 0)
    assert (m.jail_of(9), m.jail_of(1)) == (3, 0)


@both_models
def test_jail_remove(model: str) -> None:
    """jail(2): jail_remove removes "the jail identified by jid", and no other."""
    m = nested(model)
    assert m.remove(4) == Result(None, 0)
    assert [jid for jid, _, _ in m.jails()] == [1, 2, 3]


@both_models
def test_remove_kills(model: str) -> None:
    """jail(2): it will "kill all processes belonging to the jail"."""
    m = nested(model)
    m.enter(4, 4)
    m.remove(1)
    assert [m.state_of(pid) for pid in (1, 2, 3, 4)] == ["running", "killed", "killed", "running"]


@both_models
def test_remove_takes_the_children(model: str) -> None:
    """jail(2): it will "remove any children of that jail"."""
    m = nested(model)
    m.remove(1)
    assert [state for _, _, state in m.jails()] == ["dying", "dying", "alive"]
    m.exit(2)
    m.exit(3)
    assert m.jails() == [(4, "other", "alive")]


@both_models
def test_nobody_escapes(model: str) -> None:
    """jail(2), PRISON?: a process "and its descendants cannot escape"."""
    m = nested(model)
    m.fork(9, pid=2)
    for pid in (2, 9):
        for jid in (0, 1, 4):
            assert errno_of(m.attach(jid, pid=pid)) is Errno.EINVAL
            assert errno_of(m.set("UA", pid=pid, jid=jid)) is Errno.ENOENT
        assert m.jail_of(pid) == 1


@both_models
@pytest.mark.parametrize("jid", [7, 1, 4])
def test_einval_of_attach_and_remove(model: str, jid: int) -> None:
    """jail(2), ERRORS: EINVAL of both if the jail "does not exist", for the caller that is."""
    m = nested(model)
    assert errno_of(m.attach(jid, pid=2)) is Errno.EINVAL
    assert errno_of(m.remove(jid, pid=2)) is Errno.EINVAL


# Errors, in jail(2)


@both_models
def test_children_max_is_not_exceeded(model: str) -> None:
    """jail(2), ERRORS: EPERM because "it would exceed the jail's children.max limit"."""
    m = boot(model)
    m.make("a", {"children.max": 1})
    m.enter(1, 2)
    m.make("b", pid=2)
    assert errno_of(m.set("C", PERSIST, pid=2)) is Errno.EPERM


@both_models
@pytest.mark.parametrize(
    "params",
    [
        {"securelevel": 1},
        {"enforce_statfs": 0},
        {"children.max": 4},
        {"devfs_ruleset": 8},
        {"allow.mount": True},
        {"ip4.addr": ("10.0.0.2",)},
        {"ip6.addr": ("2001:db8::1",)},
    ],
)
def test_less_restrictive(model: str, params: Named) -> None:
    """jail(2), ERRORS: EPERM for "a less restrictive value then the current environment"."""
    m = boot(model)
    m.make("a", BOUND)
    m.enter(1, 2)
    assert errno_of(m.set("C", {**PERSIST, **params}, pid=2)) is Errno.EPERM
    assert len(m.jails()) == 1


@both_models
def test_not_accessible(model: str) -> None:
    """
    jail(2), ERRORS: ENOENT of jail_set and jail_get for a jail that is "not accessible by the
    process, because the process is in a different jail".
    """
    m = nested(model)
    for jid in (1, 4):
        assert errno_of(m.set("U", pid=2, jid=jid)) is Errno.ENOENT
        assert errno_of(m.get(pid=2, jid=jid)) is Errno.ENOENT


@both_models
@pytest.mark.parametrize(
    ("params", "why"),
    [
        ({"jid": "x"}, "wrong size"),
        ({"host.hostid": ("1.2.3.4",)}, "wrong size"),
        ({"ip4.addr": "ab"}, "wrong size"),
        ({"enforce_statfs": 3}, "out of range"),
        ({"devfs_ruleset": 65536}, "out of range"),
        ({"ip4": 3}, "out of range"),
        ({"name": ()}, "not null-terminated"),
        ({"host.hostname": 0x01010101}, "not null-terminated"),
        ({"children.cur": 1}, "does not match any known parameters"),
        ({"bogus": True}, "does not match any known parameters"),
    ],
)
def test_einval(model: str, params: Named, why: str) -> None:
    """
    jail(2), ERRORS: EINVAL for a parameter of the "wrong size", "out of range", "not
    null-terminated" or that "does not match any known parameters".
    """
    assert errno_of(boot(model).set("C", {**PERSIST, **params})) is Errno.EINVAL, why


@both_models
@pytest.mark.parametrize("flags", ["", "A", "D", "AD"])
def test_create_or_update(model: str, flags: str) -> None:
    """jail(2), ERRORS: EINVAL if one of "JAIL_CREATE or JAIL_UPDATE flags is not set", that is
    both.
    """
    assert errno_of(boot(model).set(flags, PERSIST)) is Errno.EINVAL


@both_models
@pytest.mark.parametrize("name", ["name", "host.hostname", "host.domainname", "host.hostuuid"])
def test_longer_than_allowed(model: str, name: str) -> None:
    """jail(2), ERRORS: ENAMETOOLONG for a string "longer than allowed"."""
    m = boot(model)
    assert errno_of(m.set("C", {**PERSIST, name: "x" * 256})) is Errno.ENAMETOOLONG
    assert errno_of(m.set("C", {**PERSIST, name: "x" * 63})) is None


@both_models
def test_no_jail_ids_left(model: str) -> None:
    """jail(2), ERRORS: EAGAIN if "There are no jail IDs left"."""
    m = boot(model, jail_max=1)
    m.make("a")
    m[0].childmax = 2
    assert errno_of(m.set("C", PERSIST, name="b")) is Errno.EAGAIN


@both_models
def test_get_of_no_jail(model: str) -> None:
    """jail(2), ERRORS: ENOENT of jail_get if the jail "does not exist"."""
    m = nested(model)
    assert errno_of(m.get(jid=7)) is Errno.ENOENT
    assert errno_of(m.get(name="x")) is Errno.ENOENT
    assert errno_of(m.get(jid=7, name="foo")) is Errno.ENOENT


# Jids and names, in jail(8)


@both_models
def test_jid_is_assigned(model: str) -> None:
    """jail(8), jid: it is "assigned automatically to a new jail"."""
    m = boot(model)
    assert [succeeded(m.set("C", PERSIST)) for _ in range(3)] == [1, 2, 3]


@both_models
def test_jid_can_be_set(model: str) -> None:
    """jail(8), jid: or it "can be explicitly set"."""
    assert boot(model).set("C", PERSIST, jid=1234) == Result(None, 1234)


@both_models
def test_jid_identifies(model: str) -> None:
    """jail(8), jid: it identifies the jail "for later modification", whatever it is called by
    then.
    """
    m = boot(model)
    m.make("a", jid=8)
    assert m.set("U", jid=8, name="b") == Result(None, 8)
    assert m.set("U", jid=8, name="c") == Result(None, 8)
    assert m.jails() == [(8, "c", "alive")]


@both_models
def test_jids_are_unique(model: str) -> None:
    """jail(8), Hierarchical Jails: "each jail must have a unique jid", at whatever level."""
    m = nested(model)
    assert errno_of(m.set("C", PERSIST, jid=3, name="foo.x")) is Errno.EEXIST
    assert errno_of(m.set("C", PERSIST, pid=2, jid=4, name="x")) is Errno.EEXIST


@both_models
def test_name_identifies(model: str) -> None:
    """jail(8), name: a string that "identifies a jail"."""
    m = boot(model)
    m.make("a b/c!")
    assert m.get(name="a b/c!").ret == 1
    assert m.set("U", name="a b/c!", securelevel=1) == Result(None, 1)


@both_models
def test_name_has_no_dot(model: str) -> None:
    """jail(8), name: "it may not contain a '.'"; a dot means a child of another jail."""
    m = boot(model)
    assert errno_of(m.set("C", PERSIST, name="www.example")) is Errno.ENOENT
    m.make("www", {"children.max": 1})
    succeeded(m.set("C", PERSIST, name="www.example"))
    assert m[2].parent is m[1]


@both_models
def test_default_name(model: str) -> None:
    """jail(8), name: without one "a default is assumed that is the same as the jid"."""
    m = boot(model)
    succeeded(m.set("C", PERSIST))
    succeeded(m.set("C", PERSIST, jid=77))
    assert m.jails() == [(1, "1", "alive"), (77, "77", "alive")]


@both_models
def test_names_reflect_the_hierarchy(model: str) -> None:
    """jail(8), Hierarchical Jails: the base system sees "foo.bar", a process inside foo "bar"."""
    m = boot(model)
    m.make("foo", {"children.max": 1})
    m.enter(1, 2)
    m.make("bar", pid=2)
    assert (m.view(2)["name"], m.view(2, pid=2)["name"]) == ("foo.bar", "bar")
    assert (m.get(name="foo.bar").ret, m.get(pid=2, name="bar").ret) == (2, 2)


@both_models
def test_paths_are_relative_too(model: str) -> None:
    """jail(8), Hierarchical Jails: "a child jail's path appears relative to its creator's own
    path".
    """
    m = boot(model)
    m.make("foo", {"children.max": 1, "path": "/jails/foo"})
    m.enter(1, 2)
    m.make("bar", pid=2, path="/bar")
    assert (m.view(2)["path"], m.view(2, pid=2)["path"]) == ("/jails/foo/bar", "/bar")


@both_models
def test_only_own_jails_are_seen(model: str) -> None:
    """jail(8), Hierarchical Jails: jails see "the jails they created (or those jails'
    children)".
    """
    m = nested(model)
    seen = [jid for jid in (1, 2, 3, 4) if m.get(pid=2, jid=jid).errno is None]
    assert seen == [2, 3]


@both_models
def test_ancestors_may_modify(model: str) -> None:
    """jail(8), Hierarchical Jails: jails can be "modified by their parent and all ancestors"."""
    m = nested(model)
    for level, pid in enumerate((3, 2, 1)):
        succeeded(m.set("U", pid=pid, jid=3, securelevel=level))
        assert m[3].securelevel == level


# Persist and dying, in jail(8)


@both_models
def test_persist_without_processes(model: str) -> None:
    """jail(8), persist: it "allows a jail to exist without any processes"."""
    m = boot(model)
    m.make("a")
    m.enter(1, 2)
    m.exit(2)
    assert m.jails() == [(1, "a", "alive")]


@both_models
def test_destroyed_with_the_last_process(model: str) -> None:
    """jail(8), persist: without it "the jail is destroyed as its last process exits"."""
    m = boot(model)
    m.fork(2)
    succeeded(m.set("CA", pid=2, name="a"))
    m.fork(3, pid=2)
    m.exit(2)
    assert m.jails() == [(1, "a", "alive")]
    m.exit(3)
    assert m.jails() == []


@both_models
def test_persist_or_a_process(model: str) -> None:
    """jail(8), persist: a new jail "must have either" it or a command to run."""
    m = boot(model)
    assert errno_of(m.set("C", name="a")) is Errno.EINVAL
    assert errno_of(m.set("C", PERSIST, name="a")) is None
    m.fork(2)
    assert errno_of(m.set("CA", pid=2, name="b")) is None


@both_models
def test_dying_is_true_while_shutting_down(model: str) -> None:
    """jail(8), dying: "true if the jail is in the process of shutting down"."""
    m = boot(model)
    m.make("a")
    m.enter(1, 2)
    assert m.view(1)["state"] == "alive"
    m.remove(1)
    assert m.view(1)["state"] == "dying"


@both_models
@pytest.mark.parametrize("name", ["dying", "parent", "children.cur", "cpuset.id"])
def test_read_only(model: str, name: str) -> None:
    """jail(8): dying, parent, children.cur and cpuset.id are "read-only"."""
    m = boot(model)
    m.make("a")
    unknown = fails(Errno.EINVAL, f"unknown parameter: {name}")
    assert m.set("U", {name: 0}, jid=1) == unknown


@both_models
def test_parent(model: str) -> None:
    """
    jail(8), parent: the parent's jid, "or zero if this is a top-level jail" or a child of the
    reader's.
    """
    m = nested(model)
    assert [m.view(jid)["parent.jid"] for jid in (1, 2, 3)] == [0, 1, 2]
    assert [m.view(jid, pid=2)["parent.jid"] for jid in (2, 3)] == [0, 2]


# Limits, in jail(8)


@both_models
def test_children_max_is_zero(model: str) -> None:
    """jail(8), children.max: "zero by default", so that the jail cannot create children."""
    m = boot(model)
    m.make("a")
    m.enter(1, 2)
    assert m[1].childmax == 0
    assert errno_of(m.set("C", PERSIST, pid=2)) is Errno.EPERM


@both_models
def test_children_max_counts_all_below(model: str) -> None:
    """jail(8), children.max: it also counts those made "by other jails under this jail"."""
    m = boot(model)
    m.make("a", {"children.max": 2})
    m.enter(1, 2)
    m.make("b", {"children.max": 1}, pid=2)
    m.enter(2, 3)
    m.make("c", pid=3)
    assert errno_of(m.set("C", PERSIST, pid=2)) is Errno.EPERM
    assert errno_of(m.set("C", PERSIST, pid=3)) is Errno.EPERM


@both_models
def test_children_cur(model: str) -> None:
    """jail(8), children.cur: "The number of descendants", at any depth."""
    m = nested(model)
    assert [m.view(jid)["childcount"] for jid in (1, 2, 3, 4)] == [2, 1, 0, 0]


@both_models
def test_securelevel_of_the_parent(model: str) -> None:
    """jail(8), securelevel: a jail "never has a lower securelevel than its parent", also by
    default.
    """
    m = boot(model)
    m.make("a", {"securelevel": 2, "children.max": 2})
    assert m.make("a.b").securelevel == 2
    assert errno_of(m.set("C", PERSIST, name="a.c", securelevel=1)) is Errno.EPERM


@both_models
def test_securelevel_is_raised_below(model: str) -> None:
    """jail(8), securelevel: when it is changed those below "will be at least as secure"."""
    m = nested(model)
    m[3].securelevel = 3
    succeeded(m.set("U", jid=1, securelevel=2))
    assert [m[jid].securelevel for jid in (1, 2, 3)] == [2, 2, 3]


@both_models
def test_defaults(model: str) -> None:
    """jail(8): devfs_ruleset is by default zero, enforce_statfs 2."""
    pr = boot(model).make("a")
    assert (pr.devfs_ruleset, pr.enforce_statfs) == (0, 2)


@both_models
def test_devfs_ruleset_is_inherited(model: str) -> None:
    """jail(8), devfs_ruleset: "Descendant jails inherit the parent jail's"."""
    m = nested(model)
    succeeded(m.set("U", jid=1, devfs_ruleset=4))
    assert [m[jid].devfs_ruleset for jid in (1, 2, 3)] == [4, 4, 4]
    assert m.make("foo.new").devfs_ruleset == 4


@both_models
def test_no_greater_permissions(model: str) -> None:
    """jail(8), Hierarchical Jails: a jail with allow.nomount cannot make one with allow.mount."""
    m = boot(model)
    m.make("no", {"children.max": 1, "allow.nomount": None})
    m.make("yes", {"children.max": 1, "allow.mount": None})
    m.enter(1, 2)
    m.enter(2, 3)
    assert errno_of(m.set("C", {"allow.mount": None, **PERSIST}, pid=2)) is Errno.EPERM
    assert errno_of(m.set("C", {"allow.mount": None, **PERSIST}, pid=3)) is None


@both_models
def test_permissions_are_off(model: str) -> None:
    """jail(8), allow.*: "off by default" but for a few."""
    pr = boot(model).make("a")
    exceptions = {"allow.set_hostname", "allow.reserved_ports"}
    undocumented = {"allow.unprivileged_proc_debug", "allow.suser"}
    assert {n for n in allow.NAMES if pr.allow & allow.BIT[n]} == exceptions | undocumented


# Addresses and host data, in jail(8)


@both_models
def test_single_address_can_be_shared(model: str) -> None:
    """jail(8), ip4.addr: several jails can have one address "if none of the jails has more than
    this".
    """
    m = boot(model)
    one, two = {"ip4.addr": ("10.0.0.1",)}, {"ip4.addr": ("10.0.0.1", "10.0.0.2")}
    m.make("a", one)
    m.make("b", one)
    assert errno_of(m.set("C", {**PERSIST, **two})) is Errno.EADDRINUSE
    assert errno_of(m.set("U", two, jid=1)) is Errno.EADDRINUSE


@both_models
def test_addresses_imply_new(model: str) -> None:
    """jail(8), ip4: "Setting the ip4.addr parameter implies a value of new"."""
    pr = boot(model).make("a", {"ip4.addr": ("10.0.0.1",), "ip4": "inherit"})
    assert (pr.ip4_user, pr.ip4_restrict) == (True, True)


@both_models
def test_saddrsel_is_not_inherited(model: str) -> None:
    """jail(8), ip4.saddrsel: "enabled by default", and a parent's nosaddrsel "is not inherited"."""
    m = boot(model)
    m.make("a", {"children.max": 1, "ip4.saddrsel": False})
    assert m.make("a.b").ip4_saddrsel is True


@both_models
def test_number_of_addresses(model: str) -> None:
    """jail(8), jail_max_af_ips: "how may address" a family of a jail can have, 255 "by default"."""
    m = boot(model)
    addrs = tuple(f"10.0.{i // 200}.{1 + i % 200}" for i in range(256))
    assert errno_of(m.set("C", {"ip4.addr": addrs, **PERSIST})) is Errno.EINVAL
    assert errno_of(m.set("C", {"ip4.addr": addrs[:255], **PERSIST})) is None


@both_models
def test_host_values_imply_new(model: str) -> None:
    """jail(8), host: setting any of its values "implies a value of new"."""
    pr = boot(model).make("a", {"host": "inherit", "host.domainname": "d"})
    assert (pr.host, pr.domainname) == (True, "d")


@both_models
def test_host_inherit(model: str) -> None:
    """jail(8), host: inherit is "to use the system information"."""
    pr = boot(model).make("a", {"host": "inherit"})
    assert (pr.host, pr.hostname) == (False, "host.example.org")
