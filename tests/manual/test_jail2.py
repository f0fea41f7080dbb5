"""What jail(2) says of jids, names, dying, limits and errors.  Quoted are the few words that a test
is about; what a test does not say of one kernel holds of both.
"""

import pytest

from jail_kernel.call import Errno, Result
from tests.manuals import BOUND, PERSIST, errno_of, nested, walk
from tests.tools import Named, boot, both_models, fails, succeeded

# Setting


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


@both_models
def test_defaults_come_from_the_environment(model: str) -> None:
    """jail(2): parameters not set get values "generally based on the current environment"."""
    m = boot(model)
    m.make("a", BOUND, osrelease="13.2-RELEASE", path="/a")
    m.enter(1, 2)
    pr = m.make("b", pid=2)
    assert (pr.securelevel, pr.devfs_ruleset, pr.osrelease) == (2, 7, "13.2-RELEASE")
    assert pr.root == "/a"


@both_models
def test_attaching_at_once_is_attaching(model: str) -> None:
    """jail(2), JAIL_ATTACH: "as with the jail_attach system call"."""
    m = boot(model)
    m.make("a", path="/a")
    for pid in (2, 3):
        m.fork(pid)
    succeeded(m.attach(1, pid=2))
    succeeded(m.set("UA", pid=3, jid=1))
    assert m.k.procs[2].cred.image() == m.k.procs[3].cred.image()


def test_dying_flag_before() -> None:
    """jail(2) before the patch, JAIL_DYING: "Allow setting a jail" being removed."""
    m = boot("legacy")
    m.zombie(5, "z")
    assert errno_of(m.set("U", PERSIST, jid=5)) is Errno.ENOENT
    assert m.set("UD", PERSIST, jid=5) == Result(None, 5)


@pytest.mark.parametrize("flags", ["C", "U", "CU"])
@pytest.mark.parametrize("by", [{"jid": 5}, {"name": "z"}, {"jid": 1}, {"name": "a"}])
def test_dying_flag_since(flags: str, by: Named) -> None:
    """jail(2) since the patch, JAIL_DYING: in jail_set it "has no effect"."""
    answers = []
    for more in ("", "D"):
        m = boot("new")
        m.make("a")
        m.zombie(5, "z")
        answers.append((m.set(flags + more, {**PERSIST, **by}), m.jails()))
    assert answers[0] == answers[1]


# Reading


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
    assert walk(m) == [10, 20, 30]
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


# Attaching and removing


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


@both_models
def test_attaching_changes_the_root(model: str) -> None:
    """jail(2): jail_attach "changes the process's root" to the jail's path."""
    m = boot(model)
    m.make("a", {"children.max": 1, "path": "/a"})
    m.enter(1, 2)
    assert m.make("b", pid=2, path="/b").root == "/a/b"


# Errors


@both_models
def test_failure_is_an_errno_and_no_jid(model: str) -> None:
    """jail(2), RETURN VALUES: jail_set and jail_get "return -1 on failure, and set errno"."""
    m = boot(model)
    for result in (m.set("U", jid=7), m.get(jid=7), m.attach(7), m.remove(7)):
        assert result.errno is not None
        assert result.ret is None


@both_models
def test_only_root(model: str) -> None:
    """jail(2), ERRORS: EPERM for who is "not the super-user", as root without allow.suser."""
    m = boot(model)
    m.make("a", {"children.max": 2, "allow.suser": False})
    m.make("a.b")
    m.enter(1, 2)
    for result in (
        m.set("C", PERSIST, pid=2, name="c"),
        m.set("U", pid=2, name="b"),
        m.attach(2, pid=2),
        m.remove(2, pid=2),
    ):
        assert result == fails(Errno.EPERM)
    assert m.get(pid=2, name="b").ret == 2


@both_models
@pytest.mark.parametrize(
    ("path", "errno"),
    [
        ("/missing", Errno.ENOENT),
        ("/file", Errno.ENOTDIR),
        ("/" + "x" * 256, Errno.ENAMETOOLONG),
    ],
)
def test_chroot_errors(model: str, path: str, errno: Errno) -> None:
    """jail(2), ERRORS: jail_set calls chroot(2), so it "can fail for all the same reasons"."""
    m = boot(model)
    assert errno_of(m.set("C", PERSIST, path=path)) is errno
    assert m.jails() == []


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
