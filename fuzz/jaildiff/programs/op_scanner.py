"""Reading one line of the op language (fuzz/jaildiff/programs/op_language.py)."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

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
    Params,
    Poke,
    Value,
    Wish,
)
from jaildiff.programs.commands.command import Op
from jaildiff.programs.json_form import op_from_json
from jaildiff.programs.program import FAMILIES, FLAGS, ITEMS_MAX, is_inet_address
from jaildiff.support.checks import INT_BITS_MAX, is_short_integer, is_text
from jaildiff.support.errors import InputError, mismatch, suggestion
from jaildiff.support.json_lines import within_limits

NAME = re.compile(r"[A-Za-z0-9_.-]+")
# An unterminated string is a token, too, so that scanning takes linear time.
_TOKEN = re.compile(NAME.pattern + r'|"[^"\\]*+(?:\\.[^"\\]*+)*+"?|#.*|[^ \t\r]')
_INTEGER = re.compile(r"-?(?:0x[0-9a-fA-F]+|[0-9]+)")
_PID = re.compile(r"p-?[0-9]+")
_DIGITS_MAX = INT_BITS_MAX
_WORDS: Mapping[str, bool | None] = {"true": True, "false": False, "null": None}
_LISTS = ("want", "only")  # wish lists
_GET_WORDS = ("jid", "name", "lastjid", "desc", *_LISTS)
_FLAGS = {name.upper(): bit for name, bit in FLAGS.items()}
_FLAG = f"a flag ({', '.join(_FLAGS)}, a number; write 0 for no flags)"

T = TypeVar("T")


class Scanner:
    """A cursor over the tokens of one line; methods raise InputError at the token at fault."""

    __slots__ = ("index", "number", "path", "row", "start", "tokens")

    def __init__(self, path: str, number: int, row: str, start: int = 0) -> None:
        self.path = path
        self.number = number
        self.row = row
        self.start = start
        self.index = 0
        self.tokens: list[str] = _TOKEN.findall(row, start)
        self.tokens.append("")

    def error(self, expected: str, back: int = 0, options: Sequence[str] = ()) -> InputError:
        """The error for the token at the cursor, or `back` tokens before it."""
        index = self.index - back
        token = self.tokens[index]
        starts = [match.start() for match in _TOKEN.finditer(self.row, self.start)]
        starts.append(len(self.row.rstrip()))
        if not token:
            message = f"expected {expected}, found end of line"
        elif token[0] == "#":
            message = f"expected {expected}, found a comment"
        else:
            message = mismatch(expected, token) + suggestion(token, options)
        return InputError(self.path, self.number, starts[index] + 1, message)

    def end(self, *, comment: bool = True) -> str | None:
        """Expect the end of the line; return the comment there, if one is allowed, or None."""
        token = self.tokens[self.index]
        if comment and token[:1] == "#":
            return token[1:].strip()
        if token:
            raise self.error("end of line")
        return None

    def ended(self) -> bool:
        """Whether nothing is left but a comment."""
        return self.tokens[self.index][:1] in ("", "#")

    def path_name(self, plain: re.Pattern[str]) -> str:
        """A path: plain, or as a string."""
        if self.tokens[self.index][:1] == '"':
            return self.string()
        start = [match.start() for match in _TOKEN.finditer(self.row, self.start)][self.index :]
        found = plain.match(self.row, start[0]) if start else None
        if found is None:
            raise self.error("a path")
        while self.index < len(self.tokens) - 1 and start and start[0] < found.end():
            self.index += 1
            del start[0]
        return found.group()

    def bounded(self, most: int) -> int:
        """A number from 0 to `most`."""
        value = self.integer()
        if not 0 <= value <= most:
            raise self.error(f"0 to {most}", back=1)
        return value

    def kernel(self) -> str:
        """A kernel's name, which may be several joined by +."""
        name = self.name()
        while self.accept("+"):
            name += f"+{self.name()}"
        return name

    def accept(self, token: str) -> bool:
        """Consume this token if it comes next; tell whether it did."""
        found = self.tokens[self.index] == token
        self.index += found
        return found

    def want(self, token: str) -> None:
        """Consume this token, or raise."""
        if not self.accept(token):
            raise self.error(f"'{token}'")

    def word(self, expected: str, options: Sequence[str]) -> str:
        """One of these words."""
        token = self.tokens[self.index]
        if token not in options:
            raise self.error(expected, options=options)
        self.index += 1
        return token

    def name(self) -> str:
        """A name, plain or as a string."""
        token = self.tokens[self.index]
        if token[:1] == '"':
            return self.string()
        if not NAME.match(token):
            raise self.error("a name")
        self.index += 1
        return token

    def string(self) -> str:
        """A JSON string that stands for bytes (no lone surrogates)."""
        token = self.tokens[self.index]
        if token[:1] != '"':
            raise self.error("a string")
        if "\\" not in token and token.isprintable() and len(token) > 1 and token[-1] == '"':
            text: str = token[1:-1]
        else:
            try:
                text = json.loads(token)
            except json.JSONDecodeError as error:
                place = self.error(f"a JSON string ({error.msg})")
                raise place.at(self.path, self.number, place.column + error.pos) from None
        if not text.isascii() and not is_text(text):
            raise self.error("a string without lone surrogates")
        self.index += 1
        return text

    def integer(self) -> int:
        """A number, decimal or hexadecimal."""
        token = self.tokens[self.index]
        if not _INTEGER.fullmatch(token):
            raise self.error("an integer")
        value = _number(token)
        if value is None:
            raise self.error(f"an integer of at most {INT_BITS_MAX} bits")
        self.index += 1
        return value

    def pid(self) -> int:
        """A process, such as `p1`."""
        token = self.tokens[self.index]
        value = _number(token[1:]) if _PID.fullmatch(token) else None
        if value is None:
            raise self.error("a process (as 'p1')")
        self.index += 1
        return value

    def flags(self) -> int:
        """Flags, as names or numbers joined by |."""
        flags = 0
        while True:
            bits = _FLAGS.get(self.tokens[self.index])
            if bits is not None:
                self.index += 1
            elif _INTEGER.fullmatch(self.tokens[self.index]):
                bits = self.integer()
            else:
                raise self.error(_FLAG, 0, [*_FLAGS])
            flags |= bits
            if not self.accept("|"):
                return flags

    def value(self) -> Value:
        """The value of a parameter: null, true, false, a number, a string, a list of strings."""
        token = self.tokens[self.index]
        if token[:1] == '"':
            return self.string()
        if token in _WORDS:
            self.index += 1
            return _WORDS[token]
        if self.accept("["):
            return self.strings()
        if not _INTEGER.fullmatch(token):
            raise self.error("a value (a string, a number, true, false, null, [)", 0, [*_WORDS])
        return self.integer()

    def strings(self) -> tuple[str, ...]:
        """The rest of a list."""
        if self.accept("]"):
            return ()
        items = [self.string()]
        while self.accept(","):
            if len(items) == ITEMS_MAX:
                raise self.error(f"at most {ITEMS_MAX} texts in a list")
            items.append(self.string())
        self.want("]")
        return tuple(items)

    def pairs(
        self, read: Callable[[str], T], options: Sequence[str] = ()
    ) -> tuple[tuple[str, T], ...]:
        """Names, each at most once, with the value that `read` finds after each."""
        pairs: dict[str, T] = {}
        while True:
            name = self.word(" or ".join(options), options) if options else self.name()
            if name in pairs:
                raise self.error("each name once", 1)
            if len(pairs) == ITEMS_MAX:
                raise self.error(f"at most {ITEMS_MAX} parameters", 1)
            pairs[name] = read(name)
            if not self.accept(","):
                return tuple(pairs.items())

    def params(self) -> Params:
        """The parameters of jail_set, after its flags."""
        if not self.accept(","):
            return ()
        return self.pairs(lambda name: self.param(name) if self.accept("=") else True)

    def param(self, name: str) -> Value:
        """The value of the parameter of this name."""
        start = self.index
        value = self.value()
        if name in FAMILIES and isinstance(value, tuple):
            for number, addr in enumerate(value):
                if not is_inet_address(addr, name):
                    # The kernel takes addresses as bytes, so an invalid one could not be passed on.
                    self.index = start + 1 + 2 * number
                    raise self.error(f"an IPv{name[2]} address")
        return value

    def jail_get(self, pid: int) -> JailGet:
        """The flags, the keys and the wish list of jail_get."""
        flags = self.flags()
        by: dict[str, int | str] = {}
        while self.accept(","):
            name = self.word("jid, name, lastjid, desc, want or only", _GET_WORDS)
            if name in _LISTS:
                want = self.wishes(empty=name == "only")
                return JailGet(pid, flags, tuple(by.items()), want, plain=name == "want")
            if name in by:
                raise self.error("each name once", 1)
            self.want("=")
            by[name] = self.key(name)
        return JailGet(pid, flags, tuple(by.items()))

    def key(self, name: str) -> int | str:
        """The value of a key of jail_get; in desc, a string of four bytes is a number, too."""
        text = name == "name" or (name == "desc" and self.tokens[self.index][:1] == '"')
        return self.string() if text else self.integer()

    def wishes(self, *, empty: bool) -> tuple[Wish, ...]:
        """Names with the sizes of their buffers; `empty`: the list may be empty."""
        if empty and self.tokens[self.index] == ")":
            return ()
        wishes = [self.wish()]
        while self.accept(","):
            wishes.append(self.wish())
        return tuple(wishes)

    def wish(self) -> Wish:
        """One name, and its size after a colon."""
        name = self.name()
        if not self.accept(":"):
            return name, None
        size = self.integer()
        if size < 0:
            raise self.error("a size of 0 or more", 1)
        return name, size

    def counters(self) -> dict[str, int]:
        """The counters of poke."""

        def counter(_: str) -> int:
            self.want("=")
            return self.integer()

        return dict(self.pairs(counter, ("lastprid", "lastdeadid")))

    def op(self) -> Call:
        """One op in any form but `json`."""
        if self.tokens[1:2] == [":"]:
            return self.process_op(self.pid())
        if self.tokens[0] in _PROCESS_OPS:
            raise self.error("a process (as 'p1:') before this op")
        read = _DRIVER_OPS[self.word("an op", _ALL_OPS)]
        self.want("(")
        call = read(self)
        self.want(")")
        return call

    def process_op(self, pid: int) -> Call:
        """The op after the process that makes it."""
        self.want(":")
        name = self.word("an op of a process", _PROCESS_OPS)
        self.want("(")
        if name in _FORKS:
            self.want(")")
            self.want("=")
            return _FORKS[name](pid, self.pid())
        call = _CALLS[name](self, pid)
        self.want(")")
        return call


