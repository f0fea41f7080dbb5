"""Untrusted JSON lines: split from a stream, and checked against limits before parsing.

The length of a text says little about the memory that it takes: `{}` is two bytes in a file and
64 bytes once parsed.  The limits are several times what recordings of real kernels need.  Most
hold for each line, so a file with many programs can be streamed.
"""

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import BinaryIO

from jaildiff.support.errors import InputError

FILE_MAX = 1 << 30  # bytes, unpacked
LINE_MAX = 8 << 20  # bytes
LINES_MAX = 1_000_000
VALUES_MAX = 1_000_000  # in one line
NESTING_MAX = 100
DIGITS_MAX = 4300  # in one number; Python parses no more

_CHUNK = 1 << 16
_NO_BRACKET = bytes(set(range(256)) - {*b"[]{}"})
_AS_LIST = bytes.maketrans(b"{}", b"[]")


def rows(chunks: Iterable[bytes], path: str) -> Iterator[tuple[int, bytes]]:
    """The lines of a file that arrives in chunks, with their numbers; blank lines are left out.

    Raises InputError when a line is too long, or there are too many lines or bytes.
    """
    number, total, size = 1, 0, 0
    parts: list[bytes] = []
    try:
        for chunk in chunks:
            total += len(chunk)
            _check(total, FILE_MAX, "bytes")
            if number + chunk.count(b"\n") > LINES_MAX:
                number = LINES_MAX + 1
                _check(number, LINES_MAX, "lines")
            start = 0
            while (end := chunk.find(b"\n", start)) >= 0:
                _check(size + end - start, LINE_MAX, "bytes in a line")
                line = b"".join([*parts, chunk[start:end]])
                if line and not line.isspace():
                    yield number, line
                parts, size, start, number = [], 0, end + 1, number + 1
            parts.append(chunk[start:])
            size += len(chunk) - start
            _check(size, LINE_MAX, "bytes in a line")
    except InputError as error:
        raise error.at(path, number) from None
    line = b"".join(parts)
    if line and not line.isspace():
        yield number, line


def chunks_of(stream: BinaryIO) -> Iterator[bytes]:
    """A file, piece by piece."""
    return iter(partial(stream.read, _CHUNK), b"")


def value_of(line: bytes, values_max: int = VALUES_MAX) -> object:
    """The JSON value of a line.  Raises InputError with a column, but without a path and line."""
    # Every value but the first follows a comma or an opening bracket, so this counts no fewer.
    _check(sum(map(line.count, (b",", b"[", b"{"))), values_max, "values in a line")
    try:
        with within_limits(line):
            value: object = json.loads(line.decode())
    except UnicodeDecodeError as error:
        found = f"expected UTF-8, found byte {line[error.start]:#04x}"
        raise InputError("", 0, error.start + 1, found) from None
    except json.JSONDecodeError as error:
        raise InputError("", 0, error.pos + 1, f"expected JSON: {error.msg}") from None
    if _may_nest_too_deep(line) and nests_too_deep(value):
        raise _too_deep()
    return value


@contextmanager
def within_limits(line: bytes) -> Iterator[None]:
    """Turn the errors of the json module about its own limits into InputErrors."""
    try:
        yield
    except (UnicodeDecodeError, json.JSONDecodeError):
        raise
    except RecursionError:
        raise _too_deep() from None
    except ValueError:
        found = re.search(rb"\d{%d}" % (DIGITS_MAX + 1), line)
        column = found.start() + 1 if found else 0
        message = f"expected at most {DIGITS_MAX} digits in a number, found more"
        raise InputError("", 0, column, message) from None


def nests_too_deep(value: object) -> bool:
    """Whether lists and objects are nested deeper than NESTING_MAX."""
    level = [value]
    for _ in range(NESTING_MAX):
        below: list[object] = []
        for item in level:
            if isinstance(item, dict):
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
        level = below
    return bool(level)


def _may_nest_too_deep(line: bytes) -> bool:
    """False only if a line certainly does not; a hundred times faster than `nests_too_deep`.

    It looks at brackets alone, also at those in strings: hence "may".
    """
    brackets = line.translate(_AS_LIST, _NO_BRACKET)
    for _ in range(NESTING_MAX - 1):
        brackets = brackets.replace(b"[]", b"")  # Removes the innermost level.
    return bool(brackets)


def _too_deep() -> InputError:
    message = f"expected values nested at most {NESTING_MAX} deep, found more"
    return InputError("", 0, 0, message)


def _check(found: int, limit: int, what: str) -> None:
    if found > limit:
        raise InputError("", 0, 0, f"expected at most {limit} {what}, found more")
