"""What jail_get(2) puts into the buffers of a wish list."""

import pytest

from jail_kernel import allow
from jail_kernel.call import JAIL_DYING, Errno, JailGet, Result
from jail_kernel.jail_get_params import FITS
from jail_kernel.options import no_name
from tests.tools import Machine, Named, boot, both_models, fails, panics, succeeded

EINVAL = fails(Errno.EINVAL)

PARAMS: Named = {
    "path": "/j",
    "securelevel": 2,
    "children.max": 3,
    "host.hostname": "h.example.org",
    "ip4.addr": ("10.0.0.1", "10.0.0.2"),
    "allow.quotas": True,
}
ON = {  # of the booleans of this jail
    "persist",
    "ip4.saddrsel",
    "allow.quotas",
    "allow.set_hostname",
    "allow.reserved_ports",
    "allow.unprivileged_proc_debug",
    "allow.suser",
}


def one_jail(model: str) -> Machine:
    """Jail 4, named j."""
    m = boot(model)
    m.make("j", PARAMS, jid=4)
    return m


def got(result: Result) -> dict[str, object]:
    """The buffers of a call that succeeded."""
    assert result.errno is None
    assert result.wanted is not None
    return dict(result.wanted)


@both_models
def test_list_is_answered_in_its_order(model: str) -> None:
    """What is asked for comes back, in order, and nothing else."""
    result = one_jail(model).read("path", "children.max", "name", jid=4)
    wanted = (("path", "/j"), ("children.max", 3), ("name", "j"))
    assert result == Result(None, 4, None, None, wanted)


@both_models
def test_empty_list(model: str) -> None:
    """A list without names asks only whether the jail is there."""
    m = one_jail(model)
    assert m.read(jid=4) == Result(None, 4, None, None, ())
    assert m.read(jid=5) == fails(Errno.ENOENT, "jail 5 not found")


@both_models
def test_everything_is_the_plain_answer(model: str) -> None:
    """A wish for every parameter reads what a plain call reads."""
    m = one_jail(model)
    view = m.view(4)
    later = {*allow.LATER, *map(no_name, allow.LATER)}
    values = got(m.read(*(name for name in FITS if name not in {*later, "lastjid"}), lastjid=0))
    same = ("jid", "name", "path", "securelevel", "enforce_statfs", "devfs_ruleset", "osrelease")
    assert [values[name] for name in same] == [view[name] for name in same]
    assert [values[name] for name in ("parent", "children.cur", "children.max")] == [0, 0, 3]
    assert [values[f"ip4{name}"] for name in ("", ".addr")] == ["disable", view["ip4"]]
    assert [values[f"ip6{name}"] for name in ("", ".addr")] == ["disable", ()]


@both_models
@pytest.mark.parametrize("name", ["persist", "dying", "ip4.saddrsel", *allow.NAMES])
def test_boolean_and_its_no_form(model: str, name: str) -> None:
    """A boolean is read under both of its names, and one is the opposite of the other."""
    m = one_jail(model)
    prefix, dot, last = name.rpartition(".")
    noname = f"{prefix}{dot}no{last}"
    values = got(m.read(name, jid=4)) | got(m.read(noname, jid=4))
    assert values[name] is (not values[noname])
    assert values[name] is (name in ON)


@both_models
@pytest.mark.parametrize("size", [1, 3, 5, 8])
@pytest.mark.parametrize("name", ["securelevel", "parent", "persist", "nodying", "vnet", "ip4"])
def test_fixed_size(model: str, name: str, size: int) -> None:
    """A number needs a buffer of exactly its size."""
    m = one_jail(model)
    assert m.read((name, size), jid=4) == EINVAL
    assert m.read((name, 4), jid=4).errno is None


@both_models
def test_hostid_is_a_long(model: str) -> None:
    """host.hostid takes eight bytes."""
    m = one_jail(model)
    assert m.read(("host.hostid", 4), jid=4) == EINVAL
    assert got(m.read(("host.hostid", 8), jid=4)) == {"host.hostid": 0}