def json_op(scan: Scanner) -> tuple[Op, str | None]:
    """The op in a line `json {...}`, and the comment after it."""
    path, number, row = scan.path, scan.number, scan.row
    start = len(row) - len(row[len("json") :].lstrip())
    try:
        with within_limits(row.encode("utf-8", "surrogatepass")):
            op, end = json.JSONDecoder().raw_decode(row, start)
        call = op_from_json(op)
    except json.JSONDecodeError as error:
        message = f"expected JSON ({error.msg}), found {row[error.pos :][:20]!r}"
        raise InputError(path, number, error.pos + 1, message) from None
    except InputError as error:
        raise error.at(path, number, start + 1) from None
    return call, Scanner(path, number, row, end).end()


def _number(token: str) -> int | None:
    # Checked first: int() takes quadratic time, and json refuses long numbers.
    if len(token) > _DIGITS_MAX:
        return None
    value = int(token, 16 if "x" in token else 10)
    return value if is_short_integer(value) else None


_FORKS: Mapping[str, Callable[[int, int], Call]] = {"fork": Fork, "fork_begin": ForkBegin}
_CALLS: Mapping[str, Callable[[Scanner, int], Call]] = {
    "jail_set": lambda scan, pid: JailSet(pid, scan.flags(), scan.params()),
    "jail_get": lambda scan, pid: scan.jail_get(pid),
    "jail_attach": lambda scan, pid: JailAttach(pid, scan.integer()),
    "jail_remove": lambda scan, pid: JailRemove(pid, scan.integer()),
    "jail_attach_jd": lambda scan, pid: JailAttachJd(pid, scan.integer()),
    "jail_remove_jd": lambda scan, pid: JailRemoveJd(pid, scan.integer()),
    "close": lambda scan, pid: Close(pid, scan.integer()),
    "fork_end": lambda _, pid: ForkEnd(pid),
    "exit": lambda _, pid: Exit(pid),
    "hold": lambda scan, pid: Hold(pid, scan.name()),
}
_PROCESS_OPS = (*_CALLS, *_FORKS)
_DRIVER_OPS: Mapping[str, Callable[[Scanner], Call]] = {
    "drop": lambda scan: Drop(scan.name()),
    "poke": lambda scan: Poke(**scan.counters()),
}
_ALL_OPS = (*_PROCESS_OPS, *_DRIVER_OPS, "json")
