from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations

import pytest

from jail_kernel.call import JAIL_CREATE, JAIL_UPDATE, Errno, JailSet, Result, Value
from jail_kernel.jail_conf import JailConf, jail_conf
from tests.tools import Machine, Named, asked, boot, both_models, fails, flag_bits, params_of

EINVAL = fails(Errno.EINVAL)
ENAMETOOLONG = fails(Errno.ENAMETOOLONG)
VNET_WITH_ADDRS = fails(Errno.EINVAL, "vnet jails cannot have IP address restrictions")
MUST_PERSIST = fails(Errno.EINVAL, "new jail must persist or attach")
MANY = tuple(f"10.0.{i // 250}.{1 + i % 250}" for i in range(256))


def fixed(name: str) -> Result:
    return fails(Errno.EINVAL, f"{name} cannot be changed after creation")


def conf_of(flags: str, params: Named | None = None, /, **more: Value) -> JailConf:
    conf = jail_conf(JailSet(1, flag_bits(flags), params_of(params, more)))
    assert isinstance(conf, JailConf), conf
    return conf


def answer(flags: str, params: Named | None = None, /, **more: Value) -> Result:
    """What a call answers that fails in these checks."""
    result = jail_conf(JailSet(1, flag_bits(flags), params_of(params, more)))
    assert isinstance(result, Result), result
    return result


# THE ORDER OF THE CHECKS


@dataclass(frozen=True)
class Fault:
    """A way to fail one check: flags that must be on or off, parameters, the caller."""

    answer: Result
    params: Mapping[str, Value] = field(default_factory=dict)
    on: str = ""
    off: str = ""
    pid: int = 1


# In the order of the checks.  Process 2 has no allow.suser, process 3 no room for children.
FAULTS = (
    Fault(fails(Errno.EPERM), pid=2),
    Fault(fails(Errno.EPERM), on="C", pid=3),
    Fault(EINVAL, on="?"),
    Fault(EINVAL, {"big": "x" * 65536}),
    Fault(fails(Errno.EINVAL, "no valid operation (create or update)"), off="CU"),
    Fault(EINVAL, {"jid": "1"}),
    Fault(EINVAL, {"securelevel": "1"}),
    Fault(EINVAL, {"children.max": True}),
    Fault(EINVAL, {"enforce_statfs": 3}),
    Fault(EINVAL, {"devfs_ruleset": "1234"}),
    Fault(EINVAL, {"host": "disable"}),
    Fault(EINVAL, {"vnet": 3}),
    Fault(EINVAL, {"ip4": -1}),
    Fault(EINVAL, {"ip6": "no"}),
    Fault(MUST_PERSIST, {"persist": False}, on="C", off="A"),
    Fault(fixed("vnet"), {"vnet": "inherit"}, on="U"),
    Fault(fixed("ip4"), {"ip4": "new"}, on="U"),
    Fault(fixed("ip6"), {"ip6": "disable"}, on="U"),
    Fault(EINVAL, {"name": ()}),
    Fault(ENAMETOOLONG, {"name": "n" * 256}),
    Fault(EINVAL, {"host.hostname": True}),
    Fault(ENAMETOOLONG, {"host.domainname": "d" * 256}),
    Fault(ENAMETOOLONG, {"host.hostuuid": "u" * 64}),
    Fault(EINVAL, {"host.hostid": "1"}),
    Fault(EINVAL, {"ip4.addr": "ab"}),
    Fault(fails(Errno.EINVAL, "too many IPv4 addresses"), {"ip4.addr": MANY}),
    Fault(EINVAL, {"ip6.addr": ("::1", "::1")}),
    Fault(VNET_WITH_ADDRS, {"vnet": "new", "ip6.addr": ("::1",)}, off="U"),
    Fault(fixed("osrelease"), {"osrelease": "1"}, on="U"),
    Fault(
        fails(Errno.ENAMETOOLONG, "osrelease string must be 1-31 bytes long"),
        {"osrelease": "1" * 31},
        off="U",
    ),
    Fault(EINVAL, {"osreldate": "1"}),
    Fault(fixed("osreldate"), {"osreldate": 0}, on="U"),
    Fault(fails(Errno.EINVAL, "osreldate cannot be 0"), {"osreldate": 0}, off="U"),
    Fault(fixed("path"), {"path": "/missing"}, on="U"),
    Fault(fails(Errno.ENOENT), {"path": "/missing"}, off="U"),
    Fault(fails(Errno.ENOTDIR), {"path": "/file"}, off="U"),
    Fault(fails(Errno.EINVAL, "negative jid"), {"jid": -1}),
)
BASE: Named = {"persist": True}


