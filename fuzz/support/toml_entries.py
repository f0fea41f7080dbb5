"""Files of entries: TOML with one list of tables, such as [[fault]] or [[known]]."""

import tomllib
from importlib.resources.abc import Traversable

from fuzz.support.errors import InputError, mismatch


def read_text(file: Traversable, where: str) -> str:
    """The text of a file that is UTF-8.  Raises InputError."""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"expected a readable UTF-8 file: {error}"
        raise InputError(where, 0, 0, message) from error


def entries(
    text: str, where: str, name: str, settings: tuple[str, ...] = ()
) -> tuple[list[object], dict[str, str]]:
    """The entries of the list `name`, and the texts of these settings; there is nothing else.

    Raises InputError.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(where, 0, 0, f"expected TOML: {error}") from error
    found = table.pop(name, [])
    given = {key: table.pop(key) for key in settings if key in table}
    if table or not isinstance(found, list):
        raise InputError(where, 0, 0, f"expected only [[{name}]] entries, found {sorted(table)}")
    for key, value in given.items():
        if not isinstance(value, str):
            raise InputError(where, 0, 0, mismatch(f'"{key}": text', value))
    return found, given
