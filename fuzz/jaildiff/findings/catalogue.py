"""All names that a finding can have, in one form: rules, invariants, what no rule explains."""

import re
from dataclasses import dataclass
from typing import Any

from jaildiff.differ.verdict.advice import Audience
from jaildiff.differ.verdict.fingerprint import UNEXPLAINED
from jaildiff.differ.verdict.landed.rules import RULEBOOK
from jaildiff.differ.verdict.mainline.rules import DESCRIPTOR_RULES
from jaildiff.differ.verdict.rule import Rule, Severity, Verdict
from jaildiff.kernels.invariants import INVARIANTS, NOTHING_LEFT, Invariant

CHANGED = "answers-as-written"
BASELINE = "baseline-holds"
REVIEW = re.compile(r"\bD\d{5}\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """One line of the catalogue, as a CI system lists it."""

    id: str
    title: str
    verdict: Verdict
    severity: Severity
    why: str
    advice: str  # what to do about it
    tags: tuple[str, ...]
    reference: str = ""
    witness: str = ""

    @property
    def url(self) -> str | None:
        """The address of the review that the reference names; None if it names none."""
        found = REVIEW.search(self.reference)
        return found and f"https://reviews.freebsd.org/{found.group()}"


def of_rule(rule: Rule[Any]) -> Named:
    """A rule, with its reason and where to look it up."""
    tags = [str(rule.verdict), str(rule.surface)]
    tags += [str(rule.bug_kind), f"{rule.side} kernel"] if rule.bug_kind else []
    return Named(
        id=rule.id,
        title=rule.title,
        verdict=rule.verdict,
        severity=rule.severity,
        why=rule.rationale,
        advice=" ".join(one.line for one in rule.advice),
        tags=tuple(dict.fromkeys(tags)),
        reference=rule.reference,
        witness=f"corpus/{rule.witness}",
    )


def of_invariant(invariant: Invariant, why: str) -> Named:
    """An invariant; whichever kernel breaks it has a bug."""
    return Named(
        id=invariant.id,
        title=invariant.title,
        verdict=Verdict.BUG,
        severity=Severity.HIGH,
        why=why,
        advice=f"{Audience.MENDERS}: {invariant.advice}",
        tags=("bug", "invariant", str(invariant.bug_kind)),
    )


CATALOGUE: tuple[Named, ...] = (
    Named(
        id=UNEXPLAINED,
        title="not explained by any rule",
        verdict=Verdict.UNEXPLAINED,
        severity=Severity.HIGH,
        why="The kernels differ, and either no rule claims the difference or several do.",
        advice="Shorten the program with jaildiff minimize, look the call up in both kernels, and "
        "write a rule for it or mend the model.",
        tags=("unexplained",),
    ),
    Named(
        id=CHANGED,
        title="a program answers as its file says",
        verdict=Verdict.BUG,
        severity=Severity.HIGH,
        why="An answer or a verdict that is written in a program no longer comes true.",
        advice="Let jaildiff run --rewrite write down today's answers, and commit them only if "
        "you understand the difference.",
        tags=("corpus",),
    ),
    Named(
        id=BASELINE,
        title="every entry of the baseline holds",
        verdict=Verdict.BUG,
        severity=Severity.HIGH,
        why="An entry has expired, covers more classes than it may, or matched nothing in the run.",
        advice="Remove the entry if the mistake is mended. Otherwise look into it again and "
        "write down what you found.",
        tags=("baseline",),
    ),
    *map(of_rule, RULEBOOK.by_id.values()),
    *map(of_rule, DESCRIPTOR_RULES),
    *(
        of_invariant(
            invariant, f"Must hold in either kernel between any two calls: {invariant.title}."
        )
        for invariant in INVARIANTS
    ),
    of_invariant(
        NOTHING_LEFT,
        "Once every process is gone and every resource dropped, no jail may be there.",
    ),
)

BY_ID = {named.id: named for named in CATALOGUE}