def faulty_machine(model: str) -> Machine:
    m = boot(model)
    m.make("a", {"allow.suser": False, "children.max": 1})
    m.make("b")
    m.enter(1, 2)
    m.enter(2, 3)
    return m


def together(*faults: Fault) -> tuple[str, Named, int] | None:
    """Flags, parameters and caller of a call with all the faults; None: they exclude each other."""
    on = {letter for fault in faults for letter in fault.on}
    off = {letter for fault in faults for letter in fault.off}
    pids = {fault.pid for fault in faults} - {1}
    if not off >= {"C", "U"} and not on & {"C", "U"}:
        on |= {"C", "U"} - off
    names = [name for fault in faults for name in fault.params]
    pairs = {pair for fault in faults for pair in fault.params.items()}
    if on & off or len(pids) > 1 or len(set(names)) < len(pairs):
        return None
    return "".join(sorted(on)), {**BASE, **dict(pairs)}, max(pids, default=1)


@both_models
def test_each_check(model: str) -> None:
    """Each violation alone has its errno and its message."""
    m = faulty_machine(model)
    for fault in FAULTS:
        call = together(fault)
        assert call is not None
        flags, params, pid = call
        assert m.set(flags, params, pid=pid) == fault.answer, fault


@both_models
def test_order_of_the_checks(model: str) -> None:
    """Of any two violations the one that is checked earlier is reported."""
    m = faulty_machine(model)
    combined = 0
    for earlier, later in combinations(FAULTS, 2):
        call = together(earlier, later)
        if call is not None:
            flags, params, pid = call
            assert m.set(flags, params, pid=pid) == earlier.answer, (earlier, later)
            combined += 1
    assert combined > len(FAULTS) * 10


def test_nothing_wrong() -> None:
    """The call to which the faults are added is a good one."""
    assert asked(conf_of("CU", persist=True)) == {"persist": True}


# ONE CHECK AT A TIME


def test_answer_is_kept_with_the_call() -> None:
    """The parameters of one call object are checked once."""
    good = JailSet(1, JAIL_CREATE, (("persist", True),))
    assert jail_conf(good) is jail_conf(good)
    bad = JailSet(1, JAIL_UPDATE, (("path", "/"),))
    assert jail_conf(bad) is jail_conf(bad)


def test_numbers() -> None:
    """Numbers are C ints."""
    conf = conf_of("U", {"children.max": -5, "enforce_statfs": 2}, jid=3, securelevel=2**32 - 1)
    assert (conf.jid, conf.childmax, conf.enforce_statfs, conf.securelevel) == (3, -5, 2, -1)


def test_numbers_not_mentioned() -> None:
    """Nothing mentioned is nothing asked for; no jid is jid 0."""
    assert asked(conf_of("U")) == {}
    assert JailConf().jid == 0


@pytest.mark.parametrize("name", ["jid", "securelevel", "children.max", "devfs_ruleset"])
@pytest.mark.parametrize("value", [True, False, "", "12", "1234", (), ("1.2.3.4", "1.2.3.4")])
def test_number_of_a_wrong_size(name: str, value: Value) -> None:
    """EINVAL for a number that has not four bytes; its no-name is another option."""
    if value is False:
        prefix, dot, last = name.rpartition(".")
        assert conf_of("U", {name: False}).unknown == f"{prefix}{dot}no{last}"
    else:
        assert answer("U", {name: value}) == EINVAL


@pytest.mark.parametrize(("level", "good"), [(-1, False), (0, True), (2, True), (3, False)])
def test_enforce_statfs_range(level: int, *, good: bool) -> None:
    """enforce_statfs is 0, 1 or 2."""
    result = jail_conf(JailSet(1, JAIL_UPDATE, (("enforce_statfs", level),)))
    if good:
        assert isinstance(result, JailConf)
        assert asked(result) == {"enforce_statfs": level}
    else:
        assert result == EINVAL


@pytest.mark.parametrize("value", [0, 1, None, "", "no"])
def test_booleans_are_on_by_presence(value: Value) -> None:
    """The value of a boolean is ignored."""
    conf = conf_of("U", {"persist": value, "ip4.saddrsel": value, "ip6.saddrsel": value})
    assert (conf.persist, conf.ip4_saddrsel, conf.ip6_saddrsel) == (True, True, True)


@pytest.mark.parametrize(
    ("name", "field_name"),
    [
        ("nopersist", "persist"),
        ("ip4.nosaddrsel", "ip4_saddrsel"),
        ("ip6.nosaddrsel", "ip6_saddrsel"),
    ],
)
def test_booleans_are_off_by_their_no_name(name: str, field_name: str) -> None:
    """The no-name of a boolean turns it off, whatever its value; nothing is unknown then."""
    conf = conf_of("U", {name: 1})
    assert getattr(conf, field_name) is False
    assert conf.unknown is None


