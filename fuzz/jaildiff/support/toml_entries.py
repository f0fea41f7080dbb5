"""Files of entries: TOML with one list of tables, such as [[fault]] or [[known]]."""

import re
import tomllib
from importlib.resources.abc import Traversable
from pathlib import Path

from jaildiff.support.errors import InputError, mismatch
from jaildiff.support.inputs import opened
from jaildiff.support.json_lines import NESTING_MAX, nests_too_deep

TEXT_MAX = 1 << 19  # bytes
DOTS_MAX = 50  # in a line; a dotted key takes memory quadratic in their number
DIGIT_RUN_MAX = 1000

_DIGITS = re.compile(rf"[0-9A-Fa-f_]{{{DIGIT_RUN_MAX + 1}}}")


def read_text(file: Traversable, where: str) -> str:
    """The text of a UTF-8 file.  Raises InputError if it is too long or not UTF-8."""
    try:
        with opened(file) if isinstance(file, Path) else file.open("rb") as stream:
            raw = stream.read(TEXT_MAX + 1)
        text = raw.decode()
    except (InputError, UnicodeDecodeError) as error:
        why = error.message if isinstance(error, InputError) else error
        message = f"expected a readable UTF-8 file: {why}"
        raise InputError(where, 0, 0, message) from error
    if len(raw) > TEXT_MAX:
        raise InputError(where, 0, 0, f"expected at most {TEXT_MAX} bytes, found more")
    # tomllib takes text, and open() would have turned CRLF into LF.
    return text.replace("\r\n", "\n")


def entries(
    text: str, where: str, name: str, settings: tuple[str, ...] = ()
) -> tuple[list[object], dict[str, str]]:
    """The entries of the list `name`, and those of `settings` that are given.

    Raises InputError if the text is not TOML or contains anything else.
    """
    check_lines(text, where)
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(where, 0, 0, f"expected TOML: {error}") from error
    except RecursionError:
        raise too_deep(where) from None
    if nests_too_deep(table):
        raise too_deep(where)
    found = table.pop(name, [])
    given = {key: table.pop(key) for key in settings if key in table}
    if table or not isinstance(found, list):
        raise InputError(where, 0, 0, mismatch(f"only [[{name}]] entries", sorted(table)))
    for key, value in given.items():
        if not isinstance(value, str):
            raise InputError(where, 0, 0, mismatch(f'"{key}": text', value))
    return found, given


def check_lines(text: str, where: str) -> None:
    """Raise InputError at a line that would cost far more memory or time than it looks."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.count(".") > DOTS_MAX:
            raise InputError(where, number, 0, f"expected at most {DOTS_MAX} dots, found more")
        digits = _DIGITS.search(line)
        if digits:
            message = f"expected at most {DIGIT_RUN_MAX} digits in a row, found more"
            raise InputError(where, number, digits.start() + 1, message)


def too_deep(where: str) -> InputError:
    """The error for values nested too deep."""
    message = f"expected values nested at most {NESTING_MAX} deep, found more"
    return InputError(where, 0, 0, message)
