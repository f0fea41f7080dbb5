"""The ops of programs: which are well-formed, and which can be performed."""

from __future__ import annotations

import re
from typing import Any

from jaildiff.recordings.recorder.jids import JAIL_MAX
from jaildiff.recordings.recorder.system import LINK

FLAG_BITS = {
    "create": 0x01,
    "update": 0x02,
    "attach": 0x04,
    "dying": 0x08,
    "use_desc": 0x10,
    "at_desc": 0x20,
    "get_desc": 0x40,
    "own_desc": 0x80,
}
OP_FIELDS: dict[str, dict[str, Any]] = {  # the fields of each op, with the types of their values
    "jail_set": {"pid": int, "flags": (int, list), "params": dict},
    "jail_get": {"pid": int, "flags": (int, list), "by": dict},
    "jail_attach": {"pid": int, "jid": int},
    "jail_remove": {"pid": int, "jid": int},
    "fork": {"pid": int, "child": int},
    "exit": {"pid": int},
    "hold": {"pid": int, "res": str},
    "drop": {"res": str},
    "jail_attach_jd": {"pid": int, "fd": int},
    "jail_remove_jd": {"pid": int, "fd": int},
    "close": {"pid": int, "fd": int},
}
KEYS: dict[str, Any] = {"jid": int, "lastjid": int, "name": str, "desc": (int, str)}
NOT_DONE = ("fork_begin", "fork_end", "poke")
ROOM = 10_000  # jids above the machine's last one that no program may name


def is_well_formed(op: Any) -> bool:
    """Whether an op has the fields that it should have."""
    fields = OP_FIELDS.get(str(op.get("op"))) if isinstance(op, dict) else None
    if fields is None or set(op) != {"op", *fields}:
        return False
    if not all(is_a(op[name], kind) for name, kind in fields.items()):
        return False
    flags = op.get("flags", [])
    if isinstance(flags, list) and not all(is_a(f, int) or f in FLAG_BITS for f in flags):
        return False
    if any(not is_a(value, KEYS.get(key, ())) for key, value in op.get("by", {}).items()):
        return False
    return all(is_value(value) for value in op.get("params", {}).values())


def is_a(value: Any, kind: Any) -> bool:
    """Whether a value is of a type, where a boolean is no number."""
    return isinstance(value, kind) and not isinstance(value, bool)


def is_value(value: Any) -> bool:
    """Whether this can be the value of a parameter."""
    if isinstance(value, list):
        return all(isinstance(item, str) for item in value)
    return value is None or isinstance(value, (bool, int, str))


def bits(flags: Any) -> int:
    """The flags of a call as a number."""
    found = 0
    for flag in flags if isinstance(flags, list) else [flags]:
        found |= FLAG_BITS.get(flag, 0) if isinstance(flag, str) else flag
    return found & 0xFFFFFFFF


def why_not(program: dict[str, Any], last: int) -> str | None:
    """The reason why a program cannot be performed on this machine; None if it can."""
    if program.get("jail_max", JAIL_MAX) != JAIL_MAX:
        return "it is for a kernel with another JAIL_MAX"
    for op in program["ops"]:
        kind = op.get("op") if isinstance(op, dict) else None
        if kind in NOT_DONE:
            return f"no system call does what {kind} does"
        if kind == "command":
            return "it has commands"
        if kind == "jail_get" and set(op) & {"want", "only"}:
            return "it has wish lists"
        if not is_well_formed(op):
            continue
        params, by = op.get("params", {}), op.get("by", {})
        if any(int(digits) > JAIL_MAX for digits in re.findall("[0-9]+", str(params.get("name")))):
            return f"its name {params['name']} is a jid only after an overflow"
        if LINK in (params.get("desc"), by.get("desc"), op.get("fd")):
            return f"its descriptor {LINK} is the recorder's own"
        jid = params.get("jid")
        if isinstance(jid, int) and last < jid <= last + ROOM:
            return f"its jid {jid} is where the machine's automatic jids are now"
    return None
