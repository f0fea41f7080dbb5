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

The settings below the version are optional; they default to these kernels, 999999 and the file's
name.  Strings are JSON strings.  A parameter without a value is true.  Flags without a name are
numbers (0x300); write 0 for no flags.  An address parameter must hold valid addresses; a recorded
call in which it does not is written as `json {"op": "jail_set", ...}`.

    p1: jail_get(0, jid=5, only path:16, ip4.addr:0, name)
    p1: jail_get(0, jid=5, want meta)

A wish list names parameters, each with the size of its buffer in bytes.  Without a size the buffer
is large enough.  A size of 0 stands for no buffer: the call then asks for the length of the value.
`only` reads these parameters and nothing else, as jls(8) does.  `want` reads them in addition to
all that a jail_get without a list reads.

    p1: jail_set(CREATE|GET_DESC, desc=-1, jid=5, persist)
        descriptors  5 {desc=3}
    p1: jail_get(USE_DESC, desc=3)
    p2: jail_attach_jd(3)
    p1: jail_remove_jd(3)
    p1: close(3)

A descriptor is named by the number that a call returned in `desc`.  A kernel without descriptors
answers as 14 does: ENOSYS to jail_attach_jd and jail_remove_jd, and EINVAL to the flags USE_DESC,
AT_DESC, GET_DESC and OWN_DESC.  Its close(2) knows only the files 0, 1 and 2.

    $ jail -rc web

