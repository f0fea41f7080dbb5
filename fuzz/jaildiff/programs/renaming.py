"""Rename processes, resources, jids and jails, in programs and in answers.

A jail without a name is named by its jid, and a numeric name means a jid.  So digits are replaced
in both alike: if 5 replaces 3, then 3 and "3" become 5 and "5", and 30 and "a.30" become 50 and
"a.50".
"""

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

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
    Malformed,
    Poke,
    Result,
)
from jail_kernel.jail_get import VIEW_FIELDS
from jaildiff.programs.commands.command import Command, Op
from jaildiff.programs.program import Program

V = TypeVar("V")

JID_IN_TEXT = re.compile(r"(?<=jail )\d+|(?<=after )\d+|(?<=jid=)\d+")
NAME_PLACE = VIEW_FIELDS.index("name")
JID_PLACES = (VIEW_FIELDS.index("jid"), VIEW_FIELDS.index("parent.jid"))


@dataclass(frozen=True, slots=True)
class Renaming:
    """New names by old ones; anything not mentioned keeps its name."""

    pids: Mapping[int, int] = field(default_factory=dict)
    resources: Mapping[str, str] = field(default_factory=dict)
    jids: Mapping[int, int] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)  # components of names
    letters: Mapping[str, str] = field(default_factory=dict)  # of names
    digits: Mapping[str, str] = field(default_factory=dict)  # of jids and of names

    def __call__(self, program: Program) -> Program:
        """The program, renamed."""
        return replace(program, calls=tuple(map(self.call, program.calls)))

    def pid(self, pid: int) -> int:
        """A renamed process."""
        return self.pids.get(pid, pid)

    def resource(self, resource: str) -> str:
        """A renamed resource."""
        return self.resources.get(resource, resource)

    def jid(self, jid: int) -> int:
        """A renamed jid; 0 and negative numbers are not jids and stay as they are."""
        jid = self.jids.get(jid, jid)
        return int(translated(str(jid), self.digits)) if jid > 0 else jid

    def name(self, name: str) -> str:
        """A renamed jail name."""
        name = ".".join(self.parts.get(part, part) for part in name.split("."))
        return translated(name, {**self.letters, **self.digits})

    def call(self, call: Op) -> Op:
        """One call, renamed."""
        match call:
            case JailSet(pid, flags, params):
                return JailSet(self.pid(pid), flags, tuple(self.param(*pair) for pair in params))
            case JailGet(pid, _, by):
                by = tuple(self.param(*pair) for pair in by)
                return replace(call, pid=self.pid(pid), by=by)
            case JailAttach(pid, jid) | JailRemove(pid, jid):
                return type(call)(self.pid(pid), self.jid(jid))
            case JailAttachJd(pid, fd) | JailRemoveJd(pid, fd) | Close(pid, fd):
                return type(call)(self.pid(pid), fd)
            case Fork(pid, child) | ForkBegin(pid, child):
                return type(call)(self.pid(pid), self.pid(child))
            case ForkEnd(child):
                return ForkEnd(self.pid(child))
            case Exit(pid):
                return Exit(self.pid(pid))
            case Hold(pid, res):
                return Hold(self.pid(pid), self.resource(res))
            case Drop(res):
                return Drop(self.resource(res))
            case Poke() | Malformed() | Command():
                return call

    def param(self, key: str, value: V) -> tuple[str, V]:
        """A parameter, renamed if it is a jid or a name."""
        if (
            key in ("jid", "lastjid", "parent")
            and isinstance(value, int)
            and not isinstance(value, bool)
        ):
            return key, type(value)(self.jid(value))
        if key == "name" and isinstance(value, str):
            return key, type(value)(self.name(value))
        return key, value

    def answer(self, call: Op, result: Result) -> Result:
        """A kernel's answer to `call` (under the old names), renamed."""
        return self.result(
            result,
            pid=isinstance(call, Fork | ForkBegin | ForkEnd),
            jid=isinstance(call, JailSet | JailGet),
            lengths=[name for name, size in call.want if size == 0]
            if isinstance(call, JailGet)
            else (),
        )

    def result(
        self, result: Result, *, pid: bool, jid: bool, lengths: Container[str] = ()
    ) -> Result:
        """An answer, renamed.  Its number is a process if `pid`, a jail if `jid`.

        The wishes in `lengths` asked for a length, so their values are no names.
        """
        errno, ret, errmsg, values, wanted, fd = result
        if ret is not None:
            ret = self.pid(ret) if pid else self.jid(ret) if jid else ret
        if errmsg is not None:
            if '"' in errmsg:
                before, name, after = errmsg.split('"')
                errmsg = f'{before}"{self.name(name)}"{after}'
            errmsg = JID_IN_TEXT.sub(lambda found: str(self.jid(int(found[0]))), errmsg)
        if values is not None:
            view = list(values)
            view[NAME_PLACE] = self.name(str(view[NAME_PLACE]))
            for place in JID_PLACES:
                value = view[place]
                view[place] = self.jid(value) if isinstance(value, int) else value
            values = tuple(view)
        if wanted is not None:
            wanted = tuple(pair if pair[0] in lengths else self.param(*pair) for pair in wanted)
        return Result(errno, ret, errmsg, values, wanted, fd)


def translated(text: str, characters: Mapping[str, str]) -> str:
    """The text with some characters replaced by others."""
    return text.translate({ord(one): other for one, other in characters.items()})
