"""Write expected answers and verdicts into a program, and check those that are written there."""

from dataclasses import dataclass, replace

from jaildiff.differ.comparison import Comparison
from jaildiff.differ.diff import Report, diff
from jaildiff.differ.verdict.divergence import Divergence
from jaildiff.differ.walk import Violation
from jaildiff.kernels.snapshot import answer_rows
from jaildiff.programs.op_language import Script


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A line of a script whose expectation is not met."""

    step: int
    number: int  # the line in the file
    what: str  # old, new, verdict
    expected: str
    found: str


def annotate(script: Script, report: Report) -> Script:
    """The script with both kernels' answers and the verdicts beside each line that was run."""
    notes = verdict_texts(report)
    lines = []
    for index, line in enumerate(script.lines):
        old = new = None
        if index < len(report.answers):
            old, new = (answer_rows(result) for result in report.answers[index])
        verdicts = tuple(notes.get(index, ()))
        lines.append(replace(line, old=old, new=new, verdicts=verdicts))
    compared = report.comparison
    return replace(script, lines=tuple(lines), kernels=(compared.old.name, compared.new.name))


def check(script: Script, comparison: Comparison) -> list[Mismatch]:
    """Run a script and return every written expectation that is not met.

    Expectations written for other kernels are not checked.
    """
    if script.kernels != (comparison.old.name, comparison.new.name):
        return []
    return unmet(script, diff(script.program, comparison))


def unmet(script: Script, report: Report) -> list[Mismatch]:
    """Every written expectation that a report contradicts."""
    found = annotate(script, report)
    expects_verdicts = any(line.verdicts or line.old for line in script.lines)
    mismatches = []
    for index, (line, now) in enumerate(zip(script.lines, found.lines, strict=True)):
        wants = [("old", line.old, now.old), ("new", line.new, now.new)]
        mismatches += [
            Mismatch(index, line.number, what, want, str(got))
            for what, want, got in wants
            if want is not None and want != got
        ]
        if expects_verdicts and line.verdicts != now.verdicts:
            expected, got = "; ".join(line.verdicts), "; ".join(now.verdicts)
            mismatches.append(Mismatch(index, line.number, "verdict", expected, got))
    return mismatches


def verdict_texts(report: Report) -> dict[int, list[str]]:
    """The verdicts on each step, roots and echoes before violations."""
    texts: dict[int, list[str]] = {}
    for divergence in report.divergences:
        texts.setdefault(divergence.step, []).append(divergence_text(divergence))
    last = len(report.answers) - 1
    for violation in report.violations:
        texts.setdefault(min(violation.step, last), []).append(violation_text(violation))
    return texts


def divergence_text(divergence: Divergence) -> str:
    """A divergence as text: "root intended RULE" or "echo of STEPS bug RULE"."""
    steps = ",".join(map(str, divergence.causes)) or "nothing"
    of = steps if divergence.attributed else "earlier steps"
    kind = f"echo of {of}" if divergence.kind == "echo" else "root"
    return f"{kind} {divergence.verdict} {divergence.rule or '-'}"


def violation_text(violation: Violation) -> str:
    """A violation as text: "violation SIDE INVARIANT"."""
    return f"violation {violation.side} {violation.invariant}"
