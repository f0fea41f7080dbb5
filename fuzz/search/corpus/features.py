"""What a program is worth keeping for."""

from fuzz.differ.comparison import Comparison
from fuzz.differ.diff import Report, diff
from fuzz.programs.program import Program


def features(program: Program, comparison: Comparison) -> frozenset[str]:
    """The features of a program: every class and rule it shows, every pair of answers it gets."""
    return features_of(program, diff(program, comparison))


def features_of(program: Program, report: Report) -> frozenset[str]:
    """The features of a program that was judged already.

    - `class FINGERPRINT` and `rule ID` of each divergence and violation;
    - `answer CALL OLD NEW` of each op: the kind of call, and both errnos.
    """
    found = set()
    for divergence in report.divergences:
        found |= {f"class {divergence.fingerprint}", f"rule {divergence.rule or 'none'}"}
    for violation in report.violations:
        found |= {f"class {violation.fingerprint}", f"rule {violation.invariant}"}
    for call, (old, new) in zip(program.calls, report.answers, strict=False):
        found.add(f"answer {type(call).__name__} {old.kind} {new.kind}")
    return frozenset(found)