A line that begins with $ is a command: see fuzz/jaildiff/programs/commands/command_language.py.
"""

import json
from dataclasses import dataclass, field, replace
from pathlib import PurePath

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
    Value,
)
from jaildiff.programs.answer_language import value_text
from jaildiff.programs.commands.command import NO_SETUP, Command, Op, Setup
from jaildiff.programs.commands.command_language import (
    INDENT,
    OUTPUT,
    SETTINGS,
    SetupReader,
    behaviour,
    behaviour_text,
    command_op,
    command_text,
    is_typable,
    setup_rows,
)
from jaildiff.programs.json_form import FORMAT, call_to_json
from jaildiff.programs.op_scanner import NAME, Scanner, json_op
from jaildiff.programs.program import (
    FAMILIES,
    FLAGS,
    FLAGS_KNOWN,
    JAIL_MAX,
    KERNELS,
    OP_NAMES,
    OPS_MAX,
    Program,
    is_inet_address,
)
from jaildiff.support.errors import InputError, mismatch, suggestion
from jaildiff.support.printable import quoted

FILE_MAX = 16 << 20
LINE_MAX = 1 << 20
LINES_MAX = 1_000_000


@dataclass(frozen=True, slots=True)
class Line:
    """One op with the text around it; `number` is its line in the file, or 0."""

    call: Op
    before: tuple[str, ...] = ()  # comment and blank lines above it, as they are
    comment: str | None = None  # after the op, without # and outer blanks
    old: str | None = None
    new: str | None = None
    verdicts: tuple[str, ...] = ()
    number: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Script:
    """A program file: the calls, and the comments and answers around them."""

    id: str
    jail_max: int = JAIL_MAX
    head: tuple[str, ...] = ()  # lines above the format version
    lines: tuple[Line, ...] = ()
    tail: tuple[str, ...] = ()  # lines below the last op
    kernels: tuple[str, str] = KERNELS  # whose answers and verdicts stand beside the lines
    setup: Setup = NO_SETUP

    @property
    def program(self) -> Program:
        """The calls alone."""
        calls = tuple(line.call for line in self.lines)
        return Program(self.id, calls, self.jail_max, self.kernels, self.setup)


def script_of(program: Program) -> Script:
    """A program as a script without comments or answers."""
    lines = tuple(map(Line, program.calls))
    return Script(
        program.id, program.jail_max, lines=lines, kernels=program.kernels, setup=program.setup
    )


# ---- writing


def render(script: Script) -> str:
    """The canonical text of a script; `parse` gives an equal script back."""
    rows = [*script.head, f"jaildiff {FORMAT}"]
    if script.kernels != KERNELS:
        rows.append(f"kernels {' '.join(script.kernels)}")
    if script.jail_max != JAIL_MAX:
        rows.append(f"JAIL_MAX {script.jail_max}")
    rows.append(f"id {quoted(script.id)}")
    rows += setup_rows(script.setup)
    for line in script.lines:
        rows += line_rows(line)
    rows += script.tail
    return "\n".join(rows) + "\n"


def line_rows(line: Line) -> list[str]:
    """The rows for an op and the text above, after and below it."""
    comment = "" if line.comment is None else f"  # {line.comment}".rstrip()
    rows = [*line.before, call_text(line.call) + comment]
    if isinstance(line.call, Command) and is_typable(line.call):
        rows += [INDENT + behaviour_text(one) for one in line.call.behaviours]
    same = line.old == line.new
    answers = {"both": line.old} if same else {"old": line.old, "new": line.new}
    for side, answer in answers.items():
        if answer is not None:
            first, *output = answer.split("\n")
            rows += [f"{INDENT}{side:4} {first}", *(f"{INDENT}     {row}" for row in output)]
    return rows + [f"{INDENT}!    {verdict}" for verdict in line.verdicts]


def call_text(call: Op) -> str:
    """One op in the op language, without a comment or line end."""
    match call:
        case Command() if is_typable(call):
            return command_text(call)
        case Command():
            return f"json {json.dumps(call_to_json(call))}"
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
    """Whether a parameter can be written: all its addresses, if any, are valid."""
    name, value = param
    if name not in FAMILIES or not isinstance(value, tuple):
        return True
    return all(is_inet_address(addr, name) for addr in value)


def name_text(name: str) -> str:
    """A name, quoted if necessary."""
    return name if NAME.fullmatch(name) else quoted(name)


def param_text(name: str, value: Value) -> str:
    """A parameter: name=value, or only the name for true."""
    return name_text(name) + ("" if value is True else f"={value_text(value)}")


def wish_text(name: str, size: int | None) -> str:
    """A wish: the name, and the size of its buffer if there is one."""
    return name_text(name) + ("" if size is None else f":{size}")


def _flags_text(flags: int) -> str:
    names = [name.upper() for name, bit in FLAGS.items() if flags & bit]
    rest = flags & ~FLAGS_KNOWN
    return "|".join([*names, f"{rest:#x}"] if rest else names) or "0"


# ---- reading


def parse(text: str, path: str) -> Script:
    """Parse a text in the op language; `path` names it in errors.

    Raises InputError, and nothing else, at the first mistake in it.
    """
    if len(text) > FILE_MAX:
        raise InputError(path, 0, 0, f"expected at most {FILE_MAX} characters, found {len(text)}")
    if text.count("\n") > LINES_MAX:
        message = f"expected at most {LINES_MAX} lines, found more"
        raise InputError(path, LINES_MAX + 1, 0, message)
    reader = _Reader(path)
    for number, row in enumerate(text.removesuffix("\n").split("\n"), 1):
        reader.read(number, row)
    reader.close_file()
    if reader.head is None:
        raise InputError(path, 0, 0, f"expected 'jaildiff {FORMAT}', found end of file")
    return Script(
        id=PurePath(path).stem if reader.id is None else reader.id,
        jail_max=JAIL_MAX if reader.jail_max is None else reader.jail_max,
        head=reader.head,
        lines=tuple(draft.line() for draft in reader.drafts),
        tail=tuple(reader.pending),
        kernels=reader.kernels or KERNELS,
        setup=reader.setting.setup,
    )


_SIDES = {"old": {"old"}, "new": {"new"}, "both": {"old", "new"}}


@dataclass(slots=True)
class _Draft:
    """An op whose expected answers are still being read."""

    call: Op
    before: tuple[str, ...]
    comment: str | None
    number: int
    answers: dict[str, str] = field(default_factory=dict)
    answered: tuple[str, ...] = ()  # the sides of the last answer
    verdicts: list[str] = field(default_factory=list)

    def line(self) -> Line:
        old, new, verdicts = self.answers.get("old"), self.answers.get("new"), tuple(self.verdicts)
        return Line(self.call, self.before, self.comment, old, new, verdicts, self.number)


@dataclass(slots=True)
class _Reader:
    """The state of reading a file; `head` is None until the format version is read."""

    path: str
    head: tuple[str, ...] | None = None
    id: str | None = None
    jail_max: int | None = None
    kernels: tuple[str, str] | None = None
    drafts: list[_Draft] = field(default_factory=list)
    pending: list[str] = field(default_factory=list)  # comments above the next op
    setting: SetupReader = field(default_factory=SetupReader)

    def read(self, number: int, row: str) -> None:
        if len(row) > LINE_MAX:
            message = f"expected at most {LINE_MAX} characters in a line, found {len(row)}"
            raise InputError(self.path, number, 0, message)
        text = row.strip()
        if self.setting.reads(row):
            return
        self.close_file()
        if not text or text[0] == "#":
            self.pending.append(row)
        elif self.head is None:
            self.version(Scanner(self.path, number, row))
        elif row[0].isspace():
            self.expectation(number, row)
        else:
            self.setting_or_op(number, Scanner(self.path, number, row))

    def close_file(self) -> None:
        """End the text of a file, if one is being read."""
        self.pending += self.setting.close()

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
        if name == "$":
            self.add(number, *command_op(self.path, number, scan.row))
            return
        if name in SETTINGS:
            if self.drafts:
                raise scan.error("settings above the first op")
            self.setting.take(scan)
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

    def add(self, number: int, call: Op, comment: str | None) -> None:
        if len(self.drafts) == OPS_MAX:
            raise InputError(self.path, number, 0, f"expected at most {OPS_MAX} ops, found more")
        self.drafts.append(_Draft(call, tuple(self.pending), comment, number))
        self.pending.clear()

    def more(self, draft: _Draft, number: int, row: str, tag: str) -> bool:
        """Take a row if it continues the answer to a command; tell whether it does."""
        if not isinstance(draft.call, Command):
            return False
        output = OUTPUT.fullmatch(row)
        if output is not None and draft.answered:
            for side in draft.answered:
                draft.answers[side] += "\n" + output.group("row")
            return True
        if tag != "command" or draft.answers or draft.verdicts:
            return False
        scan = Scanner(self.path, number, row)
        scan.want(tag)
        known = draft.call.behaviours
        draft.call = replace(draft.call, behaviours=(*known, behaviour(scan)))
        return True

    def expectation(self, number: int, row: str) -> None:
        tag, *rest = row.split(None, 1)
        column = row.index(tag) + 1
        if self.drafts and not self.pending and self.more(self.drafts[-1], number, row, tag):
            return
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
            self.drafts[-1].answered = tuple(_SIDES[tag])
            return
        raise InputError(self.path, number, column, message)
