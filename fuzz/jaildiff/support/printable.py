"""Escape untrusted text, so that all of it shows and no CI runner takes a line for a command."""

import json
import re

# GitHub's runner obeys two forms: a line that begins with the first after blanks, and the second
# anywhere.  An IPv6 address contains at most one ::, so it is never taken for a command.
_COMMAND = re.compile(r"^ *:(?=:.*::)|#(?=#\[)")


def printable(text: str) -> str:
    r"""The text with all unprintable characters and line ends escaped, as \n or \u202e."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def one_line(text: str) -> str:
    r"""The printable text, with \u003a or \u0023 where GitHub's runner would see a command.

    JSON and TOML know these escapes, too.
    """
    return _COMMAND.sub(lambda found: f"{found[0][:-1]}\\u{ord(found[0][-1]):04x}", printable(text))


def quoted(text: str) -> str:
    """The text as a JSON string, in ASCII if any character does not print."""
    return json.dumps(text, ensure_ascii=not text.isprintable())
