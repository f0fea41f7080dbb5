"""What a reproducer says about itself: its finding, and whose answers it expects."""

from dataclasses import dataclass

from jaildiff.differ.comparison import Comparison
from jaildiff.differ.diff import diff
from jaildiff.differ.verdict.rule import Verdict
from jaildiff.findings.baseline import Baseline
from jaildiff.findings.finding import Finding, findings_of
from jaildiff.findings.reproduce.accounts import BY_MISTAKE
from jaildiff.kernels.fault import load as load_faults
from jaildiff.kernels.named import kernel
from jaildiff.kernels.registry import Model
from jaildiff.programs.op_language import Script, call_text
from jaildiff.support.errors import InputError

GRAVITY = (Verdict.BUG, Verdict.UNEXPLAINED, Verdict.INTENDED)


@dataclass(frozen=True, slots=True)
class Told:
    """A program to reproduce: its finding, its calls, the kernel that is right, and the other."""

    name: str
    finding: Finding
    calls: tuple[str, ...]
    wanted: Model
    other: Model

    @property
    def title(self) -> str:
        """In a line."""
        return f"{self.finding.name}: {self.finding.title}"

    @property
    def story(self) -> tuple[str, ...]:
        """In sentences."""
        return self.finding.story

    @property
    def expectation(self) -> tuple[str, ...]:
        """Whose answers are expected."""
        return (f"Expected is what the kernel {self.wanted} answers; {self.other} does not.",)


def tell_program(
    script: Script, comparison: Comparison, baseline: Baseline, expected: str | None
) -> Told:
    """Choose the finding to reproduce: the one that the program is named after, else its gravest
    one.

    Raises InputError if it shows none, if it is not known which kernel is right, or if there is no
    kernel of the name `expected`.
    """
    program = script.program
    found = findings_of(program, baseline, diff(program, comparison))
    if not found:
        raise InputError("", 0, 0, f"the program shows no difference between {comparison}")
    finding = min(found, key=lambda one: (one.name != script.id, GRAVITY.index(one.verdict)))
    wanted = right_kernel(finding, comparison) if expected is None else kernel(expected)
    other = comparison.old if wanted is comparison.new else comparison.new
    if finding.side == "old":
        other = comparison.old
    calls = tuple(map(call_text, program.calls))
    return Told(script.id, finding, calls, wanted, other)


def right_kernel(finding: Finding, comparison: Comparison) -> Model:
    """The kernel that answers rightly.  For a bug: the one without it, preferably the one with only
    that bug corrected.  For an intended difference: the new one.

    Raises InputError if none is known to be right.
    """
    if finding.side == "new":
        correction = correction_of(finding, comparison.new)
        return comparison.old if correction is None else kernel(f"{comparison.new}+{correction}")
    if finding.side == "both" or finding.verdict == Verdict.UNEXPLAINED:
        message = "which kernel is right is not known; say whose answers you expect with --expect"
        raise InputError("", 0, 0, message)
    return comparison.new


def correction_of(finding: Finding, new: Model) -> str | None:
    """The seeded correction of a mistake of the new kernel; None if there is none."""
    account = BY_MISTAKE.get(finding.mistake or "")
    if account is not None and account.correction in load_faults():
        fault = load_faults()[account.correction]
        return fault.id if fault.model == new.name else None
    return None
