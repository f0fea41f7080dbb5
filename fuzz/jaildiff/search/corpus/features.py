"""The features for which a program is worth keeping."""

from jaildiff.differ.comparison import Comparison
from jaildiff.differ.diff import Report, diff
from jaildiff.programs.program import Program


def features(program: Program, comparison: Comparison) -> frozenset[str]:
    """All classes and rules that a program shows, and all pairs of answers that it gets."""
    return features_of(program, diff(program, comparison))


def features_of(program: Program, report: Report) -> frozenset[str]:
    """The features in the report on a program.

    - `class FINGERPRINT` and `rule ID` for each divergence and violation;
    - `answer CALL OLD NEW` for each op: the kind of call, and both errnos.
    """
    found = set()
    for divergence in report.divergences:
        found |= {f"class {divergence.fingerprint}", f"rule {divergence.rule or 'none'}"}
    for violation in report.violations:
        found |= {f"class {violation.fingerprint}", f"rule {violation.invariant}"}
    for call, (old, new) in zip(program.calls, report.answers, strict=False):
        found.add(f"answer {type(call).__name__} {old.kind} {new.kind}")
    return frozenset(found)
