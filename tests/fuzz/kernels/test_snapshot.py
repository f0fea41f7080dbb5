from typing import Any

import pytest

from jail_kernel import allow
from jail_kernel.call import JAIL_DYING, Errno, JailGet, Result
from jail_kernel.jail_get import host_view
from jail_kernel.jail_get_params import READ
from jail_kernel.kernel import Kernel
from jaildiff.kernels.registry import DESCRIPTORS, LEGACY, NEW, Model
from jaildiff.kernels.snapshot import (
    addrs4,
    addrs6,
    disable,
    fds_json,
    final_json,
    inherit,
    last_json,
    prison_json,
    procs_json,
    result_json,
    states_json,
    values_json,
)
from jaildiff.programs.commands.host_state import boot
from tests.programs import NESTED, ZOMBIE_5, cases, generated, program

both = pytest.mark.parametrize("model", [LEGACY, NEW], ids=["legacy", "new"])


def ran(model: Model, *lines: str) -> Kernel:
    """A kernel after these calls, all of which succeed."""
    k = Kernel()
    for call in program(*lines).calls:
        assert model.step(k, call).errno is None
    return k


def values_after(*lines: str) -> dict[str, object]:
    """The parameters of jail 1."""
    return values_json(host_view(ran(NEW, *lines).prid[1]))


# ANSWERS


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (Result(None, 5), {"errno": None, "ret": 5, "errmsg": None}),
        (Result(Errno.EINVAL), {"errno": "EINVAL", "ret": None, "errmsg": None}),
        (
            Result(None, 5, wanted=(("name", "\xc3\xa9"), ("persist", True), ("jid", 5))),
            {
                "errno": None,
                "ret": 5,
                "errmsg": None,
                "values": {"name": "é", "persist": True, "jid": 5},
            },
        ),
        (
            Result(None, 5, wanted=(("ip4.addr", (bytes([10, 0, 0, 1]),)), ("ip6.addr", ()))),
            {
                "errno": None,
                "ret": 5,
                "errmsg": None,
                "values": {"ip4.addr": ["10.0.0.1"], "ip6.addr": []},
            },
        ),
        (
            Result(None, 5, wanted=(("ip4.addr", 8), ("ip6.addr", 16), ("path", 16))),
            {
                "errno": None,
                "ret": 5,
                "errmsg": None,
                "values": {"ip4.addr": 2, "ip6.addr": 1, "path": 16},
            },
        ),
        (
            Result(Errno.ENOENT, None, "no"),
            {"errno": "ENOENT", "ret": None, "errmsg": "no"},
        ),
        (Result(None, None, "stop"), {"panic": "stop"}),
    ],
)
def test_result_json(result: Result, expected: dict[str, object]) -> None:
    """An answer has errno, ret and errmsg; a panic only its text."""
    found = result_json(result)
    assert found == expected
    assert type(found.get("errno")) in (str, type(None))
    assert result.panicked == ("panic" in expected)


def test_values() -> None:
    """An answer of jail_get has the values, by the names of parameters."""
    k = ran(NEW, NESTED[0])
    found: Any = result_json(NEW.step(k, program("p1: jail_get(0, jid=1)").calls[0]))
    assert found["values"]["name"] == "a"
    assert found["values"].keys() == values_json(host_view(k.prid[1])).keys()


def test_every_allow_parameter() -> None:
    """The permissions are listed one by one, on or off."""
    found = values_after('p1: jail_set(CREATE, name="a", persist, allow.mount)')
    assert {name for name in found if name.startswith("allow.")} == allow.BIT.keys()
    assert (found["allow.mount"], found["allow.suser"]) == (True, True)
    assert found["allow.raw_sockets"] is False


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ("", {"host": "new", "vnet": "inherit", "ip4": "disable", "ip6": "disable"}),
        (', host="inherit"', {"host": "inherit"}),
        (', vnet="new"', {"vnet": "new", "ip4": "inherit"}),
        (', ip4="inherit"', {"ip4": "inherit", "ip4.addr": []}),
        (', ip4="new"', {"ip4": "disable", "ip4.addr": []}),
        (
            ', ip4.addr=["10.0.0.2", "10.0.0.1"], ip6.addr=["2001:db8::1"]',
            {"ip4.addr": ["10.0.0.2", "10.0.0.1"], "ip6.addr": ["2001:db8::1"]},
        ),
        (', host.hostname="hüt"', {"host.hostname": "hüt"}),
        (', host.hostname="\\udcff"', {"host.hostname": "\udcff"}),
        (", securelevel=2, children.max=3", {"securelevel": 2, "children.max": 3}),
    ],
)
def test_parameters(params: str, expected: dict[str, object]) -> None:
    """A parameter reads as it is set, in the words of jail_get."""
    found = values_after(f"p1: jail_set(CREATE, persist{params})")
    assert {name: found[name] for name in expected} == expected


def test_dying() -> None:
    """`dying` is true of every jail that is not alive."""
    k = ran(NEW, *ZOMBIE_5, *NESTED)
    assert [values_json(host_view(k.prid[jid]))["dying"] for jid in (1, 5)] == [False, True]