@both_models
def test_text_has_to_fit(model: str) -> None:
    """A text needs room for its NUL; more is fine."""
    m = one_jail(model)
    assert m.read(("host.hostname", 13), jid=4) == EINVAL
    assert got(m.read(("host.hostname", 14), jid=4)) == {"host.hostname": "h.example.org"}
    assert got(m.read(("path", 5000), jid=4)) == {"path": "/j"}


@both_models
def test_addresses_have_to_fit(model: str) -> None:
    """So does a list of addresses."""
    m = one_jail(model)
    addrs = (bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2]))
    assert m.read(("ip4.addr", 7), jid=4) == EINVAL
    assert got(m.read(("ip4.addr", 8), jid=4)) == {"ip4.addr": addrs}
    assert got(m.read(("ip4.addr", 12), ("ip6.addr", 16), jid=4))["ip6.addr"] == ()


@both_models
def test_no_buffer_asks_for_the_length(model: str) -> None:
    """Size 0 is answered with the bytes that the value takes, whatever its kind."""
    sizes = {"ip4.addr": 8, "ip6.addr": 0, "path": 3, "securelevel": 4, "persist": 4}
    wishes = [(name, 0) for name in sizes]
    assert got(one_jail(model).read(*wishes, jid=4)) == sizes


@both_models
def test_unknown_name(model: str) -> None:
    """The first unknown name is told, behind every size that is wrong."""
    m = one_jail(model)
    unknown = fails(Errno.EINVAL, "unknown parameter: jails")
    assert m.read("jails", "meta", "path", jid=4) == unknown
    assert m.read("jails", ("path", 1), jid=4) == EINVAL
    assert m.read("jails", jid=5) == fails(Errno.ENOENT, "jail 5 not found")
    assert m.read("ä", jid=4) == fails(Errno.EINVAL, "unknown parameter: ä")


@both_models
def test_name_with_nul(model: str) -> None:
    """A name ends at its first NUL."""
    assert got(one_jail(model).read("path\0x", jid=4)) == {"path\0x": "/j"}


@both_models
def test_same_option_twice(model: str) -> None:
    """Of wishes that are the same option only the last is filled."""
    m = one_jail(model)
    assert got(m.read("persist", "nopersist", jid=4)) == {"persist": False, "nopersist": False}
    assert got(m.read("nopersist", "persist", jid=4)) == {"nopersist": False, "persist": True}
    assert got(m.read(("path", 1), "path", jid=4)) == {"path": "/j"}


@both_models
def test_wish_in_the_place_of_a_key(model: str) -> None:
    """A wish replaces the key of that name, and its buffer is empty: jid 0 is none, no jail has
    no name, and every jid is behind lastjid 0.
    """
    m = one_jail(model)
    assert m.read("jid", jid=4) == fails(Errno.ENOENT, "no jail specified")
    assert m.read("name", name="j") == fails(Errno.ENOENT, 'jail "" not found')
    assert got(m.read("lastjid", "jid")) == {"lastjid": 0, "jid": 4}
    assert got(m.read("jid", "name", lastjid=3)) == {"jid": 4, "name": "j"}
    assert got(m.read("jid", name="j")) == {"jid": 4}


@both_models
@pytest.mark.parametrize(("name", "size"), [("lastjid", 8), ("jid", 0), ("jid", 3), ("name", 0)])
def test_size_of_a_key(model: str, name: str, size: int) -> None:
    """A key of a wrong size is refused before any jail is looked for."""
    assert one_jail(model).read((name, size)) == EINVAL


@both_models
def test_key_that_decides_hides_the_others(model: str) -> None:
    """lastjid is looked at first, then jid, then name; sizes behind the one that counts matter
    only when the buffers are filled.
    """
    m = one_jail(model)
    assert m.read(("jid", 3), lastjid=4) == fails(Errno.ENOENT, "no jail after 4")
    assert m.read(("jid", 3), lastjid=3) == EINVAL
    assert got(m.read(("jid", 0), lastjid=3)) == {"jid": 4}


