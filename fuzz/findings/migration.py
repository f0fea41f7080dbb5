"""Rewrite a baseline of the previous version with today's fingerprints; nothing is lost.

Version 2 differed in three ways.  The fingerprint of a violation contained the kind of bug.  One
invariant covered both a reference without a holder and a holder without a reference.  A clash of
addresses belonged to the rule about the parent's limits.  An entry that covered what is two classes
today becomes two entries.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from fuzz.differ.verdict.fingerprint import VERSION, digest, family
from fuzz.findings.triage import toml_text
from fuzz.kernels.invariants import BY_ID as INVARIANTS
from fuzz.kernels.invariants import NOTHING_LEFT
from fuzz.support.errors import InputError
from fuzz.support.toml_entries import entries

BEFORE = VERSION - 1
WAYS = {"panic": "stopped", "wrong count": "count", "leaked reference": "left"}  # by the old kind
SPLIT = {
    "refs-accounted": "holders-counted",
    "urefs-accounted": "holders-counted",
    "creds-accounted": "holders-counted",
    "jids-ascend": "jids-unique",
    "nested-update-exceeds-parent": "nested-update-clashes",  # entries of all its classes
}
MOVED = {("garbled-name-panic", "old"): "both"}  # whose bug it is today
BLOCK = re.compile(r"(?m)^(?=[ \t]*\[\[\s*known\s*\]\])")
Table = Mapping[str, Any]


def migrated_text(text: str, where: str) -> str:
    """The text of a baseline with today's fingerprints.  Raises InputError."""
    found, _ = entries(text, where, "known", ("kernels",))
    tables = [table for table in found if isinstance(table, dict)]
    known = {migrated(table, where) for table in tables}
    for table in tables:
        old = re.escape(str(table.get("fingerprint")))
        put = rf"\g<1>{migrated(table, where)}\g<2>"
        text = re.sub(rf"""(\bfingerprint\s*=\s*["']){old}(["'])""", put, text)
    text = "".join(moved(block) for block in BLOCK.split(text))
    for table in tables:
        for twin in twins(table):
            if twin["fingerprint"] not in known:
                known.add(twin["fingerprint"])
                text += f"\n# Until version {BEFORE} a part of {table['rule']}.\n{entry(twin)}"
    return text


def migrated(table: Table, where: str) -> str:
    """Today's fingerprint of an entry.  Raises InputError if its rule never had the old one."""
    rule, side, mark = (str(table.get(key)) for key in ("rule", "side", "fingerprint"))
    today = family(rule, MOVED.get((rule, side), side))
    if mark.startswith((today, family(rule, side))):
        return today + mark[8:]
    if not mark.startswith(family(rule, side, BEFORE)):
        message = f"{mark} is a fingerprint of {rule} ({side}) in no version from {BEFORE} on"
        raise InputError(where, 0, 0, message)
    return today + shape(rule, mark[8:])


def moved(block: str) -> str:
    """The text of one entry with the side that its rule has today."""
    for (rule, old), new in MOVED.items():
        if re.search(rf"""\brule\s*=\s*["']{rule}["']""", block):
            block = re.sub(rf"""(\bside\s*=\s*["']){old}(["'])""", rf"\g<1>{new}\g<2>", block)
    return block


def shape(rule: str, old: str) -> str:
    """Today's last 8 digits for an entry that had these."""
    if rule == NOTHING_LEFT.id:
        ways = {digest(f"violation|{kind}"): digest(f"violation|{w}") for kind, w in WAYS.items()}
        return ways.get(old, old)
    return digest("violation") if rule in INVARIANTS and old != "*" else old


def twins(table: Table) -> Iterator[Table]:
    """The further entries needed for what an entry of the previous version covered."""
    rule, side, mark = (str(table[key]) for key in ("rule", "side", "fingerprint"))
    if not mark.startswith(family(rule, side, BEFORE)):
        return
    if rule in SPLIT and (rule in INVARIANTS or mark[8:] == "*"):
        end = shape(SPLIT[rule], mark[8:])
        yield {**table, "rule": SPLIT[rule], "fingerprint": family(SPLIT[rule], side) + end}
    elif mark[8:] == digest("violation|leaked reference"):
        yield {**table, "fingerprint": family(rule, side) + digest("violation|fewer")}


def entry(table: Table) -> str:
    """An entry as TOML."""
    rows = ["[[known]]"]
    for key, value in table.items():
        if isinstance(value, list):
            rows.append(f"{key} = [{', '.join(map(toml_text, value))}]")
        elif isinstance(value, str):
            rows.append(f"{key} = {toml_text(value)}")
        else:
            rows.append(f"{key} = {value}")
    return "".join(f"{row}\n" for row in rows)