def test_conversions() -> None:
    """jail_get never says that host or vnet is disabled, nor that an address list is new."""
    assert [inherit(True), inherit(False)] == ["new", "inherit"]
    assert [disable(True), disable(False)] == ["disable", "inherit"]
    assert addrs4(None) == addrs6(None) == []
    assert addrs4((b"\x7f\0\0\1",)) == ["127.0.0.1"]
    assert addrs6((b"\0" * 15 + b"\1",)) == ["::1"]


# STATES


def test_states() -> None:
    """The jail list is in the kernel's order, with full names and both reference counts."""
    k = ran(NEW, *ZOMBIE_5, *NESTED)
    assert states_json(k) == [
        [1, "a", 0, "alive", 2, 2, 1, 5, True],
        [2, "a.b", 1, "alive", 1, 1, 0, 2, True],
        [5, "a", 0, "dying", 1, 0, 0, 0, False],
    ]


def test_procs() -> None:
    """Each process is in a jail and in a state."""
    lines = (*NESTED, "p1: fork() = p2", "p2: jail_attach(2)", "p2: fork_begin() = p3")
    k = ran(NEW, *lines, "p1: jail_remove(2)")
    assert procs_json(k) == {"1": [0, "running"], "2": [2, "killed"], "3": [2, "new"]}


def test_fds() -> None:
    """The jail descriptors of each process that has any: jid and kind, 0 for a dead jail."""
    lines = (
        *ZOMBIE_5,
        'p1: jail_set(CREATE|OWN_DESC, desc=-1, name="c", persist)',
        "p1: jail_get(DYING|GET_DESC, desc=-1, jid=5)",
        "p1: jail_get(DYING|OWN_DESC, desc=-1, jid=5)",
        "p1: jail_get(GET_DESC, desc=-1, jid=1)",
        "p1: fork() = p3",
        "p3: close(0)",
        "p3: close(3)",
    )
    k = ran(DESCRIPTORS, *lines)
    both = {"4": [5, "dying"], "5": [5, "owndying"], "6": [1, ""]}
    assert fds_json(k) == {"1": {"3": [1, "own"]} | both, "3": both}
    assert fds_json(ran(DESCRIPTORS, *lines, "p1: jail_remove_jd(3)"))["1"]["3"] == [0, "own"]
    assert fds_json(ran(NEW, "p1: close(0)")) == {}


def test_texts_are_last_parameters() -> None:
    """meta and env stand among them, where they are set."""
    k = ran(DESCRIPTORS, 'p1: jail_set(CREATE, name="a", persist, meta="m")')
    values = final_json(k, DESCRIPTORS.allow)[1]
    assert (values["meta"], values.get("env"), values["allow.extattr"]) == ("m", None, False)


def test_a_descriptor_that_comes_back() -> None:
    """It stands beside the jid, or among what jail_get reads."""
    assert result_json(Result(None, 5, fd=3))["fd"] == 3
    k = ran(DESCRIPTORS, 'p1: jail_set(CREATE, name="a", persist, allow.extattr)')
    answer = result_json(
        DESCRIPTORS.step(k, program("p1: jail_get(GET_DESC, desc=9, jid=1)").calls[0])
    )
    values = answer["values"]
    assert isinstance(values, dict)
    assert (values["desc"], values["allow.extattr"]) == (3, True)
    assert "allow.adjtime" not in values


def test_last() -> None:
    """The old kernel has no counter for dying jails."""
    lines = ("poke(lastprid=7, lastdeadid=9)",)
    assert last_json(NEW, ran(NEW, *lines)) == [7, 9]
    assert last_json(LEGACY, ran(LEGACY, *lines)) == [7, -1]


def test_final() -> None:
    """In the end all is told of prison0 and of each jail, names in full, parents real."""
    k = ran(NEW, *NESTED)
    found = final_json(k)
    assert [(row["jid"], row["name"], row["parent"]) for row in found] == [
        (0, "0", -1),
        (1, "a", 0),
        (2, "a.b", 1),
    ]
    assert found[2] == prison_json(k, k.prid[2])
    assert "dying" not in found[0]
    assert (found[0]["state"], found[0]["pr_ref"], found[0]["pr_uref"]) == ("alive", 3, 3)
    assert (found[1]["ip4.restricted"], found[0]["ip6.restricted"]) == (True, False)


@pytest.mark.parametrize("case", ["P16", "I02", "N04", "D50", "P09"])
@both
def test_as_recorded(model: Model, case: str) -> None:
    """What the real kernel code held in the end is what a model holds, in the same words."""
    entry = cases()[case]
    k = Kernel()
    for call in entry.program.calls:
        model.step(k, call)
    recorded: Any = entry.recorded
    assert final_json(k) == recorded[model.key]["final"]
    assert states_json(k) == recorded[model.key]["states"][-1]


@both
def test_a_wish_for_everything_is_the_plain_answer(model: Model) -> None:
    """What a list of all names reads is, value by value, what is read without a list."""
    for some in generated(61, 150):
        k = boot(some)
        if any(model.step(k, call).panicked for call in some.calls):
            continue
        for pr in k.allprison:
            by = (("lastjid", pr.jid - 1),)
            plain = model.step(k, JailGet(1, JAIL_DYING, by))
            wishes = tuple((name, None) for name in sorted(READ))
            listed = model.step(k, JailGet(1, JAIL_DYING, by, wishes, plain=False))
            assert result_json(listed) == result_json(plain)
            both = model.step(k, JailGet(1, JAIL_DYING, by, wishes))
            assert result_json(both) == result_json(plain)
