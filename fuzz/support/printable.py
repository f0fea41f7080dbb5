"""Untrusted text, made visible, and made a line of output that nobody takes for a command."""

import json
import re

# The two ways in which GitHub's runner is given commands: a line that begins so, blanks apart, and
# this mark anywhere.  An IPv6 address has one :: at most, so it is never taken for a command.
_COMMAND = re.compile(r"^ *:(?=:.*::)|#(?=#\[)")


def printable(text: str) -> str:
    r"""The text with all that does not print, line ends too, as escapes such as \n or \u202e."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def one_line(text: str) -> str:
    r"""The printable text, with \u003a or \u0023 where GitHub's runner would see a command: escapes
    that JSON and TOML know, too.
    """
    return _COMMAND.sub(lambda found: f"{found[0][:-1]}\\u{ord(found[0][-1]):04x}", printable(text))


def quoted(text: str) -> str:
    """A JSON string; in ASCII if anything in it does not print."""
    return json.dumps(text, ensure_ascii=not text.isprintable())
