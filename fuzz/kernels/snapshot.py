"""What a kernel answers and holds, in the words of recorded traces (FORMAT.md)."""

import socket
from collections.abc import Callable

from fuzz.kernels.registry import Model
from fuzz.programs.op_language import answer_text
from prison import allow
from prison.call import Result, user_text
from prison.jail_conf import ADDR_SIZE
from prison.jail_get import VIEW_FIELDS, View, host_view
from prison.kernel import Kernel
from prison.reference import ALIVE
from prison.state import Prison

ADDR_LISTS = ("ip4.addr", "ip6.addr")


def result_json(result: Result) -> dict[str, object]:
    """One answer; a panic is {"panic": text}."""
    if result.panicked:
        return {"panic": result.errmsg}
    errno = None if result.errno is None else str(result.errno)
    answer: dict[str, object] = {"errno": errno, "ret": result.ret, "errmsg": result.errmsg}
    if result.values is not None or result.wanted is not None:
        read = {} if result.values is None else values_json(result.values)
        answer["values"] = read | {name: wanted_json(name, v) for name, v in result.wanted or ()}
    return answer


def answer_line(result: Result) -> str:
    """One answer as the op language writes it beside a line."""
    return answer_text(result_json(result))


def values_json(view: View) -> dict[str, object]:
    """The parameters that jail_get reads, by name."""
    field = dict(zip(VIEW_FIELDS, view, strict=True))
    bits = field["allow"]
    assert isinstance(bits, int)
    return {name: convert(field[key]) for name, (key, convert) in VALUES.items()} | {
        name: bool(bits & bit) for name, bit in allow.BIT.items()
    }


def wanted_json(name: str, value: object) -> object:
    """What came back for a wish; the length of an address list is the number of addresses."""
    if isinstance(value, tuple):
        return addrs4(value) if name.startswith("ip4") else addrs6(value)
    if type(value) is int:
        return value // ADDR_SIZE[name[:3]] if name in ADDR_LISTS else value
    return plain(value)


def plain(value: object) -> object:
    """A value as it is; strings become user text."""
    return user_text(value) if isinstance(value, str) else value


def inherit(own: object) -> str:
    """host and vnet: jail_get never says disable."""
    return "new" if own else "inherit"


def disable(user: object) -> str:
    """ip4 and ip6: jail_get never says new."""
    return "disable" if user else "inherit"


def addrs4(addrs: object) -> list[str]:
    """Packed IPv4 addresses in dotted form."""
    assert isinstance(addrs, tuple | None)
    return [socket.inet_ntop(socket.AF_INET, addr) for addr in addrs or ()]


def addrs6(addrs: object) -> list[str]:
    """Packed IPv6 addresses in text form."""
    assert isinstance(addrs, tuple | None)
    return [socket.inet_ntop(socket.AF_INET6, addr) for addr in addrs or ()]


VALUES: dict[str, tuple[str, Callable[[object], object]]] = {
    "jid": ("jid", plain),
    "name": ("name", plain),
    "parent": ("parent.jid", plain),
    "securelevel": ("securelevel", plain),
    "children.cur": ("childcount", plain),
    "children.max": ("childmax", plain),
    "enforce_statfs": ("enforce_statfs", plain),
    "devfs_ruleset": ("devfs_ruleset", plain),
    "osreldate": ("osreldate", plain),
    "host": ("host", inherit),
    "vnet": ("vnet", inherit),
    "ip4": ("ip4_user", disable),
    "ip6": ("ip6_user", disable),
    "persist": ("persist", plain),
    "ip4.saddrsel": ("ip4_saddrsel", plain),
    "ip6.saddrsel": ("ip6_saddrsel", plain),
    "dying": ("state", lambda state: state is not ALIVE),
    "path": ("path", plain),
    "host.hostname": ("hostname", plain),
    "host.domainname": ("domainname", plain),
    "host.hostuuid": ("hostuuid", plain),
    "host.hostid": ("hostid", plain),
    "osrelease": ("osrelease", plain),
    "ip4.addr": ("ip4", addrs4),
    "ip6.addr": ("ip6", addrs6),
}


def states_json(k: Kernel) -> list[list[object]]:
    """The jail list in allprison order."""
    return [
        [
            pr.jid,
            user_text(pr.name),
            pr.parent.jid,
            str(pr.state),
            pr.ref,
            pr.uref,
            pr.childcount,
            pr.childmax,
            pr.persist,
        ]
        for pr in k.allprison
    ]


def procs_json(k: Kernel) -> dict[str, list[object]]:
    """Where each process is."""
    return {str(p.pid): [p.cred.prison.jid, str(p.state)] for p in k.procs.values()}


def last_json(model: Model, k: Kernel) -> list[int]:
    """The jid counters."""
    return [k.lastprid, k.lastdeadid if model.has_deadid else -1]


def final_json(k: Kernel) -> list[dict[str, object]]:
    """All parameters of prison0 and of each jail, names in full."""
    return [prison_json(k, pr) for pr in (k.prison0, *k.allprison)]


def prison_json(k: Kernel, pr: Prison) -> dict[str, object]:
    """All parameters of one prison."""
    values = values_json(host_view(pr))
    del values["dying"]
    return values | {
        "parent": -1 if pr is k.prison0 else pr.parent.jid,
        "state": str(pr.state),
        "pr_ref": pr.ref,
        "pr_uref": pr.uref,
        "ip4.restricted": pr.ip4_restrict,
        "ip6.restricted": pr.ip6_restrict,
    }
