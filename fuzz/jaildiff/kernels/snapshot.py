"""A kernel's answers and state as JSON, in the format of recorded traces (recording-format.md)."""

import socket
from collections.abc import Callable, Mapping

from jail_kernel import allow
from jail_kernel.call import Result, user_text
from jail_kernel.jail_conf import ADDR_SIZE
from jail_kernel.jail_get import VIEW_FIELDS, View, host_view
from jail_kernel.kernel import FileTable, Kernel
from jail_kernel.reference import ALIVE
from jail_kernel.state import File, Prison
from jaildiff.kernels.registry import Model
from jaildiff.programs.answer_language import answer_text
from jaildiff.programs.commands.command_result import CommandResult

ADDR_LISTS = ("ip4.addr", "ip6.addr")


def result_json(result: Result, names: Mapping[str, int] | None = None) -> dict[str, object]:
    """One answer; a panic is {"panic": text}, an undefined answer of a design {"undefined": text}.

    It shows the permissions in `names`; if that is None, those that every kernel knows and those
    later ones that the jail has.
    """
    if result.panicked:
        return {"undefined" if result.undefined else "panic": result.errmsg}
    if isinstance(result, CommandResult):
        return result.json()
    errno = None if result.errno is None else str(result.errno)
    answer: dict[str, object] = {"errno": errno, "ret": result.ret, "errmsg": result.errmsg}
    if result.values is not None or result.wanted is not None:
        read = (
            {}
            if result.values is None
            else values_json(result.values, names or names_in(result.values))
        )
        desc = {} if result.fd is None else {"desc": result.fd}
        wanted = {name: wanted_json(name, value) for name, value in result.wanted or ()}
        answer["values"] = read | desc | wanted
    elif result.fd is not None:
        answer["fd"] = result.fd
    return answer


def names_in(view: View) -> dict[str, int]:
    """The permissions that every kernel knows, and the later ones that a jail has."""
    bits = view[VIEW_FIELDS.index("allow")]
    assert isinstance(bits, int)
    return allow.BIT | {name: bit for name, bit in allow.LATER_BIT.items() if bits & bit}


def answer_rows(result: Result) -> str:
    """One answer in the op language; that of a command has several rows."""
    return answer_text(result_json(result))


def answer_line(result: Result) -> str:
    """The same in a single row."""
    return "  ".join(answer_rows(result).split("\n"))


def values_json(view: View, names: Mapping[str, int] = allow.BIT) -> dict[str, object]:
    """The parameters that jail_get reads, by name, including the permissions in `names`."""
    field = dict(zip(VIEW_FIELDS, view, strict=True))
    bits = field["allow"]
    assert isinstance(bits, int)
    return {name: convert(field[key]) for name, (key, convert) in VALUES.items()} | {
        name: bool(bits & bit) for name, bit in names.items()
    }


def wanted_json(name: str, value: object) -> object:
    """What came back for a wish; for addresses, a length is given as their number."""
    if isinstance(value, tuple):
        return addrs4(value) if name.startswith("ip4") else addrs6(value)
    if type(value) is int:
        return value // ADDR_SIZE[name[:3]] if name in ADDR_LISTS else value
    return plain(value)


def plain(value: object) -> object:
    """A value for JSON; strings become user text."""
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

# Users' names for the fields of a view; `state` is not here, as they read only dying or not.
PARAMETER = {field: name for name, (field, _) in VALUES.items() if name != "dying"}


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
    """The jail and state of each process."""
    return {str(p.pid): [p.cred.prison.jid, str(p.state)] for p in k.procs.values()}


def last_json(model: Model, k: Kernel) -> list[int]:
    """The jid counters."""
    return [k.lastprid, k.lastdeadid if model.has_deadid else -1]


def fds_json(k: Kernel) -> dict[str, dict[str, list[object]]]:
    """The jail descriptors of each process: their kind and jid (0 if the jail is dead)."""
    tables = {str(pid): table_json(table) for pid, table in k.fds.items()}
    return {pid: table for pid, table in tables.items() if table}


def table_json(table: FileTable) -> dict[str, list[object]]:
    """The jail descriptors of one process."""
    return {str(fd): desc_json(file) for fd, file in sorted(table.items()) if file is not None}


def desc_json(file: File) -> list[object]:
    """One jail descriptor."""
    kind = "own" if file.owning else ""
    if file.prison is None:
        return [0, kind]
    return [file.prison.jid, kind if file.prison.state is ALIVE else kind + "dying"]


def final_json(k: Kernel, names: Mapping[str, int] = allow.BIT) -> list[dict[str, object]]:
    """All parameters of prison0 and of each jail, with full names."""
    return [prison_json(k, pr, names) for pr in (k.prison0, *k.allprison)]


def prison_json(k: Kernel, pr: Prison, names: Mapping[str, int] = allow.BIT) -> dict[str, object]:
    """All parameters of one prison."""
    values = values_json(host_view(pr), names)
    del values["dying"]
    texts = {name: plain(text) for name, text in k.osd.get(pr, {}).items()}
    return (
        values
        | texts
        | {
            "parent": -1 if pr is k.prison0 else pr.parent.jid,
            "state": str(pr.state),
            "pr_ref": pr.ref,
            "pr_uref": pr.uref,
            "ip4.restricted": pr.ip4_restrict,
            "ip6.restricted": pr.ip6_restrict,
        }
    )
