"""The op language: one call per line, written as truss(1) would show it.

It is the format of the corpus, of reproducers and of the examples in the manual:

    # A comment belongs to the op below it.
    jaildiff 1
    kernels legacy new
    JAIL_MAX 6
    id "a-story"

    p1: fork() = p2
    p2: jail_set(CREATE|ATTACH, jid=5, name="a", ip4.addr=["10.0.0.1"], persist)  # why
    p1: jail_set(CREATE, jid=5, persist, allow.mount=false, securelevel=null)
        old  EEXIST "jail 5 already exists"
        new  5
        !    root intended dying-jid-renumbered

The settings below the version may be left out: these kernels, 999999 and the file's name are what
is meant then.  Strings are JSON strings.  A parameter alone is true, flags that have no name are
numbers (0x300), and so are no flags (0).  What is no address cannot be written as one; a call that
a recording makes with such a text is written as `json {"op": "jail_set", ...}`.

    p1: jail_get(0, jid=5, only path:16, ip4.addr:0, name)
    p1: jail_get(0, jid=5, want meta)

A wish list names parameters, each with the size of its buffer in bytes; without a size
the buffer always fits, and 0 is no buffer, which asks for the length of the value.
`only` reads these and nothing else, as jls(8) does.  `want` reads them beside everything
that a jail_get without a list reads.

    p1: jail_set(CREATE|GET_DESC, desc=-1, jid=5, persist)
        descriptors  5 {desc=3}
    p1: jail_get(USE_DESC, desc=3)
    p2: jail_attach_jd(3)
    p1: jail_remove_jd(3)
    p1: close(3)

A descriptor is the number that a call left in `desc`; programs name it by its number.  A kernel
without descriptors answers as 14 does: ENOSYS to jail_attach_jd and jail_remove_jd, EINVAL to the
flags USE_DESC, AT_DESC, GET_DESC and OWN_DESC, and close(2) knows the files 0, 1 and 2 only.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Final

from fuzz.programs.json_form import FORMAT, call_to_json
from fuzz.programs.op_scanner import NAME, Scanner, json_op
from fuzz.programs.program import (
    ADDRESSES,
    FLAGS,
    FLAGS_KNOWN,
    JAIL_MAX,
    KERNELS,
    OP_NAMES,
    OPS_MAX,
    Program,
    is_inet_address,
)
from fuzz.support.errors import InputError, mismatch, suggestion
from prison.call import (
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
    Poke,
    Value,
)

FILE_MAX = 16 << 20
LINE_MAX = 1 << 20
LINES_MAX = 1_000_000

# What jail_get(2) answers for a jail that was created with nothing but a name and
# persist (program G01 of the recorded traces); jid and name have no usual value.
PLAIN: Final[Mapping[str, object]] = {
    "parent": 0,
    "securelevel": -1,
    "children.cur": 0,
    "children.max": 0,
    "enforce_statfs": 2,
    "devfs_ruleset": 0,
    "osreldate": 1400097,
    "host": "new",
    "vnet": "inherit",
    "ip4": "disable",
    "ip6": "disable",
    "persist": True,
    "ip4.saddrsel": True,
    "ip6.saddrsel": True,
    "dying": False,
    "path": "/",
    "host.hostname": "",
    "host.domainname": "",
    "host.hostuuid": "00000000-0000-0000-0000-000000000000",
    "host.hostid": 0,
    "osrelease": "14.0-RELEASE",
    "ip4.addr": [],
    "ip6.addr": [],
    "allow.set_hostname": True,
    "allow.sysvipc": False,
    "allow.raw_sockets": False,
    "allow.chflags": False,
    "allow.mount": False,
    "allow.quotas": False,
    "allow.socket_af": False,
    "allow.mlock": False,
    "allow.reserved_ports": True,
    "allow.read_msgbuf": False,
    "allow.unprivileged_proc_debug": True,
    "allow.suser": True,
    "allow.nfsd": False,
    "allow.mount.devfs": False,
    "allow.mount.fdescfs": False,
    "allow.mount.nullfs": False,
    "allow.mount.procfs": False,
    "allow.mount.tmpfs": False,
    "allow.mount.zfs": False,
}


@dataclass(frozen=True, slots=True)
class Line:
    """One op with what is written around it; `number` is its line in the file, or 0."""

    call: Call
    before: tuple[str, ...] = ()  # comment and blank lines above it, as they are
    comment: str | None = None  # at the end of its line, without # and outer blanks
    old: str | None = None
    new: str | None = None
    verdicts: tuple[str, ...] = ()
    number: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Script:
    """A program file: the calls, and the story told around them."""

    id: str
    jail_max: int = JAIL_MAX
    head: tuple[str, ...] = ()  # lines above the format version
    lines: tuple[Line, ...] = ()
    tail: tuple[str, ...] = ()  # lines below the last op
    kernels: tuple[str, str] = KERNELS  # whose answers and verdicts stand beside the lines

    @property
    def program(self) -> Program:
        """The calls alone."""
        calls = tuple(line.call for line in self.lines)
        return Program(self.id, calls, self.jail_max, self.kernels)


def script_of(program: Program) -> Script:
    """A program as a script without a story."""
    lines = tuple(map(Line, program.calls))
    return Script(program.id, program.jail_max, lines=lines, kernels=program.kernels)


# ---- writing


def render(script: Script) -> str:
    """The canonical text of a script; `parse` reads it back as an equal script."""
    rows = [*script.head, f"jaildiff {FORMAT}"]
    if script.kernels != KERNELS:
        rows.append(f"kernels {' '.join(script.kernels)}")
    if script.jail_max != JAIL_MAX:
        rows.append(f"JAIL_MAX {script.jail_max}")
    rows.append(f"id {quoted(script.id)}")
    for line in script.lines:
        rows += line_rows(line)
    rows += script.tail
    return "\n".join(rows) + "\n"


def line_rows(line: Line) -> list[str]:
    """An op, with what is written above, behind and below it."""
    comment = "" if line.comment is None else f"  # {line.comment}".rstrip()
    rows = [*line.before, call_text(line.call) + comment]
    if line.old is not None and line.old == line.new:
        rows.append(f"    both {line.old}")
    else:
        rows += [f"    old  {line.old}"] if line.old is not None else []
        rows += [f"    new  {line.new}"] if line.new is not None else []
    return rows + [f"    !    {verdict}" for verdict in line.verdicts]


def call_text(call: Call) -> str:
    """One op in the op language, without comment or line end."""
    match call:
        case JailSet(_, _, params) if not all(map(_is_writable, params)):
            return f"json {json.dumps(call_to_json(call))}"
        case JailSet(pid, flags, params):
            items = [_flags_text(flags), *(param_text(*pair) for pair in params)]
            return f"p{pid}: jail_set({', '.join(items)})"
        case JailGet(pid, flags, by, want, plain):
            items = [_flags_text(flags), *(f"{key}={value_text(value)}" for key, value in by)]
            if want or not plain:
                wishes = ", ".join(wish_text(*wish) for wish in want)
                items.append(f"{'want' if plain else 'only'} {wishes}".rstrip())
            return f"p{pid}: jail_get({', '.join(items)})"
        case JailAttach(pid, jid):
            return f"p{pid}: jail_attach({jid})"
        case JailRemove(pid, jid):
            return f"p{pid}: jail_remove({jid})"
        case JailAttachJd(pid, fd) | JailRemoveJd(pid, fd) | Close(pid, fd):
            return f"p{pid}: {OP_NAMES[type(call)]}({fd})"
        case Fork(pid, child):
            return f"p{pid}: fork() = p{child}"
        case ForkBegin(pid, child):
            return f"p{pid}: fork_begin() = p{child}"
        case ForkEnd(child):
            return f"p{child}: fork_end()"
        case Exit(pid):
            return f"p{pid}: exit()"
        case Hold(pid, res):
            return f"p{pid}: hold({name_text(res)})"
        case Drop(res):
            return f"drop({name_text(res)})"
        case Poke(lastprid, lastdeadid):
            counters = (("lastprid", lastprid), ("lastdeadid", lastdeadid))
            return f"poke({', '.join(f'{k}={v}' for k, v in counters if v is not None)})"
        case Malformed(text):
            return f"json {text}"


def _is_writable(param: tuple[str, Value]) -> bool:
    """Whether a parameter has no address that is none, as a recording may have."""
    name, value = param
    if name not in ADDRESSES or not isinstance(value, tuple):
        return True
    return all(is_inet_address(addr, name) for addr in value)


def answer_text(answer: Mapping[str, object]) -> str:
    """An answer of FORMAT.md as the op language shows it: `EINVAL "text"`, `5 {name="a"}`.

    Of the values of a jail_get that reads everything only those are shown that are not as in
    PLAIN, and jid only if it is not the returned one: nothing is lost.  What is read by a
    wish list alone is shown whole.  {"panic": text} gives `panic: text`, {"undefined": text} the
    text.
    """
    if "undefined" in answer:
        return str(answer["undefined"])
    if "panic" in answer:
        return f"panic: {answer['panic']}"
    ret = value_text(answer["ret"])
    text = ret if answer["errno"] is None else str(answer["errno"])
    if answer.get("errmsg") is not None:
        text += f" {value_text(answer['errmsg'])}"
    if "fd" in answer:
        text += f" {{desc={answer['fd']}}}"
    values = answer.get("values")
    if isinstance(values, Mapping):
        shown = {name: value_text(values[name]) for name in sorted(values)}
        usual = _PLAIN_TEXT | {"jid": ret} if PLAIN.keys() <= values.keys() else {}
        text += f" {{{', '.join(f'{k}={v}' for k, v in shown.items() if v != usual.get(k))}}}"
    return text


def value_text(value: object) -> str:
    """A value as the op language shows it."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(value_text, value))}]"
    return json.dumps(value)


