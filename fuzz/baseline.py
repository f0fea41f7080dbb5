"""Known mistakes of the two kernels: named, with a reason, and no failure."""

import tomllib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from fuzz.errors import InputError
from fuzz.invariants import BY_ID as INVARIANTS
from fuzz.rules import BY_ID as RULES

NOTHING_LEFT = "nothing-left-behind"
KEYS = frozenset({"rule", "side", "reason", "reference"})


@dataclass(frozen=True, slots=True)
class Known:
    """One known mistake: a rule or invariant id, the kernel that makes it, and why it stays."""

    rule: str
    side: str  # old, new, both
    reason: str
    reference: str


class Baseline:
    """What is known, by rule or invariant and side."""

    def __init__(self, entries: list[Known]) -> None:
        self.entries = entries
        self.reasons = {(entry.rule, entry.side): entry.reason for entry in entries}

    def reason(self, rule: str | None, side: str | None) -> str | None:
        """Why this is no news; None if it is."""
        return self.reasons.get((rule or "", side or ""))


def load(path: Path | None = None) -> Baseline:
    """Read a baseline; the one that is shipped if no path is given.  Raises InputError."""
    if path is None:
        text = resources.files("fuzz").joinpath("baseline.toml").read_text(encoding="utf-8")
        return parse(text, "baseline.toml")
    try:
        return parse(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(str(path), 0, 0, f"expected a readable UTF-8 file: {error}") from error


def parse(text: str, where: str) -> Baseline:
    """The entries of a TOML file with a list of tables [[known]]."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(where, 0, 0, f"expected TOML: {error}") from error
    known = table.pop("known", [])
    if table or not isinstance(known, list):
        raise InputError(where, 0, 0, f"expected only [[known]] entries, found {sorted(table)}")
    return Baseline([parse_entry(entry, where, number) for number, entry in enumerate(known, 1)])


def parse_entry(entry: object, where: str, number: int) -> Known:
    """One entry, with exactly the keys it must have."""
    place = f"entry {number}"
    if not isinstance(entry, dict) or entry.keys() != KEYS:
        found = sorted(entry) if isinstance(entry, dict) else entry
        raise InputError(where, 0, 0, f"{place}: expected the keys {sorted(KEYS)}, found {found}")
    if not all(isinstance(value, str) and value for value in entry.values()):
        raise InputError(where, 0, 0, f"{place}: expected texts that are not empty")
    known = Known(**entry)
    if known.rule not in RULES and known.rule not in INVARIANTS and known.rule != NOTHING_LEFT:
        raise InputError(where, 0, 0, f"{place}: there is no rule or invariant {known.rule!r}")
    if known.side not in ("old", "new", "both"):
        raise InputError(where, 0, 0, f"{place}: expected side old, new or both")
    return known
