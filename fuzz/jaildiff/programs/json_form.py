"""The JSON form of programs: format 1 of the recorded traces.  recording-format.md."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence

from jail_kernel.call import (
    Call,
    Close,
    Drop,
    Exit,
    Fork,
    ForkBegin,
    ForkEnd,
    Hold,
    JailAttach,
    JailAttachJd,
    JailGet,
    JailRemove,
    JailRemoveJd,
    JailSet,
    Malformed,
    Params,
    Poke,
    Value,
    Wish,
)
from jaildiff.programs.commands.command import Command, Op
from jaildiff.programs.commands.command_json import (
    SETUP_FIELDS,
    RefusedError,
    command_from_json,
    command_to_json,
    setup_from_json,
    setup_to_json,
)
from jaildiff.programs.program import (
    FLAGS,
    FLAGS_KNOWN,
    ITEMS_MAX,
    JAIL_MAX,
    KERNELS,
    OP_NAMES,
    OPS_MAX,
    Program,
)
from jaildiff.support.checks import is_short_integer, is_text
from jaildiff.support.errors import InputError, mismatch, suggestion
from jaildiff.support.json_lines import NESTING_MAX, nests_too_deep

FORMAT = 1

COLUMNS = ("legacy", "new", "descriptors")  # kernels whose answers may come with a program
EARLIER = {"old": "legacy", "main": "descriptors"}  # names of kernels in earlier recordings
PROGRAM_FIELDS = ("format", "id", "jail_max", "kernels", *SETUP_FIELDS, "ops")


def program_from_json(value: object, columns: Sequence[str] | None = COLUMNS) -> Program:
    """The program in one object of a traces file (recording-format.md).

    Raises InputError without a place if it is not a program of format 1, or has a field that is
    not in `columns` (None allows any).  A malformed op is no error: it becomes a `Malformed` call.
    """
    if not isinstance(value, dict):
        raise _wrong("an object", value)
    version = value.get("format")
    if not is_short_integer(version) or version != FORMAT:
        raise _wrong(f'"format": {FORMAT}', version)
    fields = (*PROGRAM_FIELDS, *(columns or ()))
    for name in () if columns is None else value:
        if kernel_called(name) not in fields:
            raise _wrong(f"the fields {', '.join(fields)}", name, suggestion(name, fields))
    ident, jail_max, ops = value.get("id"), value.get("jail_max", JAIL_MAX), value.get("ops")
    if not is_text(ident):
        raise _wrong('a string as "id"', ident)
    if not is_short_integer(jail_max) or not 1 <= jail_max <= JAIL_MAX:
        raise _wrong(f'1 to {JAIL_MAX} as "jail_max"', jail_max)
    if not isinstance(ops, list):
        raise _wrong('a list as "ops"', ops)
    kernels = _kernels(value["kernels"]) if "kernels" in value else KERNELS
    return Program(ident, _calls(ops), jail_max, kernels, setup_from_json(value))


def kernel_called(name: str) -> str:
    """A kernel's name, from the one that a recording or a user gives it."""
    return EARLIER.get(name, name)


def _kernels(value: object) -> tuple[str, str]:
    if not isinstance(value, list) or len(value) != len(KERNELS) or not all(map(is_text, value)):
        raise _wrong('[OLD, NEW] as "kernels"', value)
    old, new = value
    return old, new


def program_to_json(program: Program) -> dict[str, object]:
    """The inverse of `program_from_json`."""
    kernels = {} if program.kernels == KERNELS else {"kernels": list(program.kernels)}
    return {
        "format": FORMAT,
        "id": program.id,
        "jail_max": program.jail_max,
        **kernels,
        **setup_to_json(program.setup),
        "ops": [call_to_json(call) for call in program.calls],
    }


def op_from_json(op: object) -> Op:
    """The command that a JSON op describes, or the call, as in `call_from_json`."""
    try:
        if isinstance(op, dict) and op.get("op") == "command":
            return command_from_json(op)
    except RefusedError:
        pass
    return call_from_json(op)


def call_from_json(op: object) -> Call:
    """The call that a JSON op describes; `Malformed` if the recorder would answer EBADOP.

    Raises InputError without a place if it exceeds our limits.  recording-format.md, Ops.
    """
    try:
        return _well_formed(op)
    except RefusedError:
        if nests_too_deep(op):
            raise _wrong(f"values nested at most {NESTING_MAX} deep", op) from None
        return Malformed(json.dumps(op))


def call_to_json(call: Op) -> object:
    """The JSON op of a call: a dict, unless the call is Malformed.  recording-format.md, Ops."""
    match call:
        case Command():
            return command_to_json(call)
        case JailSet(pid, flags, params):
            values = {k: list(v) if isinstance(v, tuple) else v for k, v in params}
            return {"op": "jail_set", "pid": pid, "flags": _flag_list(flags), "params": values}
        case JailGet(pid, flags, by, want, plain):
            wishes = [name if size is None else [name, size] for name, size in want]
            listed = {"want" if plain else "only": wishes} if want or not plain else {}
            get = {"op": "jail_get", "pid": pid, "flags": _flag_list(flags), "by": dict(by)}
            return get | listed
        case JailAttach(pid, jid):
            return {"op": "jail_attach", "pid": pid, "jid": jid}
        case JailRemove(pid, jid):
            return {"op": "jail_remove", "pid": pid, "jid": jid}
        case JailAttachJd(pid, fd) | JailRemoveJd(pid, fd) | Close(pid, fd):
            return {"op": OP_NAMES[type(call)], "pid": pid, "fd": fd}
        case Fork(pid, child):
            return {"op": "fork", "pid": pid, "child": child}
        case ForkBegin(pid, child):
            return {"op": "fork_begin", "pid": pid, "child": child}
        case ForkEnd(child):
            return {"op": "fork_end", "child": child}
        case Exit(pid):
            return {"op": "exit", "pid": pid}
        case Hold(pid, res):
            return {"op": "hold", "pid": pid, "res": res}
        case Drop(res):
            return {"op": "drop", "res": res}
        case Poke(lastprid, lastdeadid):
            counters = {"lastprid": lastprid, "lastdeadid": lastdeadid}
            return {"op": "poke"} | {k: v for k, v in counters.items() if v is not None}
        case Malformed(text):
            return json.loads(text)


