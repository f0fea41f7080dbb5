"""Errors in what the user gave us, as opposed to broken models."""

import reprlib
from collections.abc import Sequence
from difflib import get_close_matches

_SHOWN_MAX = 40


class InputError(Exception):
    """A file that cannot be used; str() is `path:line:column: message`.

    A line or column of 0 means all of it and is left out, as is an empty path.
    """

    def __init__(self, path: str, line: int, column: int, message: str) -> None:
        super().__init__(path, line, column, message)
        self.path = path
        self.line = line
        self.column = column
        self.message = message

    def __str__(self) -> str:
        column = self.column if self.line else 0
        place = ":".join(str(part) for part in (self.path, self.line, column) if part)
        return f"{place}: {self.message}" if place else self.message

    def at(self, path: str, line: int, column: int = 0) -> "InputError":
        """The same message for another place."""
        return InputError(path, line, column, self.message)


def mismatch(expected: str, found: object) -> str:
    """The message "expected X, found Y", with Y quoted and cut to a readable length."""
    return f"expected {expected}, found {reprlib.repr(found)}"


def suggestion(word: str, options: Sequence[str]) -> str:
    """The hint " (did you mean 'x'?)" if one of the options looks like the word, else ""."""
    options_by_fold = {option.casefold(): option for option in options}
    # A long word is not a typing error, and difflib takes quadratic time.
    close = get_close_matches(word[:_SHOWN_MAX].casefold(), options_by_fold, 1)
    return f" (did you mean '{options_by_fold[close[0]]}'?)" if close else ""