@pytest.mark.parametrize("name", ["ip4", "ip6"])
def test_disable_and_new_are_the_same(name: str) -> None:
    """ip4 and ip6: disable and new turn the flag on, inherit turns it off."""
    flags = [getattr(conf_of("CA", {name: i}), f"{name}_user") for i in (0, 1, 2)]
    assert flags == [True, True, False]


@pytest.mark.parametrize("name", ["host", "vnet"])
def test_host_and_vnet(name: str) -> None:
    """host and vnet are new or inherit, and cannot be disabled."""
    assert [getattr(conf_of("CA", {name: i}), name) for i in (1, 2)] == [True, False]
    assert answer("CA", {name: 0}) == EINVAL
    assert answer("CA", {name: 3}) == EINVAL


@pytest.mark.parametrize(
    ("flags", "params", "good"),
    [
        ("C", {}, False),
        ("C", {"persist": False}, False),
        ("CU", {"jid": 1}, False),
        ("CD", {}, False),
        ("C", {"persist": True}, True),
        ("CA", {}, True),
        ("CA", {"persist": False}, True),
        ("U", {"persist": False}, True),
    ],
)
def test_persist_or_attach(flags: str, params: Named, *, good: bool) -> None:
    """Whoever may create must persist or attach, even where a jail exists already."""
    result = jail_conf(JailSet(1, flag_bits(flags), tuple(params.items())))
    assert isinstance(result, JailConf) == good
    assert good or result == MUST_PERSIST


@both_models
def test_update_of_a_persistent_jail_with_create(model: str) -> None:
    """C+U fails without persist also if the jail exists and persists."""
    m = boot(model)
    m.make("a")
    assert m.set("CU", name="a") == MUST_PERSIST


@pytest.mark.parametrize("name", ["vnet", "ip4", "ip6", "osrelease", "osreldate", "path"])
@pytest.mark.parametrize("flags", ["U", "CUA"])
def test_fixed_at_creation(name: str, flags: str) -> None:
    """What only a new jail can be given cannot be mentioned where an update is possible."""
    assert answer(flags, {name: 1}) == fixed(name)


def test_addr_is_not_fixed() -> None:
    """An address list can be mentioned in an update."""
    assert conf_of("U", {"ip4.addr": ()}).ip4_user is True


def test_allow() -> None:
    """allow.* and their no-names are noted; a no of an inner component is none of them."""
    conf = conf_of(
        "U",
        {"allow.mount": True, "allow.mount.nozfs": True, "allow.nosuser": 0, "allow.quotas": 0},
    )
    assert conf.allow_on == (1 << 4) | (1 << 5)
    assert conf.allow_off == (1 << 18) | (1 << 11)
    assert conf.unknown is None
    assert conf_of("U", {"allow.nomount.zfs": True}).unknown == "allow.nomount.zfs"
    assert conf_of("U", {"allow.bogus": True}).unknown == "allow.bogus"


@pytest.mark.parametrize(
    ("name", "longest"),
    [("name", 255), ("host.hostname", 255), ("host.domainname", 255), ("host.hostuuid", 63)],
)
def test_strings(name: str, longest: int) -> None:
    """A string fits up to its longest, is EINVAL if no NUL ends it, ENAMETOOLONG above."""
    field_name = name.rpartition(".")[2]
    text = "x" * longest
    assert getattr(conf_of("U", {name: text}), field_name) == text
    assert getattr(conf_of("U", {name: ""}), field_name) == ""
    assert answer("U", {name: text + "x"}) == ENAMETOOLONG
    assert answer("U", {name: None}) == EINVAL


def test_number_as_a_string() -> None:
    """The bytes of a number are a string if the last one is NUL."""
    assert conf_of("U", name=0x6261).name == "ab"
    assert answer("U", name=0x01000000) == EINVAL


def test_bytes_behind_the_nul_count() -> None:
    """A string ends at its first NUL, but what is behind it needs room as well."""
    assert conf_of("U", name="a\0b").name == "a"
    assert answer("U", name="a\0" + "b" * 254) == ENAMETOOLONG


def test_length_is_counted_in_bytes() -> None:
    """A character of two bytes takes two of the 255."""
    assert conf_of("U", name="é" * 127).name == "\xc3\xa9" * 127
    assert answer("U", name="é" * 128) == ENAMETOOLONG


@pytest.mark.parametrize(
    "params",
    [
        {"host.hostname": "h"},
        {"host.domainname": ""},
        {"host.hostuuid": "u"},
        {"host.hostid": 0},
        {"host": "inherit", "host.hostname": "h"},
    ],
)
def test_host_values_turn_host_on(params: Named) -> None:
    """Any host.* value counts as host=new, also against host=inherit."""
    assert conf_of("U", params).host is True