@both_models
def test_name_that_is_passed_is_a_buffer(model: str) -> None:
    """A name beside the jid that counts gets the jail's name, and has to have room for it."""
    m = boot(model)
    m.make("long", jid=4)
    assert m.read(jid=4, name="x") == EINVAL
    assert m.read(jid=4, name="five5").ret == 4


@both_models
def test_too_much_memory(model: str) -> None:
    """More than 64 KiB of options are refused, flags first and everything else after."""
    m = one_jail(model)
    fits = 64 * 1024 - (48 + 4 + 4) - (48 + 7 + 1024) - (48 + 5)
    assert m.read(("path", fits), jid=4).ret == 4
    assert m.read(("path", fits + 1), jid=4) == EINVAL
    assert m.read(("path", fits + 1), jid=5) == EINVAL
    assert m.read(("path", -1), jid=4) == EINVAL
    assert m.read(("path", 1 << 63), jid=4) == EINVAL
    assert m.read("path", flags="C", jid=4) == EINVAL


@both_models
def test_seen_from_inside(model: str) -> None:
    """Names, paths and parents are relative to the reader."""
    m = boot(model)
    m.make("a", {"children.max": 1, "path": "/a"})
    m.make("a.b", path="/a/b")
    m.enter(1, 2)
    assert got(m.read("name", "path", "parent", "jid", pid=2, lastjid=0)) == {
        "name": "b",
        "path": "/b",
        "parent": 0,
        "jid": 2,
    }


@both_models
def test_dying_jail(model: str) -> None:
    """JAIL_DYING counts as without a list."""
    m = boot(model)
    m.zombie(5, "z")
    assert m.read("dying", jid=5) == fails(Errno.ENOENT, "jail 5 is dying")
    assert got(m.read("dying", "vnet", flags="D", jid=5)) == {"dying": True, "vnet": "inherit"}


@both_models
def test_plain_call_with_a_list(model: str) -> None:
    """A plain call answers its list beside everything else, and reads nothing twice; but what is
    wrong with a wish is wrong.
    """
    m = one_jail(model)
    plain = m.get(jid=4)
    call = JailGet(1, 0, (("jid", 4),), (("cpuset.id", None), ("path", 3)))
    assert m.call(call) == plain._replace(wanted=(("cpuset.id", 2),))
    small = JailGet(1, 0, (("jid", 4),), (("path", 2),))
    assert m.call(small) == EINVAL
    unknown = JailGet(1, JAIL_DYING, (("jid", 4),), (("meta", None),))
    assert m.call(unknown) == fails(Errno.EINVAL, "unknown parameter: meta")


def test_name_is_worked_out_though_nobody_asks() -> None:
    """A name without enough dots stops the kernel, unless a wrong size comes first."""
    m = boot("new")
    m.make("a", {"children.max": 1})
    m.make("a.b")
    m.enter(1, 2)
    succeeded(m.set("U", jid=2, name="z"))
    assert m.read("path", pid=2, jid=2) == panics("page fault (signal 11) at address 0x1")
    assert m.read(("path", 1), pid=2, jid=2) == panics("page fault (signal 11) at address 0x1")
    assert m.read(("parent", 1), pid=2, jid=2) == EINVAL


def test_overgrown_name_only_matters_if_asked() -> None:
    """A name over 255 bytes is refused to who asks for it or for everything."""
    m = boot("new")
    m.make("abcde", {"children.max": 1})
    m.make("abcde." + "b" * 10, path="/long/path")
    succeeded(m.set("U", jid=2, name="z"))
    succeeded(m.set("U", jid=1, name="L" * 250))
    assert m.read("parent", jid=2).ret == 2
    assert m.read("name", jid=2) == EINVAL
    assert m.call(JailGet(1, 0, (("jid", 2),), (("parent", 4),))) == EINVAL
    assert got(m.read(("name", 0), jid=2)) == {"name": 262}
