"""Events in the words of the recordings."""

from typing import Any

from jail_kernel.call import JailAttach, JailGet, JailRemove, JailSet, user_text
from jail_userland.events import (
    Called,
    Event,
    Executed,
    Exited,
    Forked,
    Killed,
    Left,
    ModuleLoaded,
    TimedOut,
    UserChanged,
)
from jaildiff.kernels.snapshot import result_json

FLAGS = {"create": 0x01, "update": 0x02, "attach": 0x04, "dying": 0x08}


def event_json(event: Event) -> dict[str, Any]:
    """One event."""
    match event:
        case Called():
            return call_json(event)
        case Forked(pid, child):
            return {"fork": pid, "child": child}
        case Executed():
            return exec_json(event)
        case UserChanged(uid, pid, whole):
            return {"setusercontext": uid, "pid": pid, "all": whole}
        case Left(pid, by, jid):
            return {"left": pid, "by": by, "in": jid}
        case Exited(pid, status, without_exec):
            note = {"without_exec": True} if without_exec else {}
            return {"exit": pid, "status": status} | note
        case Killed(pid, signal, by, jid):
            return {"kill": pid, "signal": signal, "by": by, "in": jid}
        case TimedOut(time):
            return {"timeout": time}
        case ModuleLoaded(name):
            return {"kldload": user_text(name)}


def exec_json(event: Executed) -> dict[str, Any]:
    """A command."""
    found: dict[str, Any] = {
        "exec": [user_text(word) for word in event.argv],
        "pid": event.pid,
        "in": event.jid,
    }
    if event.errno is not None:
        return found | {"errno": event.errno}
    found["exit"] = event.exit
    if event.background:
        found["bg"] = True
    if event.secs is not None:
        found["secs"] = event.secs
    return found


def call_json(event: Called) -> dict[str, Any]:
    """A system call with its answer."""
    call = event.call
    answer = result_json(event.result)
    got: Any = answer.pop("values", None)
    match call:
        case JailSet(pid, flags, params):
            names = [name for name, _ in params]
            values = [list(value) if isinstance(value, tuple) else value for _, value in params]
            pairs = list(zip(names, values, strict=True))
            passed: dict[str, Any] = {"params": dict(pairs)}
            if len(set(names)) < len(names):
                passed = {"params_list": [list(pair) for pair in pairs]}
            return {"call": "jail_set", "pid": pid, "flags": flag_names(flags)} | passed | answer
        case JailGet(pid, flags, by):
            asked = {"flags": flag_names(flags), "by": dict(by), "wants": [n for n, _ in call.want]}
            read = {} if event.result.errno is not None else {"got": got_json(got or {})}
            return {"call": "jail_get", "pid": pid} | asked | read | answer
        case JailAttach(pid, jid):
            return {"call": "jail_attach", "pid": pid, "jid": jid} | answer
        case JailRemove(pid, jid):
            return {"call": "jail_remove", "pid": pid, "jid": jid} | answer
    raise TypeError(call)


def got_json(got: dict[str, Any]) -> dict[str, Any]:
    """The values that were read; recordings have no value under the "no" name of a boolean."""
    return {
        name: None if isinstance(value, bool) and is_negated(name) else value
        for name, value in got.items()
    }


def is_negated(name: str) -> bool:
    """Whether this is the "no" name of a boolean.  No other boolean begins like that."""
    return name.rpartition(".")[2].startswith("no")


def flag_names(flags: int) -> list[str]:
    """The flags of a call."""
    return [name for name, bit in FLAGS.items() if flags & bit]
