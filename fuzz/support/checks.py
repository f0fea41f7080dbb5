"""What a value from a file may be: one set of checks on JSON and TOML."""

from typing import TypeGuard

INT_BITS_MAX = 4096  # Python refuses to print an int of more than 4300 digits.


def is_integer(value: object) -> TypeGuard[int]:
    """Whether this is an int, and no bool, which Python takes for a number."""
    return type(value) is int


def is_short_integer(value: object) -> TypeGuard[int]:
    """Whether this is an int that is short enough for every form it is written in."""
    return is_integer(value) and value.bit_length() <= INT_BITS_MAX


def is_count(value: object) -> TypeGuard[int]:
    """Whether this counts something."""
    return is_integer(value) and value >= 0


def is_string(value: object) -> TypeGuard[str]:
    """Whether this is a str; JSON lets halves of surrogate pairs through."""
    return isinstance(value, str)


def is_text(value: object) -> TypeGuard[str]:
    """Whether this is a str that stands for bytes: no surrogates but those of surrogateescape."""
    return isinstance(value, str) and encodes(value, "surrogateescape")


def is_utf8(value: object) -> TypeGuard[str]:
    """Whether this is a str that can be written as UTF-8: no surrogates at all."""
    return isinstance(value, str) and encodes(value, "strict")


def encodes(text: str, errors: str) -> bool:
    """Whether a text has a UTF-8 form, with these errors handled so."""
    try:
        text.encode("utf-8", errors)
    except UnicodeEncodeError:
        return False
    return True
