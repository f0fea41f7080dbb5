"""Known mistakes of the two kernels: named by fingerprint, with an owner, a reason and an end.

Known mistakes are still looked for, judged, counted and shown, but they do not fail a run.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime
from pathlib import Path
from typing import NoReturn

from jaildiff.differ.comparison import LANDED, Comparison
from jaildiff.differ.verdict.fingerprint import UNEXPLAINED, UNKNOWN, family
from jaildiff.differ.verdict.rule import Verdict
from jaildiff.differ.verdict.rulebook import Rulebook
from jaildiff.kernels.invariants import BY_ID as INVARIANTS
from jaildiff.support.errors import InputError, mismatch, suggestion
from jaildiff.support.toml_entries import entries, read_text

SHIPPED = Path(__file__).with_name("baseline.toml")
NEVER = "never"
UNWRITTEN = re.compile(r"\s*(<.*>\s*$|todo\b)", re.IGNORECASE)  # what is still to be filled in
FINGERPRINT = re.compile(r"[0-9a-f]{8}([0-9a-f]{8}|\*)")
HEADING = re.compile(r"\s*\[\[\s*known\s*\]\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One entry: a class of findings, or with a `*` in the fingerprint all of a family."""

    fingerprint: str
    rule: str  # id of a rule or an invariant, or "unexplained"
    side: str  # old, new, both; unknown if it is unexplained
    mistake: str  # short name of the mistake in the kernel, which several entries may share
    owner: str
    reason: str
    link: str
    evidence: tuple[str, ...]  # recorded traces, sources, programs
    expires: date | None  # the first day on which it no longer holds
    max_count: int  # how many different classes it may cover
    line: int = 0  # where it begins in the file; 0: not known


KEYS = tuple(field.name for field in fields(Known) if field.name != "line")
TEXTS = ("fingerprint", "rule", "side", "mistake", "owner", "reason", "link")


class Baseline:
    """What is known of a comparison, and the file that says so."""

    def __init__(self, entries: Iterable[Known], where: str = "") -> None:
        self.entries = list(entries)
        self.where = where
        self.by_fingerprint = {entry.fingerprint: entry for entry in self.entries}

    def entry(self, fingerprint: str) -> Known | None:
        """The entry that covers a class, that of the class itself before that of its family."""
        known = self.by_fingerprint
        return known.get(fingerprint) or known.get(f"{fingerprint[:8]}*")

    def reason(self, fingerprint: str) -> str | None:
        """The reason for which a class is known; None if it is new."""
        entry = self.entry(fingerprint)
        return entry.reason if entry else None

    def mistake(self, fingerprint: str) -> str | None:
        """The name of the kernel's mistake that a class comes from; None if the class is new."""
        entry = self.entry(fingerprint)
        return entry.mistake if entry else None


def load(path: Path | None, comparison: Comparison) -> Baseline:
    """Read a baseline.  Without a path, read the shipped one if the kernels count as its two.

    Raises InputError.
    """
    if path is None and comparison.judged_as != LANDED.judged_as:
        return Baseline([])
    if path is None:
        here = Path.cwd()  # CI systems want a file of the checkout named from there.
        path = SHIPPED.relative_to(here) if SHIPPED.is_relative_to(here) else SHIPPED
    return parse(read_text(path, str(path)), str(path), comparison)


def parse(text: str, where: str, comparison: Comparison) -> Baseline:
    """The entries of a TOML file with a list of tables [[known]], each fingerprint once.

    `kernels = "OLD,NEW"` above them names their comparison: these two kernels, or any that count as
    them.  Without it they are for legacy,new.
    """
    tables, settings = entries(text, where, "known", ("kernels",))
    kernels = settings.get("kernels", LANDED.name)
    if kernels not in (comparison.name, ",".join(comparison.judged_as)):
        message = f"expected a baseline of {comparison.name}, found one of {kernels}"
        raise InputError(where, 0, 0, message)
    lines = text.split("\n")
    starts = [number for number, line in enumerate(lines, 1) if HEADING.match(line)]
    if len(starts) != len(tables):
        starts = [0] * len(tables)  # Another notation: the lines are not known.
    numbers_of: dict[str, int] = {}
    known = []
    for number, (found, start) in enumerate(zip(tables, starts, strict=True), 1):
        reader = EntryReader(where, number, start, lines, comparison.rulebook)
        entry = reader.read(found)
        if entry.fingerprint in numbers_of:
            first = numbers_of[entry.fingerprint]
            reader.fail(
                "fingerprint", f"expected each fingerprint once, found that of entry {first}"
            )
        numbers_of[entry.fingerprint] = number
        known.append(entry)
    return Baseline(known, where)


