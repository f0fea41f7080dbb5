"""What jls(8) says of the jails that it lists, as far as it is the kernel that keeps it.

It walks by lastjid, or asks for one jail by jid or name; -d gives JAIL_DYING.
"""

import pytest

from jail_kernel.call import Errno, Result
from tests.manuals import PERSIST, errno_of, nested, walk
from tests.tools import boot, both_models, succeeded


@both_models
def test_all_active_jails(model: str) -> None:
    """jls(8): it "lists all active jails", each by "one row"."""
    m = nested(model)
    m.zombie(9, "z")
    assert walk(m) == [1, 2, 3, 4]


@both_models
def test_dying_as_well(model: str) -> None:
    """jls(8), -d: "List dying as well as active jails"."""
    m = nested(model)
    m.zombie(9, "z")
    m.remove(2)
    assert walk(m, "D") == [1, 2, 4, 9]
    assert walk(m) == [1, 4]


def test_dying_as_well_when_renumbered() -> None:
    """jls(8), -d: a dying jail whose jid is used again is listed, too."""
    m = boot("new")
    m.zombie(9, "z")
    succeeded(m.set("C", PERSIST, jid=9))
    assert walk(m, "D") == [9, 999999]
    assert walk(m) == [9]


@both_models
def test_one_jail(model: str) -> None:
    """jls(8), -j: "The jid or name of the jail to list", which without -d is active."""
    m = nested(model)
    m.zombie(9, "z")
    assert (m.get(jid=2).ret, m.get(name="foo.bar").ret) == (2, 2)
    assert errno_of(m.get(jid=9)) is errno_of(m.get(name="z")) is Errno.ENOENT
    assert (m.get("D", jid=9).ret, m.get("D", name="z").ret) == (9, 9)


@both_models
@pytest.mark.parametrize("flags", ["", "D"])
def test_an_active_jail_comes_before_a_dying_one(model: str, flags: str) -> None:
    """jls(8), -j: a name that a dying jail has as well is that of the active one."""
    m = boot(model)
    m.zombie(9, "a")
    m.make("a", jid=20)
    m.zombie(30, "z")
    assert m.get(flags, name="a").ret == 20


@both_models
def test_only_jails_below_are_listed(model: str) -> None:
    """jls(8) in a jail: it lists the jails below, not the jail itself and no other."""
    m = nested(model)
    assert (walk(m, pid=2), walk(m, pid=3)) == ([2, 3], [3])


@both_models
def test_the_default_columns(model: str) -> None:
    """jls(8): the columns are jid, "IP address", hostname and path."""
    m = boot(model)
    addrs = ("10.0.0.2", "10.0.0.1")
    m.make("a", {"ip4.addr": addrs, "host.hostname": "h"}, path="/j")
    view = m.view(1)
    assert (view["jid"], view["hostname"], view["path"]) == (1, "h", "/j")
    assert view["ip4"] == (b"\n\0\0\2", b"\n\0\0\1")


@both_models
def test_the_verbose_columns(model: str) -> None:
    """jls(8), -v: also the "jail name (name)" and the "jail state (dying)"."""
    m = boot(model)
    m.make("a")
    m.zombie(9, "z")
    assert [(m.view(jid)["name"], m.view(jid)["state"]) for jid in (1, 9)] == [
        ("a", "alive"),
        ("z", "dying"),
    ]


@both_models
def test_what_is_shown_can_be_passed_back(model: str) -> None:
    """jls(8), -s: parameters "suitable for passing to jail(8)" make the same jail again."""
    params = {"children.max": 2, "securelevel": 1, "enforce_statfs": 1, "devfs_ruleset": 4}
    m = boot(model)
    m.make("a", params, path="/j")
    before = m.view(1)
    succeeded(m.remove(1))
    shown = {key: before[name] for key, name in SHOWN.items()}
    made = m.set("C", {key: value for key, value in shown.items() if isinstance(value, int | str)})
    assert (made, m.view(1)) == (Result(None, 1), before)


SHOWN = {
    "jid": "jid",
    "name": "name",
    "path": "path",
    "persist": "persist",
    "children.max": "childmax",
    "securelevel": "securelevel",
    "enforce_statfs": "enforce_statfs",
    "devfs_ruleset": "devfs_ruleset",
    "osrelease": "osrelease",
    "osreldate": "osreldate",
}