def quoted(text: str) -> str:
    """A JSON string; in ASCII if anything in it does not print."""
    return json.dumps(text, ensure_ascii=not text.isprintable())


def name_text(name: str) -> str:
    """A name as it is, or quoted if it needs that."""
    return name if NAME.fullmatch(name) else quoted(name)


def param_text(name: str, value: Value) -> str:
    """A parameter: name=value, or the name alone for true."""
    return name_text(name) + ("" if value is True else f"={value_text(value)}")


def wish_text(name: str, size: int | None) -> str:
    """A wish: the name, and the size of the buffer if it is given."""
    return name_text(name) + ("" if size is None else f":{size}")


def _flags_text(flags: int) -> str:
    names = [name.upper() for name, bit in FLAGS.items() if flags & bit]
    rest = flags & ~FLAGS_KNOWN
    return "|".join([*names, f"{rest:#x}"] if rest else names) or "0"


_PLAIN_TEXT = {name: value_text(value) for name, value in PLAIN.items()}


# ---- reading


def parse(text: str, path: str) -> Script:
    """The script that a text in the op language is; `path` names it in errors.

    Raises InputError, and nothing else, at the first thing that is wrong with it.
    """
    if len(text) > FILE_MAX:
        raise InputError(path, 0, 0, f"expected at most {FILE_MAX} characters, found {len(text)}")
    if text.count("\n") > LINES_MAX:
        message = f"expected at most {LINES_MAX} lines, found more"
        raise InputError(path, LINES_MAX + 1, 0, message)
    reader = _Reader(path)
    for number, row in enumerate(text.removesuffix("\n").split("\n"), 1):
        reader.read(number, row)
    if reader.head is None:
        raise InputError(path, 0, 0, f"expected 'jaildiff {FORMAT}', found end of file")
    return Script(
        id=PurePath(path).stem if reader.id is None else reader.id,
        jail_max=JAIL_MAX if reader.jail_max is None else reader.jail_max,
        head=reader.head,
        lines=tuple(draft.line() for draft in reader.drafts),
        tail=tuple(reader.pending),
        kernels=reader.kernels or KERNELS,
    )