class EntryReader:
    """Reads one entry; complains with the line of the key that is wrong."""

    def __init__(
        self, where: str, number: int, start: int, lines: list[str], rulebook: Rulebook
    ) -> None:
        self.where, self.number, self.start, self.lines = where, number, start, lines
        self.rules = rulebook.by_id

    def fail(self, key: str, message: str) -> NoReturn:
        """Raise InputError at the line of a key, or of the entry."""
        line = self.start
        for number, text in enumerate(self.lines[self.start :] if self.start else (), line + 1):
            if HEADING.match(text):
                break
            if re.match(rf"\s*{re.escape(key)}\s*=", text):
                line = number
                break
        raise InputError(self.where, line, 0, f"entry {self.number}: {message}")

    def read(self, table: object) -> Known:
        """The entry, if its keys are the expected ones and its rule or invariant exists."""
        if not isinstance(table, dict):
            self.fail("", mismatch("a table", table))
        for key in table:
            if key not in KEYS:
                self.fail(key, mismatch("a known key", key) + suggestion(key, KEYS))
        for key in KEYS:
            if key not in table:
                self.fail("", f'expected the key "{key}", found none')
        for key in TEXTS:
            self.check_text(key, table[key])
        evidence = table["evidence"]
        if not isinstance(evidence, list) or not evidence:
            self.fail("evidence", mismatch("a list of texts", evidence))
        for text in evidence:
            self.check_text("evidence", text)
        entry = Known(
            **{key: table[key] for key in TEXTS},
            evidence=tuple(evidence),
            expires=self.expiry(table["expires"]),
            max_count=table["max_count"],
            line=self.start,
        )
        self.check_class(entry)
        self.check_rest(entry)
        return entry

    def check_text(self, key: str, value: object) -> None:
        """A text that is not empty and not a placeholder."""
        if not isinstance(value, str) or not value.strip():
            self.fail(key, mismatch(f'"{key}": text that is not empty', value))
        elif UNWRITTEN.match(value):
            self.fail(key, f'"{key}": expected it to be filled in, found {value!r}')

    def expiry(self, value: object) -> date | None:
        """A date, or None if the entry never expires."""
        if value == NEVER:
            return None
        if not isinstance(value, date) or isinstance(value, datetime):
            self.fail(
                "expires", mismatch(f'"expires": a date such as 2027-01-31 or "{NEVER}"', value)
            )
        return value

    def check_class(self, entry: Known) -> None:
        """Check that the fingerprint has today's version, and that its rule still exists."""
        rule, side = entry.rule, entry.side
        names = [*self.rules, *INVARIANTS, UNEXPLAINED]
        if rule not in names:
            hint = suggestion(rule, names)
            self.fail("rule", f"stale: there is no rule or invariant {rule!r}{hint}")
        if rule in self.rules and self.rules[rule].verdict is not Verdict.BUG:
            self.fail("rule", f"stale: what the rule {rule!r} claims is intended, not a mistake")
        sides = [str(self.rules[rule].side)] if rule in self.rules else ["old", "new", "both"]
        sides = [UNKNOWN] if rule == UNEXPLAINED else sides
        if side not in sides:
            self.fail("side", mismatch(f'"side": {" or ".join(sides)} for {rule}', side))
        if not FINGERPRINT.fullmatch(entry.fingerprint):
            what = '"fingerprint": 16 hex digits, or 8 and a *'
            self.fail("fingerprint", mismatch(what, entry.fingerprint))
        due = family(rule, side)
        if not entry.fingerprint.startswith(due):
            what = f"what begins with {due}, as all of {rule} ({side}) does"
            self.fail("fingerprint", f"stale: expected {what}, found {entry.fingerprint}")

    def check_rest(self, entry: Known) -> None:
        """Check that the link can be followed and that max_count fits the fingerprint."""
        if not re.fullmatch(r"https?://\S+", entry.link):
            self.fail("link", mismatch('"link": an address with https://', entry.link))
        if type(entry.max_count) is not int or entry.max_count < 1:
            self.fail("max_count", mismatch('"max_count": a number from 1 on', entry.max_count))
        if not entry.fingerprint.endswith("*"):
            if entry.max_count != 1:
                self.fail("max_count", mismatch('"max_count": 1 for one class', entry.max_count))
        elif entry.rule == UNEXPLAINED:
            what = "all 16 digits: each unexplained class stands for itself"
            self.fail("fingerprint", f"expected {what}")
