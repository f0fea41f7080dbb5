"""Accounts of the known mistakes of the landed patch (accounts.toml)."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from jaildiff.support.errors import InputError
from jaildiff.support.toml_entries import entries, read_text

ACCOUNTS_FILE = Path(__file__).with_name("accounts.toml")


@dataclass(frozen=True, slots=True)
class Account:
    """A mistake on one page."""

    mistake: str  # as the baseline calls it
    title: str
    what: str
    since: str
    who: str  # who is hit
    commands: tuple[str, ...]  # the shortest that show it
    where: str  # in the kernel, by function
    correction: str  # the id of the seeded correction
    suggestion: str  # the same, in words
    tests: tuple[str, ...]  # programs in corpus/rules
    recordings: tuple[str, ...]  # in corpus/traces


def read(path: Path) -> list[Account]:
    """The accounts in a file.  Raises InputError."""
    tables, _ = entries(read_text(path, str(path)), str(path), "account")
    return [account(table, str(path), number) for number, table in enumerate(tables, 1)]


def account(table: object, where: str, number: int) -> Account:
    """One entry: every key must be there, and no other."""
    known = {field.name: field.type for field in fields(Account)}
    if not isinstance(table, dict) or table.keys() != known.keys():
        raise InputError(where, 0, 0, f"entry {number}: expected the keys {', '.join(known)}")
    values: dict[str, Any] = {}
    for key, value in table.items():
        is_list = isinstance(value, list) and all(isinstance(text, str) for text in value)
        if not (is_list if "tuple" in str(known[key]) else isinstance(value, str)):
            raise InputError(where, 0, 0, f"entry {number}: expected another value for {key}")
        values[key] = tuple(value) if is_list else value
    return Account(**values)


ACCOUNTS = read(ACCOUNTS_FILE)
BY_MISTAKE = {one.mistake: one for one in ACCOUNTS}
