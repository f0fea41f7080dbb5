"""Findings: one class of divergence or violation, a witness for it, and how often it was seen."""

from dataclasses import dataclass

from jaildiff.differ.comparison import Comparison
from jaildiff.differ.diff import Report
from jaildiff.differ.verdict.divergence import Divergence
from jaildiff.differ.verdict.fingerprint import UNEXPLAINED
from jaildiff.differ.verdict.rule import Severity, Verdict
from jaildiff.differ.walk import Violation
from jaildiff.findings.baseline import Baseline
from jaildiff.findings.story.refusal_words import needs_invariants
from jaildiff.findings.story.story import tell
from jaildiff.kernels.invariants import BY_ID as INVARIANTS
from jaildiff.kernels.invariants import NOTHING_LEFT
from jaildiff.kernels.snapshot import answer_line
from jaildiff.programs.commands.command import Op
from jaildiff.programs.op_language import call_text
from jaildiff.programs.program import Program


@dataclass(slots=True)
class Finding:
    """What is known of one fingerprint."""

    fingerprint: str
    kind: str  # root, echo, violation
    verdict: str
    rule: str | None  # id of a rule or an invariant
    title: str
    surface: str
    severity: str
    bug_kind: str | None
    side: str | None
    why: str
    reference: str | None
    known: str | None  # why it is known already; None if it is new
    kernels: str  # the comparison, as OLD,NEW
    step: int = 0
    call: str = ""
    old: str = ""
    new: str = ""
    differs: tuple[str, ...] = ()
    causes: tuple[int, ...] = ()
    count: int = 0
    story: tuple[str, ...] = ()  # all of it in plain sentences
    mistake: str | None = None  # the kernel's mistake, as the baseline names it
    program: str = ""  # file name of the witness

    @property
    def name(self) -> str:
        """Its name in the catalogue."""
        return self.rule or UNEXPLAINED

    @property
    def news(self) -> bool:
        """Whether it makes a run fail."""
        return self.verdict != Verdict.INTENDED and self.known is None


def of_divergence(
    divergence: Divergence, calls: tuple[Op, ...], baseline: Baseline, comparison: Comparison
) -> Finding:
    """The finding that a divergence shows."""
    rule = comparison.rulebook.by_id.get(divergence.rule or "")
    return Finding(
        fingerprint=divergence.fingerprint,
        kind=divergence.kind,
        verdict=str(divergence.verdict),
        rule=divergence.rule,
        title=rule.title if rule else "not explained by any rule",
        surface=divergence.surface,
        severity=str(divergence.severity),
        bug_kind=text(divergence.bug_kind),
        side=text(divergence.side),
        why=divergence.why,
        reference=rule.reference if rule else None,
        known=baseline.reason(divergence.fingerprint),
        kernels=comparison.name,
        mistake=baseline.mistake(divergence.fingerprint),
        step=divergence.step,
        call=call_text(calls[divergence.step]),
        old=answer_line(divergence.old),
        new=answer_line(divergence.new),
        differs=divergence.differs,
        causes=divergence.causes,
    )


def of_violation(
    violation: Violation, calls: tuple[Op, ...], baseline: Baseline, comparison: Comparison
) -> Finding:
    """The finding that a violation shows."""
    at_end = violation.invariant == NOTHING_LEFT.id
    return Finding(
        fingerprint=violation.fingerprint,
        kind="violation",
        verdict=str(Verdict.BUG),
        rule=violation.invariant,
        title=INVARIANTS[violation.invariant].title,
        surface="state",
        severity=str(Severity.MEDIUM if needs_invariants(violation.why) else Severity.HIGH),
        bug_kind=str(violation.bug_kind),
        side=violation.side,
        why=violation.why,
        reference=None,
        known=baseline.reason(violation.fingerprint),
        mistake=baseline.mistake(violation.fingerprint),
        kernels=comparison.name,
        step=violation.step,
        call="(clean-up)" if at_end else call_text(calls[violation.step]),
    )


def findings_of(program: Program, baseline: Baseline, report: Report) -> list[Finding]:
    """All findings of one program, in the order of their steps."""
    compared = report.comparison
    found = [of_divergence(d, program.calls, baseline, compared) for d in report.divergences]
    found += [of_violation(v, program.calls, baseline, compared) for v in report.violations]
    for finding, story in zip(found, tell(program, report), strict=True):
        finding.story = story.sentences
    return sorted(found, key=lambda finding: finding.step)


def text(value: object) -> str | None:
    """A value as text; None stays None."""
    return None if value is None else str(value)
