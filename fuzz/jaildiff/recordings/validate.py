"""Check that a recording of an unknown kernel has the form of recording-format.md.

Any answer is accepted, even one that no model gives, as long as it is an answer.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, cast

from jail_kernel.call import JailGet
from jail_kernel.jail_get import host_view
from jail_kernel.jail_get_params import wished_names
from jail_kernel.kernel import Kernel
from jail_kernel.state import Prison, PrisonState, ProcState
from jaildiff.kernels.snapshot import final_json, values_json
from jaildiff.programs.commands.command import Op
from jaildiff.programs.program import FAMILIES, is_inet_address
from jaildiff.support.checks import is_text

Answers = Mapping[str, Any]  # a recording, as JSON
Row = Mapping[str, Any]  # what was recorded of one op: result, states, procs, last, or panic

LISTS = ("results", "states", "procs", "last", "fds")  # with an entry for each op
STATE = ("states", "procs", "last")
NO_DEADID = -1  # for a kernel without this counter
ERRNO = re.compile(r"E[A-Z0-9]{2,}")
FINAL_STATE = (
    "jid",
    "name",
    "parent",
    "state",
    "pr_ref",
    "pr_uref",
    "children.cur",
    "children.max",
    "persist",
)
STATE_TYPES = (int, str, int, str, int, int, int, int, bool)
TEMPLATE = values_json(host_view(Prison(0, None, 0)))
LAST = final_json(Kernel(1))[0]


def row_of(recorded: Mapping[str, Any], index: int) -> Row:
    """The part of a recording that is about one op."""
    if recorded.get("panic_op") == index:
        return {"panic": recorded.get("panic")}
    lists = {"result": "results", "states": "states", "procs": "procs", "last": "last"}
    return {what: recorded[name][index] for what, name in lists.items() if name in recorded}


def what_is_malformed(recorded: Mapping[str, Any], calls: Sequence[Op]) -> str | None:
    """Why this is not a valid recording of these calls; None if it is."""
    for index, call in enumerate(calls[: recorded.get("panic_op", len(calls) - 1) + 1]):
        wrong = wrong_row(row_of(recorded, index), call)
        if wrong is not None:
            return f"of op {index} {wrong}"
    final = recorded.get("final", [])
    if not isinstance(final, list) or not all(map(is_final, final)):
        return 'as "final" the parameters of each jail, as in recording-format.md'
    if not is_text(recorded.get("cleanup", "")) and recorded["cleanup"] is not None:
        return 'a text or null as "cleanup"'
    return None


def not_compared(
    recorded: Mapping[str, Any], calls: Sequence[Op], later: Collection[str] = ()
) -> set[str]:
    """The parameters that only the recording or only the models have, in what was read without a
    wish list; `later` are the permissions of the models that not every kernel has.
    """
    read = [
        answer["values"]
        for call, answer in zip(calls, recorded["results"], strict=False)
        if "values" in answer and not has_wishes(call)
    ]
    known, last = TEMPLATE.keys() | later, LAST.keys() | later
    found = {name for values in read for name in values.keys() ^ known}
    return found.union(*(values.keys() ^ last for values in recorded.get("final", ())))


def is_final(value: object) -> bool:
    """Whether these are all parameters of a jail."""
    if not isinstance(value, Mapping) or not are_values(value):
        return False
    state = final_state(value)
    restricted = (value.get(f"ip{family}.restricted", False) for family in (4, 6))
    if not all(type(flag) is bool for flag in restricted):
        return False
    return is_list(state, STATE_TYPES) and state[3] in (*PrisonState,)


def final_state(values: Mapping[str, Any]) -> list[Any]:
    """The state of a jail, from its final parameters."""
    return [values.get(name) for name in FINAL_STATE]


def has_wishes(call: Op) -> bool:
    """Whether this is a jail_get with a wish list."""
    return isinstance(call, JailGet) and (bool(call.want) or not call.plain)


def wrong_row(row: Row, call: Op) -> str | None:
    """Why this is not a valid row; None if it is."""
    if "panic" in row:
        return None if is_text(row["panic"]) else 'a text as "panic"'
    result = row["result"]
    if not isinstance(result, Mapping) or not is_answer(result, call):
        return "errno (a name or null), ret (a number or null), errmsg (a text or null), values"
    states = row.get("states", [])
    if not isinstance(states, list) or not all(map(is_state, states)):
        return f"states, each a list of {len(STATE_TYPES)}, as in recording-format.md"
    procs = row.get("procs", {})
    if not isinstance(procs, Mapping) or not all(map(is_proc, procs.items())):
        return 'procs {pid: [jid, "running", "killed" or "new"]}'
    if not is_list(row.get("last", [0, 0]), (int, int)):
        return "last, two numbers"
    return None


def is_answer(result: Mapping[str, Any], call: Op) -> bool:
    """Whether this is an answer to the call, of whatever kernel."""
    if not {"errno", "ret", "errmsg"} <= result.keys():
        return False
    errno, ret, errmsg = result["errno"], result["ret"], result["errmsg"]
    if not (errno is None or (isinstance(errno, str) and ERRNO.fullmatch(errno))):
        return False
    if not (type(ret) is int if errno is None else ret is None):
        return False
    values = result.get("values", {})
    if not (errmsg is None or is_text(errmsg)):
        return False
    if not isinstance(values, Mapping):
        return False
    if isinstance(call, JailGet) and not all(is_wanted(*value) for value in wished(call, values)):
        return False
    return are_values(values) if not isinstance(call, JailGet) or call.plain else True


def wished(call: JailGet, values: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """The values that a wish list asked for."""
    return ((name, values[name]) for name in wished_names(call) if name in values)


def is_wanted(name: str, value: object) -> bool:
    """Whether this may be the answer to a wish: addresses, their number, or a plain value."""
    if isinstance(value, list):
        return name in FAMILIES and all(is_inet_address(addr, name) for addr in value)
    return value is None or isinstance(value, int) or is_text(value)


def are_values(values: Mapping[str, Any]) -> bool:
    """Whether each parameter that is known has a value of its type."""
    known = {name: value for name, value in values.items() if name in TEMPLATE}
    if not all(type(value) is type(TEMPLATE[name]) for name, value in known.items()):
        return False
    if not all(is_text(value) for value in known.values() if isinstance(value, str)):
        return False
    return all(is_inet_address(addr, name) for name in FAMILIES for addr in known.get(name, ()))


def is_list(value: object, types: Sequence[type]) -> bool:
    """Whether this is a list of values of just these types."""
    return isinstance(value, list) and tuple(map(type, value)) == tuple(types)


def is_state(value: object) -> bool:
    """Whether this is the state of a jail."""
    if not is_list(value, STATE_TYPES):
        return False
    state = cast("list[str]", value)
    return is_text(state[1]) and state[3] in (*PrisonState,)


def is_proc(item: tuple[object, object]) -> bool:
    """Whether this is a process: its pid as text, its jail and state."""
    pid, place = item
    number = isinstance(pid, str) and re.fullmatch(r"-?[0-9]{1,18}", pid)
    return bool(number) and is_list(place, (int, str)) and cast("Any", place)[1] in (*ProcState,)


def what_is_wrong(recorded: object, calls: int) -> str | None:
    """Why this is not a valid recording of that many calls; None if it is."""
    if not isinstance(recorded, Mapping) or "results" not in recorded:
        return 'be an object with "results"'
    if ("panic" in recorded) != ("panic_op" in recorded):
        return 'have both "panic" and "panic_op", or neither'
    panic_op = recorded.get("panic_op", calls)
    if "panic" in recorded and (type(panic_op) is not int or not 0 <= panic_op < calls):
        return 'have as "panic_op" the number of an op'
    for what in LISTS:
        answers = recorded.get(what)
        if what in recorded and (not isinstance(answers, list) or len(answers) != panic_op):
            return f'have in "{what}" a list of {panic_op}, one for each op that was answered'
    return None