_SIDES = {"old": {"old"}, "new": {"new"}, "both": {"old", "new"}}


@dataclass(slots=True)
class _Draft:
    """A line whose expectations are still being read."""

    call: Call
    before: tuple[str, ...]
    comment: str | None
    number: int
    answers: dict[str, str] = field(default_factory=dict)
    verdicts: list[str] = field(default_factory=list)

    def line(self) -> Line:
        old, new, verdicts = self.answers.get("old"), self.answers.get("new"), tuple(self.verdicts)
        return Line(self.call, self.before, self.comment, old, new, verdicts, self.number)


@dataclass(slots=True)
class _Reader:
    """What has been read of a file so far; `head` is None until the format version."""

    path: str
    head: tuple[str, ...] | None = None
    id: str | None = None
    jail_max: int | None = None
    kernels: tuple[str, str] | None = None
    drafts: list[_Draft] = field(default_factory=list)
    pending: list[str] = field(default_factory=list)  # comments of what comes next

    def read(self, number: int, row: str) -> None:
        if len(row) > LINE_MAX:
            message = f"expected at most {LINE_MAX} characters in a line, found {len(row)}"
            raise InputError(self.path, number, 0, message)
        text = row.strip()
        if not text or text[0] == "#":
            self.pending.append(row)
        elif self.head is None:
            self.version(Scanner(self.path, number, row))
        elif row[0].isspace():
            self.expectation(number, row)
        else:
            self.setting_or_op(number, Scanner(self.path, number, row))

    def version(self, scan: Scanner) -> None:
        scan.word(f"'jaildiff {FORMAT}'", ("jaildiff",))
        scan.word(f"format version {FORMAT}", (str(FORMAT),))
        scan.end(comment=False)
        self.head = tuple(self.pending)
        self.pending.clear()

    def setting_or_op(self, number: int, scan: Scanner) -> None:
        name = scan.tokens[0]
        if name == "json":
            self.add(number, *json_op(scan))
            return
        known = {"JAIL_MAX": self.jail_max, "id": self.id, "kernels": self.kernels}
        if name not in known:
            self.add(number, scan.op(), scan.end())
            return
        if self.drafts:
            raise scan.error("settings above the first op")
        if known[name] is not None:
            raise scan.error("each setting once")
        scan.want(name)
        if name == "id":
            self.id = scan.name()
        elif name == "kernels":
            self.kernels = (scan.kernel(), scan.kernel())
        else:
            self.jail_max = scan.integer()
            if not 1 <= self.jail_max <= JAIL_MAX:
                raise scan.error(f"1 to {JAIL_MAX}", back=1)
        scan.end(comment=False)

    def add(self, number: int, call: Call, comment: str | None) -> None:
        if len(self.drafts) == OPS_MAX:
            raise InputError(self.path, number, 0, f"expected at most {OPS_MAX} ops, found more")
        self.drafts.append(_Draft(call, tuple(self.pending), comment, number))
        self.pending.clear()

    def expectation(self, number: int, row: str) -> None:
        tag, *rest = row.split(None, 1)
        column = row.index(tag) + 1
        if not self.drafts or self.pending:
            message = mismatch("an op directly above this indented line", tag)
        elif tag != "!" and tag not in _SIDES:
            message = mismatch("old, new, both or !", tag) + suggestion(tag, [*_SIDES])
        elif not rest:
            message, column = "expected an answer, found end of line", column + len(tag)
        elif tag == "!":
            self.drafts[-1].verdicts.append(rest[0].rstrip())
            return
        elif self.drafts[-1].answers.keys() & _SIDES[tag]:
            message = mismatch("each answer once", tag)
        else:
            self.drafts[-1].answers |= dict.fromkeys(_SIDES[tag], rest[0].rstrip())
            return
        raise InputError(self.path, number, column, message)