def _wrong(expected: str, found: object, hint: str = "") -> InputError:
    return InputError("", 0, 0, mismatch(expected, found) + hint)


def _well_formed(op: object) -> Call:
    if not isinstance(op, dict):
        raise RefusedError
    kind = op.get("op")
    if not isinstance(kind, str) or kind not in _OPS:
        raise RefusedError
    make, readers = _OPS[kind]
    names = op.keys() - {"op"}
    if kind == "poke" and names:
        readers = {name: readers[name] for name in names if name in readers}
    if kind == "jail_get" and len(names & _LISTS) == 1:
        readers = {**readers, **dict.fromkeys(names & _LISTS, _wishes)}
    if names != readers.keys():
        raise RefusedError
    return make(**{name: read(op[name]) for name, read in readers.items()})


def _calls(ops: Sequence[object]) -> tuple[Op, ...]:
    if len(ops) > OPS_MAX:
        raise InputError("", 0, 0, f"expected at most {OPS_MAX} ops, found {len(ops)}")
    calls: list[Op] = []
    try:
        for op in ops:
            calls.append(op_from_json(op))  # noqa: PERF401  # an error needs len(calls)
    except InputError as error:
        raise InputError("", 0, 0, f"op {len(calls)}: {error.message}") from None
    return tuple(calls)


def _integer(value: object) -> int:
    if not is_short_integer(value):
        raise RefusedError
    return value


def _text(value: object) -> str:
    if not is_text(value):
        raise RefusedError
    return value


def _flags(value: object) -> int:
    flags = 0
    for item in value if isinstance(value, list) else [_integer(value)]:
        bits = FLAGS.get(item) if isinstance(item, str) else _integer(item)
        if bits is None:
            raise RefusedError
        flags |= bits
    return flags


def _flag_list(flags: int) -> list[str | int]:
    names: list[str | int] = [name for name, bit in FLAGS.items() if flags & bit]
    rest = flags & ~FLAGS_KNOWN
    return [*names, rest] if rest else names


def _params(value: object) -> Params:
    if not isinstance(value, dict):
        raise RefusedError
    _check_items(value, "parameters")
    return tuple((_text(name), _param(item)) for name, item in value.items())


def _check_items(items: Collection[object], what: str) -> None:
    if len(items) > ITEMS_MAX:
        raise InputError("", 0, 0, f"expected at most {ITEMS_MAX} {what}, found {len(items)}")


def _param(value: object) -> Value:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, list):
        _check_items(value, "texts in a list")
        return tuple(_text(item) for item in value)
    return _text(value) if isinstance(value, str) else _integer(value)


def _by(value: object) -> tuple[tuple[str, int | str], ...]:
    if not isinstance(value, dict) or not value.keys() <= _KEYS.keys():
        raise RefusedError
    return tuple((key, _KEYS[key](item)) for key, item in value.items())


def _desc(value: object) -> int | str:
    return _text(value) if isinstance(value, str) else _integer(value)


def _wishes(value: object) -> tuple[Wish, ...]:
    if not isinstance(value, list):
        raise RefusedError
    return tuple(map(_wish, value))


def _wish(value: object) -> Wish:
    if isinstance(value, str):
        return _text(value), None
    if not isinstance(value, list) or len(value) != 2:
        raise RefusedError
    name, size = _text(value[0]), _integer(value[1])
    if size < 0:
        raise RefusedError
    return name, size


def _jail_get(
    pid: int,
    flags: int,
    by: tuple[tuple[str, int | str], ...],
    want: tuple[Wish, ...] = (),
    only: tuple[Wish, ...] | None = None,
) -> JailGet:
    if only is None:
        return JailGet(pid, flags, by, want)
    return JailGet(pid, flags, by, only, plain=False)


_KEYS: Mapping[str, Callable[[object], int | str]] = {
    "jid": _integer,
    "name": _text,
    "lastjid": _integer,
    "desc": _desc,
}
_LISTS = frozenset({"want", "only"})  # wish lists; a jail_get has at most one
_Readers = Mapping[str, Callable[[object], object]]
_OPS: Mapping[str, tuple[Callable[..., Call], _Readers]] = {
    "jail_set": (JailSet, {"pid": _integer, "flags": _flags, "params": _params}),
    "jail_get": (_jail_get, {"pid": _integer, "flags": _flags, "by": _by}),
    "jail_attach": (JailAttach, {"pid": _integer, "jid": _integer}),
    "jail_remove": (JailRemove, {"pid": _integer, "jid": _integer}),
    "jail_attach_jd": (JailAttachJd, {"pid": _integer, "fd": _integer}),
    "jail_remove_jd": (JailRemoveJd, {"pid": _integer, "fd": _integer}),
    "close": (Close, {"pid": _integer, "fd": _integer}),
    "fork": (Fork, {"pid": _integer, "child": _integer}),
    "fork_begin": (ForkBegin, {"pid": _integer, "child": _integer}),
    "fork_end": (ForkEnd, {"child": _integer}),
    "exit": (Exit, {"pid": _integer}),
    "hold": (Hold, {"pid": _integer, "res": _text}),
    "drop": (Drop, {"res": _text}),
    "poke": (Poke, {"lastprid": _integer, "lastdeadid": _integer}),
}