def test_hostid() -> None:
    """host.hostid has eight bytes and no sign."""
    assert conf_of("U", {"host.hostid": -1}).hostid == 2**64 - 1
    assert answer("U", {"host.hostid": ("1.2.3.4",)}) == EINVAL


@pytest.mark.parametrize("family", ["ip4", "ip6"])
def test_addresses(family: str) -> None:
    """The first address stays first, the others are sorted; it counts as ip4=new."""
    text = "10.0.0.{}" if family == "ip4" else "::{}"
    conf = conf_of("U", {f"{family}.addr": tuple(text.format(i) for i in (2, 9, 1, 3))})
    addrs = getattr(conf, family)
    assert [addr[-1] for addr in addrs] == [2, 1, 3, 9]
    assert getattr(conf, f"{family}_user") is True


@pytest.mark.parametrize("family", ["ip4", "ip6"])
def test_no_addresses(family: str) -> None:
    """An empty list is no list, but counts as ip4=new, also against ip4=inherit."""
    conf = conf_of("CA", {family: "inherit", f"{family}.addr": ()})
    assert getattr(conf, family) is None
    assert getattr(conf, f"{family}_user") is True


@pytest.mark.parametrize(
    ("name", "addrs"),
    [
        ("ip4.addr", ("0.0.0.0",)),  # noqa: S104  # an address that a jail cannot have
        ("ip4.addr", ("10.0.0.1", "255.255.255.255")),
        ("ip4.addr", ("10.0.0.1", "10.0.0.1")),
        ("ip6.addr", ("::",)),
        ("ip6.addr", ("::1", "::2", "::1")),
        ("ip4.addr", "abcd"),
        ("ip6.addr", ""),
        ("ip6.addr", 5),
    ],
)
def test_bad_addresses(name: str, addrs: Value) -> None:
    """EINVAL for an address that no jail can have, for one given twice, for a wrong length."""
    assert answer("U", {name: addrs}) == EINVAL


def test_too_many_addresses() -> None:
    """A family has 255 addresses at most, and this is checked before what they are."""
    many4 = MANY[:255]
    many6 = tuple(f"::1:{i:x}" for i in range(255))
    assert len(conf_of("U", {"ip4.addr": many4}).ip4 or ()) == 255
    assert len(conf_of("U", {"ip6.addr": many6}).ip6 or ()) == 255
    too_many = fails(Errno.EINVAL, "too many IPv4 addresses")
    assert answer("U", {"ip4.addr": (*many4, many4[0])}) == too_many
    too_many = fails(Errno.EINVAL, "too many IPv6 addresses")
    assert answer("U", {"ip6.addr": (*many6, "::")}) == too_many


@pytest.mark.parametrize("vnet", ["new", "inherit"])
@pytest.mark.parametrize(
    "params", [{"ip4": "inherit"}, {"ip6": "new"}, {"ip4.addr": ()}, {"ip6.addr": ("::1",)}]
)
def test_vnet_excludes_addresses(vnet: str, params: Named) -> None:
    """vnet and addresses cannot both be mentioned, not even with vnet=inherit."""
    assert answer("CA", {"vnet": vnet, **params}) == VNET_WITH_ADDRS


def test_osrelease() -> None:
    """osrelease can have 30 characters, or none."""
    assert conf_of("CA", osrelease="1" * 30).osrelease == "1" * 30
    assert conf_of("CA", osrelease="").osrelease == ""
    assert answer("CA", osrelease=True) == EINVAL


def test_osreldate() -> None:
    """osreldate can be any number but 0."""
    assert conf_of("CA", osreldate=-1).osreldate == -1
    assert answer("CA", osreldate="12") == EINVAL


def test_path() -> None:
    """path is a string of any length at this point."""
    assert conf_of("CA", path="/" * 2000).path == "/" * 2000
    assert answer("CA", path=True) == EINVAL


@pytest.mark.parametrize(
    "name", ["dying", "parent", "lastjid", "children.cur", "cpuset.id", "nohost", "Persist", ""]
)
def test_unknown(name: str) -> None:
    """Whatever no check looks at is unknown, read-only parameters too."""
    assert conf_of("U", {name: 1}).unknown == name


def test_first_unknown() -> None:
    """The first unknown option is the one that is reported."""
    assert conf_of("U", {"securelevel": 1, "y": 1, "x": 2, "nopersist": 1}).unknown == "y"


@both_models
def test_unknown_parameter(model: str) -> None:
    """The answer names the parameter as the user wrote it."""
    result = boot(model).set("C", {"persist": True, "möp": 1})
    assert result == fails(Errno.EINVAL, "unknown parameter: möp")
