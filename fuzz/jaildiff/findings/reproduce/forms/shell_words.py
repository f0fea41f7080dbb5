"""Words of a POSIX shell script, quoted so that a program gets them as they are.

What is plain stands bare, what prints stands in single quotes.  What does not print, or could be
taken for more than text, printf(1) makes from octal numbers.  So no script sends control codes to a
terminal.
"""

import re
from dataclasses import dataclass, field
from string import ascii_letters, digits

from jaildiff.support.printable import printable

_BARE = re.compile(r"[A-Za-z0-9_%+,./:=@-]+")  # = is plain behind the first word of a command
# In single quotes it is just text, but a reader, or shellcheck, would look twice.
_TAKEN_FOR_MORE = re.compile(r"[$`]|\\('|$)")
_ERE_SPECIAL = re.compile(r"[\\.*+?^$()\[\]{}|]")
_PLAIN_BYTES = frozenset((ascii_letters + digits + "_%+,./:@-").encode())


@dataclass(frozen=True, slots=True)
class Var:
    """The value of a variable of the script."""

    name: str


ShellWord = tuple[str | Var, ...]  # in a row


@dataclass(slots=True)
class Words:
    """The words of one script, and the variables that hold what does not print."""

    made: dict[str, str] = field(default_factory=dict)  # by text, the variable

    def text(self, text: str) -> str:
        """A text as one word, with what does not print as escapes."""
        return self.word((printable(text),))

    def line(self, words: tuple[ShellWord, ...]) -> str:
        """A command."""
        return " ".join(map(self.word, words))

    def word(self, word: ShellWord) -> str:
        """One word."""
        parts: list[str | Var] = []
        for part in word:
            if parts and isinstance(part, str) and isinstance(parts[-1], str):
                parts[-1] += part  # One pair of quotes holds neighbouring pieces that need them.
            else:
                parts.append(part)
        return "".join(self.part(part) for part in parts if part) or "''"

    def part(self, part: str | Var) -> str:
        """A piece of a word."""
        if isinstance(part, Var):
            return f'"${{{part.name}}}"'
        if not part.isprintable() or _TAKEN_FOR_MORE.search(part):
            return f'"${{{self.made.setdefault(part, f"text{len(self.made) + 1}")}}}"'
        return part if _BARE.fullmatch(part) else in_quotes(part)

    def definitions(self) -> list[str]:
        """The lines that give these variables their values."""
        return [
            # $(...) strips newlines at the end, so a mark follows the text.
            f"{name}=$(printf %b '{octal(text)}.')\n{name}=${{{name}%.}}"
            for text, name in self.made.items()
        ]


def in_quotes(text: str) -> str:
    """A text that prints, in single quotes."""
    return "'" + text.replace("'", "'\\''") + "'"


def octal(text: str) -> str:
    r"""The bytes of a text as `printf %b` reads them: \0ooo for all but plain ones."""
    raw = text.encode("utf-8", "surrogateescape")
    return "".join(chr(byte) if byte in _PLAIN_BYTES else f"\\0{byte:03o}" for byte in raw)


def ere(text: str) -> str:
    """An extended regular expression that matches the text."""
    return _ERE_SPECIAL.sub(r"\\\g<0>", text)
