"""Type checks on values read from files; JSON and TOML readers share them."""

from typing import TypeGuard

INT_BITS_MAX = 4096  # Python refuses to print an int of more than 4300 digits.


def is_integer(value: object) -> TypeGuard[int]:
    """Whether this is an int; a bool, which Python also counts as an int, is not."""
    return type(value) is int


def is_short_integer(value: object) -> TypeGuard[int]:
    """Whether this is an int short enough to be written in each of our formats."""
    return is_integer(value) and value.bit_length() <= INT_BITS_MAX


def is_count(value: object) -> TypeGuard[int]:
    """Whether this is an int of 0 or more."""
    return is_integer(value) and value >= 0


def is_string(value: object) -> TypeGuard[str]:
    """Whether this is a str; a str from JSON may contain lone surrogates."""
    return isinstance(value, str)


def is_text(value: object) -> TypeGuard[str]:
    """Whether this is a str that stands for bytes: any surrogates come from surrogateescape."""
    return isinstance(value, str) and encodes(value, "surrogateescape")


def is_utf8(value: object) -> TypeGuard[str]:
    """Whether this is a str that can be written as UTF-8: it contains no surrogates."""
    return isinstance(value, str) and encodes(value, "strict")


def encodes(text: str, errors: str) -> bool:
    """Whether a text can be encoded as UTF-8 with this error handler of `str.encode`."""
    try:
        text.encode("utf-8", errors)
    except UnicodeEncodeError:
        return False
    return True
