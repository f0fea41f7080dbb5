"""Triage: check the entries of a baseline, and write entries for new classes."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from jaildiff.differ.comparison import LANDED, Comparison
from jaildiff.differ.verdict.fingerprint import UNEXPLAINED, UNKNOWN, family
from jaildiff.differ.verdict.rule import Verdict
from jaildiff.findings.baseline import NEVER, Baseline, Known
from jaildiff.support.errors import InputError
from jaildiff.support.printable import printable

COMPLETE = 1_000_000  # warn about an unused entry only after this many ops and a corpus replay
WHOSE = {
    "new": "of the landed patch",
    "old": "of the kernel before it",
    "both": "of both kernels",
    UNKNOWN: "not explained",
}


def mistakes_of(compared: Comparison) -> Mapping[str, str]:
    """Whose mistake it is, in words."""
    if compared.judged_as == LANDED.judged_as:
        return WHOSE
    words = compared.words
    return {**WHOSE, "new": f"of {words.new}", "old": f"of {words.old}"}


class State(StrEnum):
    """The state of an entry; the first two fail a run."""

    EXPIRED = "expired"
    BROAD = "too broad"
    UNMET = "unmet"  # in a complete run
    HOLDS = "holds"


@dataclass(frozen=True, slots=True)
class Checked:
    """An entry, and the number of classes that it covers in a run."""

    entry: Known
    classes: int
    state: State

    @property
    def fails(self) -> bool:
        """Whether an entry in this state fails the run."""
        return self.state in (State.EXPIRED, State.BROAD)

    @property
    def text(self) -> str:
        """What is wrong with the entry; empty if it holds."""
        entry = self.entry
        trouble = {
            State.EXPIRED: f"expired on {entry.expires}; {entry.owner} may renew or remove it",
            State.BROAD: f"too broad: it covers {self.classes} classes, and may {entry.max_count}",
            State.UNMET: "nothing of it was met in this run",
            State.HOLDS: "",
        }[self.state]
        return trouble and f"{entry.rule} ({entry.side}, {entry.fingerprint}): {trouble}"


def check(
    baseline: Baseline, classes: Iterable[str], today: date, *, complete: bool = False
) -> list[Checked]:
    """Check every entry against the classes that a run met; a `complete` run should meet all."""
    covered = [baseline.entry(fingerprint) for fingerprint in set(classes)]
    return [
        judge(entry, covered.count(entry), today, complete=complete) for entry in baseline.entries
    ]


def judge(entry: Known, classes: int, today: date, *, complete: bool) -> Checked:
    """One entry."""
    if entry.expires is not None and entry.expires <= today:
        state = State.EXPIRED
    elif classes > entry.max_count:
        state = State.BROAD
    else:
        state = State.UNMET if complete and not classes else State.HOLDS
    return Checked(entry, classes, state)


def mistakes(baseline: Baseline, classes: Iterable[str]) -> dict[str, dict[str, bool]]:
    """The known mistakes by kernel, and whether a class of each was met."""
    met = {entry.mistake for fingerprint in classes if (entry := baseline.entry(fingerprint))}
    sides: dict[str, set[str]] = {}
    for entry in baseline.entries:
        sides.setdefault(entry.mistake, set()).add(entry.side)
    found: dict[str, dict[str, bool]] = {}
    for mistake, of in sides.items():
        kernel = of.pop() if len(of) == 1 else "both"
        found.setdefault(kernel, {})[mistake] = mistake in met
    return found


def mistakes_text(found: Mapping[str, Mapping[str, bool]]) -> str:
    """How many known mistakes there are, in a line."""
    parts: list[str] = []
    for kernel, words in WHOSE.items():
        if kernel in found:
            number, met = len(found[kernel]), sum(found[kernel].values())
            noun = "" if parts else " known mistake" if number == 1 else " known mistakes"
            parts.append(f"{number}{noun} {words} ({met} met here)")
    return ", ".join(parts) or "No mistake is known."


def snippet(finding: Mapping[str, object], witness: str) -> str:
    """An entry for a new class, with placeholders for what only a person can say."""
    rule, side = finding["rule"] or UNEXPLAINED, finding["side"] or UNKNOWN
    head = [f"{finding['verdict']}: {finding['title']}", str(finding["why"])]
    head.append(f"See it with: jaildiff run {witness}")
    if finding["rule"] is not None:
        whole = family(str(rule), str(side))
        head.append(f'For every class of it: "{whole}*", and in max_count how many there may be.')
    values = {
        "fingerprint": finding["fingerprint"],
        "rule": rule,
        "side": side,
        "mistake": "<a short name for the kernel's mistake, which entries may share>",
        "owner": "<who looks after this entry>",
        "reason": "<why it may stay>",
        "link": "<where it is tracked>",
    }
    rows = [f"# {printable(line)}" for line in head]
    rows += ["[[known]]", *(f"{key} = {toml_text(value)}" for key, value in values.items())]
    rows += [
        f"evidence = [{toml_text(witness)}]",
        f'expires = "<a date such as 2027-01-31, without quotes, or the word {NEVER}>"',
        "max_count = 1",
    ]
    return "".join(f"{row}\n" for row in rows)


def toml_text(value: object) -> str:
    """A text as TOML writes it."""
    return json.dumps(printable(str(value)), ensure_ascii=False)


def check_version(finding: Mapping[str, object], where: str) -> None:
    """Complain about a finding whose fingerprint is not of today's version."""
    rule, side, found = finding["rule"], finding["side"], str(finding["fingerprint"])
    due = family(rule and str(rule), side and str(side))
    if not found.startswith(due):
        message = f"expected a fingerprint that begins with {due} for {rule}, found {found}"
        raise InputError(where, 0, 0, f"{message}: another version wrote these findings")


def is_new(finding: Mapping[str, object], baseline: Baseline) -> bool:
    """Whether a class is neither intended nor known."""
    known = baseline.entry(str(finding["fingerprint"]))
    return finding["verdict"] != Verdict.INTENDED and known is None
