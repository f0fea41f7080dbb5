"""Which calls a call depends on, judged by the processes, resources, jids and names in them."""

import re
from collections.abc import Sequence

from jail_kernel.call import (
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
)
from jaildiff.programs.commands.command import Op

Token = tuple[str, int | str]

NUMBER = re.compile("[0-9]{1,10}")
FIRST: Token = ("pid", 1)  # exists from boot, so naming it makes no dependency


def closure(calls: Sequence[Op], last: int) -> list[Op]:
    """The calls up to `last` that share a token with it, directly or through other calls."""
    named = [tokens(call) for call in calls[: last + 1]]
    needed = set(named[last])
    while True:
        known = len(needed)
        needed.update(*(names for names in named if names & needed))
        if len(needed) == known:
            break
    return [
        call
        for index, (call, names) in enumerate(zip(calls, named, strict=False))
        if names & needed or index == last
    ]


def tokens(call: Op) -> set[Token]:
    """All that a call names, except the first process."""
    named: set[Token] = set()
    match call:
        case JailSet(pid=pid, params=params):
            named = {("pid", pid)} | key_tokens(params)
        case JailGet(pid=pid, by=by):
            named = {("pid", pid)} | key_tokens(by)
        case JailAttachJd(pid=pid) | JailRemoveJd(pid=pid) | Close(pid=pid):
            named = {("pid", pid)}
        case JailAttach(pid=pid, jid=jid) | JailRemove(pid=pid, jid=jid):
            named = {("pid", pid), ("jid", jid)}
        case Fork(pid=pid, child=child) | ForkBegin(pid=pid, child=child):
            named = {("pid", pid), ("pid", child)}
        case ForkEnd(child=pid) | Exit(pid=pid):
            named = {("pid", pid)}
        case Hold(pid=pid, res=res):
            named = {("pid", pid), ("res", res)}
        case Drop(res=res):
            named = {("res", res)}
    return named - {FIRST}


def key_tokens(params: Sequence[tuple[str, object]]) -> set[Token]:
    """The jids and name components in parameters; a number counts as both."""
    named: set[Token] = set()
    for key, value in params:
        if key in ("jid", "lastjid") and isinstance(value, int):
            named |= {("jid", value), ("name", str(value))}
        elif key == "name" and isinstance(value, str):
            parts = value.split(".")
            named |= {("name", part) for part in parts}
            named |= {("jid", int(part)) for part in parts if NUMBER.fullmatch(part)}
    return named
