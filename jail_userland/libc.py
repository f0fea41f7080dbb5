"""The C library as these programs use it: numbers, words, options, messages.

Text is a byte string with a character for each byte, as in jail_kernel.call.
"""

import re
from collections.abc import Iterator, Sequence

from jail_kernel.call import Errno

STRERROR = {
    "EPERM": "Operation not permitted",
    "ENOENT": "No such file or directory",
    "ESRCH": "No such process",
    "EIO": "Input/output error",
    "E2BIG": "Argument list too long",
    "ENOEXEC": "Exec format error",
    "EAGAIN": "Resource temporarily unavailable",
    "ENOMEM": "Cannot allocate memory",
    "EACCES": "Permission denied",
    "EEXIST": "File exists",
    "ENOTDIR": "Not a directory",
    "EISDIR": "Is a directory",
    "EINVAL": "Invalid argument",
    "ENOSPC": "No space left on device",
    "EROFS": "Read-only file system",
    "ELOOP": "Too many levels of symbolic links",
    "ENAMETOOLONG": "File name too long",
    "EADDRINUSE": "Address already in use",
}

LONG_MAX = 0x7FFFFFFFFFFFFFFF
ULONG_MAX = 0xFFFFFFFFFFFFFFFF

_number = re.compile(r"[ \t\n\v\f\r]*([+-]?)([0-9]+)")


def strerror(errno: Errno | str) -> str:
    """The words for an errno.  strerror(3)."""
    return STRERROR[str(errno)]


def c_string(text: str) -> str:
    """The text as C sees it: up to the first NUL."""
    return text.partition("\0")[0]


def int32(number: int) -> int:
    """A long, converted to an int."""
    return (number + 0x80000000) % 0x100000000 - 0x80000000


def strtol(text: str) -> tuple[int, int]:
    """strtol(text, &end, 10): the number, and where the rest begins."""
    found = _number.match(text)
    if found is None:
        return 0, 0
    number = int(found[2][:32]) if found[1] != "-" else -int(found[2][:32])
    return max(-LONG_MAX - 1, min(number, LONG_MAX)), found.end()


def strtoul(text: str) -> tuple[int, int]:
    """strtoul(text, &end, 10): the number, and where the rest begins."""
    found = _number.match(text)
    if found is None:
        return 0, 0
    number = min(int(found[2][:32]), ULONG_MAX)
    if found[1] == "-" and number != ULONG_MAX:
        number = -number & ULONG_MAX
    return number, found.end()


def strtok(text: str, separators: str = " \t\f\v\r\n") -> list[str]:
    """The words of the text.  strtok(3)."""
    return [word for word in re.split(f"[{re.escape(separators)}]", text) if word]


UNVIS = {"n": "\n", "r": "\r", "b": "\b", "a": "\a", "v": "\v", "t": "\t", "f": "\f", "s": " "}
_vis = re.compile(
    r"\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|M-(.)|M\^(.)|\^(.)|([\n$])|([!-~]))|(\\)", re.DOTALL
)


class VisError(ValueError):
    """A backslash sequence that strunvis(3) does not know."""


def strunvis(text: str) -> str:
    """Decode the escapes of vis(3).

    :raises VisError: if there is an unknown one.
    """

    def replace(found: re.Match[str]) -> str:
        octal, hexadecimal, meta, meta_control, control, hidden, other, bad = found.groups()
        if bad is not None:
            raise VisError(text)
        if octal is not None:
            return chr(int(octal, 8) & 0xFF)
        if hexadecimal is not None:
            return chr(int(hexadecimal, 16))
        if meta is not None:
            return chr(ord(meta) | 0x80)
        if meta_control is not None:
            return chr(control_of(meta_control) | 0x80)
        if control is not None:
            return chr(control_of(control))
        return "" if hidden is not None else "\033" if other == "E" else UNVIS.get(other, other)

    return _vis.sub(replace, text)


def control_of(char: str) -> int:
    """The control character of a letter."""
    return 0x7F if char == "?" else ord(char) & 0x1F


class OptionError(Exception):
    """A wrong option; the text is what getopt(3) prints."""


def getopt(argv: Sequence[str], options: str) -> Iterator[tuple[str, str]]:
    """The options of `argv` with their arguments; ("", operands' index) comes last.

    It stops at the first operand, as FreeBSD's does.

    :raises OptionError: at an unknown option or a missing argument.
    """
    index = 0
    while index < len(argv) and argv[index].startswith("-") and argv[index] != "-":
        word = argv[index]
        index += 1
        if word == "--":
            break
        place = 1
        while place < len(word):
            option = word[place]
            place += 1
            known = options.find(option)
            if known < 0 or option == ":":
                raise OptionError(f"illegal option -- {option}")
            if options[known + 1 : known + 2] != ":":
                yield option, ""
                continue
            if place < len(word):
                yield option, word[place:]
            elif index < len(argv):
                yield option, argv[index]
                index += 1
            else:
                raise OptionError(f"option requires an argument -- {option}")
            break
    yield "", str(index)
