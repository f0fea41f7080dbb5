"""jail_userland/libjail.py."""

import pytest

from jail_userland.events import ModuleLoaded
from jail_userland.libjail import (
    JailError,
    jailparam_export,
    jailparam_import,
    jailparam_init,
    noname,
    nononame,
)
from jail_userland.param_types import UNMODELLED
from tests.sessions import boot, params, process, run


def imported(name: str, value: str | None) -> str:
    """What a value becomes, as text."""
    param = jailparam_init(process(), name)
    jailparam_import(param, value)
    return jailparam_export(param)


@pytest.mark.parametrize(
    ("name", "value", "exported"),
    [
        ("persist", "TRUE", "true"),
        ("nopersist", "0", "false"),
        ("persist", "2", "2"),
        ("vnet", "", "new"),
        ("ip4", "Inherit", "inherit"),
        ("securelevel", "-1", "-1"),
        ("children.max", "4294967296", "0"),
        ("host.hostid", "18446744073709551615", "18446744073709551615"),
        ("ip4.addr", "10.0.0.1,10.0.0.2", "10.0.0.1,10.0.0.2"),
        ("ip6.addr", "2001:DB8:0::1", "2001:db8::1"),
        ("ip4.addr", "-", ""),
        ("name", "", ""),
    ],
)
def test_values_are_converted_by_type(name: str, value: str, exported: str) -> None:
    """Words in any case, numbers cut to an int, addresses in their usual form."""
    assert imported(name, value) == exported


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("persist", "maybe", 'persist: unknown boolean value "maybe"'),
        ("vnet", "maybe", 'vnet: unknown jailsys value "maybe"'),
        ("securelevel", "1x", 'securelevel: non-integer value "1x"'),
        ("ip4.addr", "10.0.0.1,x", "ip4.addr: not an IPv4 address: x"),
        ("ip6.addr", "10.0.0.1", "ip6.addr: not an IPv6 address: 10.0.0.1"),
    ],
)
def test_a_bad_value_is_named(name: str, value: str, message: str) -> None:
    """The message says which parameter, and what is wrong with it."""
    with pytest.raises(JailError) as error:
        imported(name, value)
    assert error.value.errmsg == message


@pytest.mark.parametrize("name", ["nope", "novnet", "noallow.mount", "allow", "", "nojid"])
def test_only_booleans_have_a_no_name(name: str) -> None:
    """Anything else with `no` before its last component is unknown."""
    with pytest.raises(JailError, match=f"unknown parameter: {name}"):
        jailparam_init(process(), name)


@pytest.mark.parametrize(
    ("name", "modules"),
    [
        ("linux.osname", ["linux"]),
        ("sysvshm", ["sysvshm"]),
        ("allow.mount.nofoofs", ["nofoofs", "foofs"]),
        ("nope", []),
    ],
)
def test_a_module_may_bring_the_parameter(name: str, modules: list[str]) -> None:
    """For some unknown names a module is tried first."""
    proc = process()
    with pytest.raises(JailError):
        jailparam_init(proc, name)
    assert proc.host.events == [ModuleLoaded(module) for module in modules]


@pytest.mark.parametrize(("name", "negated"), [("persist", "nopersist"), ("a.b", "a.nob")])
def test_no_goes_before_the_last_component(name: str, negated: str) -> None:
    """And is taken off there."""
    assert (noname(name), nononame(negated), nononame(name)) == (negated, name, None)


def test_booleans_are_passed_without_a_value() -> None:
    """A false one goes under the other of its names, whichever was given."""
    answer = run(boot(), "jail -c name=a nopersist=false allow.mount=false allow.nochflags=0")
    assert params(answer) == [
        {"name": "a", "persist": None, "allow.nomount": None, "allow.chflags": None}
    ]


def test_missing_values_are_filled_in() -> None:
    """An empty text, zero, or `new`; a list of addresses stays without one."""
    answer = run(boot(), "jail -c name=a persist host.hostname children.max vnet ip4.addr")
    assert params(answer) == [
        {
            "name": "a",
            "persist": None,
            "host.hostname": "",
            "children.max": 0,
            "vnet": "new",
            "ip4.addr": None,
        }
    ]


def test_what_is_not_modelled_is_checked_and_not_passed() -> None:
    """A configuration of a real system goes through, but for what is wrong in it."""
    machine = boot("a { persist; linux = new; allow.vmm; allow.mount.nolinprocfs; sysvshm; }")
    machine.host.unmodelled = UNMODELLED
    answer = run(machine, "jail -vc a")
    assert params(answer) == [{"name": "a", "persist": None}]
    assert "linux=new allow.vmm allow.mount.nolinprocfs sysvshm" in answer["stdout"]
    bad = run(machine, "jail -c name=b persist linux=maybe")
    assert bad["stderr"] == 'jail: linux: unknown jailsys value "maybe"\n'


def test_sizes_of_lists_are_asked_for_first() -> None:
    """jail_get comes twice for each jail if an address list is wanted, else once."""
    machine = boot()
    run(machine, "jail -c name=a ip4.addr=10.0.0.1 persist")
    wants = [event["wants"] for event in run(machine, "jls name ip4.addr")["events"]]
    assert wants == [["ip4.addr"], ["ip4.addr", "name"], ["ip4.addr"]]
    assert len(run(machine, "jls name")["events"]) == 2
