"""All names that a finding can have, in one form: rules, invariants, what no rule explains."""

import re
from dataclasses import dataclass
from typing import Any

from fuzz.differ.verdict.fingerprint import UNEXPLAINED
from fuzz.differ.verdict.landed_patch import RULEBOOK
from fuzz.differ.verdict.rule import Rule, Severity, Verdict
from fuzz.findings.advice import ADVICE
from fuzz.findings.baseline import NOTHING_LEFT
from fuzz.findings.finding import Finding
from fuzz.kernels.invariants import INVARIANTS, Invariant

CHANGED = "answers-as-written"
BASELINE = "baseline-holds"
REVIEW = re.compile(r"\bD\d{5}\b")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the catalogue, as a CI system lists it."""

    id: str
    title: str
    verdict: Verdict
    severity: Severity
    why: str
    tags: tuple[str, ...]
    reference: str = ""
    witness: str = ""

    @property
    def advice(self) -> str:
        """What to do about it, in one sentence."""
        return ADVICE[self.id]

    @property
    def url(self) -> str | None:
        """Where the review is that the reference names; None if it names none."""
        found = REVIEW.search(self.reference)
        return found and f"https://reviews.freebsd.org/{found.group()}"


def of_rule(rule: Rule[Any]) -> Entry:
    """A rule, with its reason and where to look it up."""
    tags = [str(rule.verdict), str(rule.surface)]
    tags += [str(rule.bug_kind), f"{rule.side} kernel"] if rule.bug_kind else []
    return Entry(
        rule.id,
        rule.title,
        rule.verdict,
        rule.severity,
        rule.rationale,
        tuple(dict.fromkeys(tags)),
        rule.reference,
        f"corpus/{rule.witness}",
    )


def of_invariant(invariant: Invariant) -> Entry:
    """An invariant; whichever kernel breaks it has a bug."""
    why = f"Must hold in either kernel between any two calls: {invariant.title}."
    return must_hold(invariant.id, invariant.title, why, invariant.bug_kind)


def must_hold(ident: str, title: str, why: str, kind: str) -> Entry:
    """A claim on the state of one kernel."""
    return Entry(ident, title, Verdict.BUG, Severity.HIGH, why, ("bug", "invariant", kind))


CATALOGUE: tuple[Entry, ...] = (
    Entry(
        UNEXPLAINED,
        "not explained by any rule",
        Verdict.UNEXPLAINED,
        Severity.HIGH,
        "The kernels differ, and none of the rules claims it, or more than one does.",
        ("unexplained",),
    ),
    Entry(
        CHANGED,
        "a program answers as its file says",
        Verdict.BUG,
        Severity.HIGH,
        "An answer or a verdict that is written down in a program does not come true any more.",
        ("corpus",),
    ),
    Entry(
        BASELINE,
        "every entry of the baseline holds",
        Verdict.BUG,
        Severity.HIGH,
        "An entry has expired, or covers more classes than it may; or nothing of it was met.",
        ("baseline",),
    ),
    *map(of_rule, RULEBOOK.by_id.values()),
    *map(of_invariant, INVARIANTS),
    must_hold(
        NOTHING_LEFT,
        "nothing is left when everything is taken away",
        "Once every process is gone and every resource dropped, no jail may be there.",
        "leaked reference",
    ),
)


def name_of(finding: Finding) -> str:
    """The id in the catalogue under which a finding goes."""
    return finding.rule or UNEXPLAINED
