"""The tokens of a jail.conf. usr.sbin/jail/jaillex.l.

A flex scanner takes the longest match of all rules that are active, and of equally long ones the
first rule.  The rules stand here in the original's order, so the two can be read side by side.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from jail_userland.libc import c_string


class Kind(StrEnum):
    """What a token is to the grammar.  Punctuation is its own kind."""

    EOF = "end of file"
    PLEQ = "+="
    STR = "string"
    STR1 = "string, joined to what stands before it"
    VAR = "variable"
    VAR1 = "variable, joined to what stands before it"
    OTHER = "a byte that means nothing"
    COMMA = ","
    SEMICOLON = ";"
    EQUALS = "="
    OPEN = "{"
    CLOSE = "}"


class Token(NamedTuple):
    """A token: its value if it is a string or a variable, and its source text."""

    kind: Kind
    value: str
    text: str


JOINED = {Kind.STR: Kind.STR1, Kind.VAR: Kind.VAR1}
ESCAPED = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\n": ""}
_escape = re.compile(r"\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{0,2})|([\s\S]?))")


def unescape(text: str) -> str:
    """The text with its backslash escapes replaced.  text2lval().

    A C string ends at its first NUL, wherever that comes from.
    """

    def replace(found: re.Match[str]) -> str:
        octal, hexadecimal, other = found.groups()
        if octal is not None:
            return chr(int(octal, 8) & 0xFF)
        if hexadecimal is not None:
            return chr(int(hexadecimal or "0", 16))
        return ESCAPED.get(other, other)

    return c_string(_escape.sub(replace, text))


@dataclass(slots=True)
class Shared:
    """State that outlives one file: `instr` is a static variable of the original."""

    instr: bool = False  # a string has begun, and nothing has separated it from what follows


@dataclass(slots=True)
class Lexer:
    """The scanner of one file."""

    text: str
    warnx: Callable[[str], None]
    cfname: str
    shared: Shared
    position: int = 0
    lineno: int = 1
    error: bool = False  # something was wrong that the grammar cannot see
    in_dq: bool = False  # within a double-quoted string, after a variable

    def next(self) -> Token:
        """The next token.

        A NUL is the end of the file, and so is a byte above 0x7f: the scanner returns it as a
        (signed) char, and the parser takes whatever is not positive for the end.
        """
        while self.position < len(self.text):
            action, text = self.longest()
            self.position += len(text)
            self.lineno += text.count("\n")
            token = action(self, text)
            if token is not None:
                return token
        return Token(Kind.EOF, "", "")

    def longest(self) -> "tuple[Action, str]":
        """The rule that matches here, and the text it matches."""
        best: re.Match[str] | None = None
        action: Action = leave_dq
        for pattern, rule_action in DQ_RULES if self.in_dq else RULES:
            found = pattern.match(self.text, self.position)
            if found is not None and (best is None or found.end() > best.end()):
                best, action = found, rule_action
        return action, "" if best is None else best[0]

    def less(self, text: str, kept: int) -> None:
        """Give back all but the first `kept` bytes of what was just matched.  yyless()."""
        self.position -= len(text) - kept
        self.lineno -= text[kept:].count("\n")

    def string(self, kind: Kind, value: str, text: str) -> Token:
        """A string or a variable; joined to the one before it if nothing stands between."""
        if self.shared.instr:
            kind = JOINED[kind]
        self.shared.instr = True
        return Token(kind, value, text)

    def complain(self, what: str) -> None:
        """Something that never ends."""
        self.warnx(f"{self.cfname} line {self.lineno}: unterminated {what}")
        self.error = True


Action = Callable[[Lexer, str], Token | None]


def space(lexer: Lexer, _text: str) -> None:
    """White space or a comment: the next string is a new one."""
    lexer.shared.instr = False


def reserved(lexer: Lexer, text: str) -> Token:
    """Punctuation."""
    lexer.shared.instr = False
    return Token(Kind(text), "", text)


def atom(lexer: Lexer, text: str) -> Token:
    """An unquoted string, or a piece of one."""
    return lexer.string(Kind.STR, unescape(text), text)


def single_quoted(lexer: Lexer, text: str) -> Token:
    """'...': escapes but no variables."""
    return lexer.string(Kind.STR, unescape(text[1:-1]), text)


def double_quoted(lexer: Lexer, text: str) -> Token:
    """A double-quoted string, or what follows a variable in it; up to the next variable."""
    start = text.startswith('"')
    variable = unescaped_dollar(text, int(start))
    lexer.in_dq = variable >= 0
    if not lexer.in_dq:
        return lexer.string(Kind.STR, unescape(text[start:-1]), text)
    lexer.less(text, variable)
    return lexer.string(Kind.STR, unescape(text[start:variable]), text[:variable])


_dollar = re.compile(r"(?:[^\\$]|\\[\s\S])*\$")


def unescaped_dollar(text: str, start: int) -> int:
    """Where the first `$` without a backslash is, or -1.  The closing quote is not looked at."""
    found = _dollar.match(text, start, len(text) - 1)
    return -1 if found is None else found.end() - 1


def close_dq(lexer: Lexer, _text: str) -> None:
    """The closing quote directly after a variable."""
    lexer.in_dq = False


def leave_dq(lexer: Lexer, _text: str) -> None:
    """No rule of a double-quoted string matches, so it is not one; consume nothing."""
    lexer.in_dq = False


def word_variable(lexer: Lexer, text: str) -> Token:
    """$word."""
    return lexer.string(Kind.VAR, text[1:], text)


def braced_variable(lexer: Lexer, text: str) -> Token:
    """${anything but newline and braces}."""
    return lexer.string(Kind.VAR, unescape(text[2:-1]), text)


def unterminated(what: str) -> Action:
    """Partially formed bits worth complaining about."""

    def action(lexer: Lexer, _text: str) -> None:
        lexer.complain(what)

    return action


def any_byte(_lexer: Lexer, text: str) -> Token:
    """A byte that begins nothing."""
    ends = text == "\0" or text > "\x7f"
    return Token(Kind.EOF if ends else Kind.OTHER, "", "" if text == "\0" else text)


# [^\n{}] takes a backslash too, and the longest match counts: so any backslash may escape the byte
# after it.
BRACED = r"\$\{(?:[^\n{}]|(?<=\\)[\n{}])*\}"
BRACED_DQ = r"\$\{(?:[^\n\"{}]|(?<=\\)[\n\"{}])*\}"
BRACED_OPEN = r"\$\{(?:[^\n{}]|(?<=\\)[{}])*"
BRACED_OPEN_DQ = r"\$\{(?:[^\n\"{}]|(?<=\\)[\"{}])*"
WORD = r"[A-Za-z0-9_!%&()\-.:<>?@\[\]^`|~]+"
ESCAPE = r"\\(?:[0-7]{1,3}|x[0-9A-Fa-f]{1,2}|[\s\S])"
LONE = r"[$*+/\\]"
VARIABLE = r"\$[A-Za-z_][A-Za-z_0-9]*"

Rules = tuple[tuple[re.Pattern[str], Action], ...]


def rules(*pairs: tuple[str, Action]) -> Rules:
    """Compile patterns."""
    return tuple((re.compile(pattern), action) for pattern, action in pairs)


RULES = rules(
    (r"[ \t\r\n]+", space),
    (r"#.*", space),
    (r"//.*", space),
    (r"/\*(?:[^*]|\*+[^*/])*+\*+/", space),
    (r"\+=", reserved),
    (r"[,;={}]", reserved),
    (WORD, atom),
    (ESCAPE, atom),
    (LONE, atom),
    (r"'(?:[^'\\]|\\[\s\S])*+'", single_quoted),
    (r'"(?:[^"\\]|\\[\s\S])*+"', double_quoted),
    (VARIABLE, word_variable),
    (BRACED, braced_variable),
    (r"/\*(?:[^*]|\*+[^*/])*+\**", unterminated("comment")),
    (r"'(?:[^\n'\\]|\\.)*+", unterminated("string")),
    (r'"(?:[^\n"\\]|\\.)*+', unterminated("string")),
    (BRACED_OPEN, unterminated("variable")),
    (r"[^\n]", any_byte),
)
DQ_RULES = rules(
    (WORD, atom),
    (ESCAPE, atom),
    (LONE, atom),
    (r'[^"$\\](?:[^"\\]|\\[\s\S])*+"', double_quoted),
    (r'"', close_dq),
    (VARIABLE, word_variable),
    (BRACED_DQ, braced_variable),
    (BRACED_OPEN_DQ, unterminated("variable")),
)
