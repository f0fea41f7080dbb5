"""What jail(8) says of jails and their parameters, as far as the kernel must keep it.  Quoted are
the few words that a test is about; what a test does not say of one kernel holds of both.
"""

import pytest

from jail_kernel import allow
from jail_kernel.call import Errno, Result
from tests.manuals import PERSIST, errno_of, nested
from tests.tools import Named, boot, both_models, fails, succeeded

# Jids and names


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


# Persist and dying


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


# What the options do


@both_models
@pytest.mark.parametrize("params", [{"jid": 1}, {"name": "foo"}])
def test_c_creates(model: str, params: Named) -> None:
    """jail(8), -c: jid and name "must not refer to an existing jail"."""
    assert errno_of(nested(model).set("C", {**PERSIST, **params})) is Errno.EEXIST


@both_models
@pytest.mark.parametrize(
    "params",
    [
        {"path": "/x"},
        {"vnet": "new"},
        {"ip4": "inherit"},
        {"ip6": "disable"},
        {"osrelease": "x"},
        {"osreldate": 1},
    ],
)
def test_m_cannot_change_all(model: str, params: Named) -> None:
    """jail(8), -m: "Some parameters may not be changed on a running jail"."""
    (name,) = params
    expected = fails(Errno.EINVAL, f"{name} cannot be changed after creation")
    assert nested(model).set("U", params, jid=1) == expected


@both_models
def test_r_removes(model: str) -> None:
    """jail(8), -r: by jid or name; "All jailed processes are killed", and children removed."""
    m = nested(model)
    assert m.get(jid=1).ret == m.get(name="foo").ret == 1
    succeeded(m.remove(1))
    assert [m.state_of(pid) for pid in (2, 3)] == ["killed", "killed"]
    assert [name for _, name, state in m.jails() if state == "alive"] == ["other"]


def test_rc_restarts() -> None:
    """jail(8), -rc: "as if" -r and -c "were run in succession", whatever lingers of the jail."""
    m = boot("new")
    first = m.zombie(5, "a")
    assert m.set("C", PERSIST, jid=5, name="a") == Result(None, 5)
    assert m[5] is not first


@both_models
def test_rc_restarts_when_nothing_lingers(model: str) -> None:
    """jail(8), -rc: and in both kernels if nothing does."""
    m = boot(model)
    first = m.make("a", jid=5)
    succeeded(m.remove(5))
    assert m.set("C", PERSIST, jid=5, name="a") == Result(None, 5)
    assert m[5] is not first


@both_models
def test_cm_creates_or_modifies(model: str) -> None:
    """jail(8), -cm: "Create a jail if it does not exist, or modify" it."""
    m = boot(model)
    for hostname in ("one", "two"):
        assert m.set("CU", {**PERSIST, "host.hostname": hostname}, name="a") == Result(None, 1)
        assert m[1].hostname == hostname


# Limits


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


@both_models
@pytest.mark.parametrize("flags", ["C", "U"])
def test_restrictions_are_not_bypassed(model: str, flags: str) -> None:
    """jail(8), Hierarchical Jails: restrictions "may not be bypassed in child jails", neither of
    a new child nor of one that there is.
    """
    m = boot(model)
    m.make("a", {"children.max": 2, "securelevel": 1, "ip4.addr": ("10.0.0.1",)})
    m.enter(1, 2)
    if flags == "U":
        m.make("b", pid=2)
    for params in ({"securelevel": 0}, {"ip4.addr": ("10.0.0.2",)}, {"children.max": 2}):
        assert errno_of(m.set(flags, {**PERSIST, **params}, pid=2, name="b")) is Errno.EPERM


@both_models
def test_changes_stay_in_the_jail(model: str) -> None:
    """jail(8), Sysctl MIB Entries: per-jail settings "do not affect the host environment"."""
    m = nested(model)
    before = m[0].image()
    params: Named = {"securelevel": 3, "host.hostname": "h", "host.domainname": "d"}
    succeeded(m.set("U", params, jid=1))
    assert (m[1].securelevel, m[1].hostname, m[1].domainname) == (3, "h", "d")
    assert m[0].image() == before


# Addresses and host data


@both_models
@pytest.mark.parametrize(
    ("value", "user", "addrs"),
    [("inherit", False, 1), ("new", True, 0), ("disable", True, 0), (None, True, 0)],
)
def test_ip4(model: str, value: str | None, user: bool, addrs: int) -> None:
    """jail(8), ip4: inherit gives the addresses of the jail around, new and disable none."""
    m = boot(model)
    m.make("a", {"children.max": 1, "ip4.addr": ("10.0.0.1",)})
    pr = m.make("a.b", {} if value is None else {"ip4": value})
    assert (pr.ip4_user, len(pr.ip4 or ())) == (user, addrs)


@both_models
def test_vnet(model: str) -> None:
    """jail(8), vnet: new "to create a new network stack", inherit to use the one there is."""
    m = boot(model)
    assert m.make("a", vnet="new").vnet is True
    assert m.make("b", vnet="inherit").vnet is False


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
