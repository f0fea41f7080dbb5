"""The one way to count bugs, for terminal, report and machines: mistakes, then classes.

A class is one fingerprint: differences that look alike.  Classes that come from one mistake in a
kernel count as one.  The mistake is the one that the baseline names, else the rule or invariant.  A
class that nothing explains stands for itself.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from jaildiff.differ.comparison import LANDED, Comparison
from jaildiff.differ.verdict.rule import Verdict
from jaildiff.findings.finding import Finding
from jaildiff.findings.triage import mistakes_of

KERNELS = ("new", "old", "both")  # whose mistake it is: by the kernels that its classes blame
Counted = Mapping[str, object]  # a finding, as it stands in a file


@dataclass(frozen=True, slots=True)
class Count:
    """How many mistakes there are, and classes of them."""

    mistakes: int
    classes: int
    unknown: int  # of the mistakes: with a class that is not in the baseline

    def text(self, of: str = "") -> str:
        """For people; `of` says whose mistakes they are."""
        news = f", {self.unknown} not known" if self.unknown else ""
        return f"{plural(self.mistakes, 'mistake')}{of} ({plural(self.classes, 'class')}{news})"


def rows_of(findings: Iterable[Finding]) -> list[Counted]:
    """Findings as they stand in a file."""
    return [asdict(finding) for finding in findings]


def count_bugs(findings: Iterable[Counted]) -> dict[str, Count]:
    """The bugs of each kernel, and of both."""
    by_mistake: dict[object, list[Counted]] = {}
    for finding in findings:
        if finding["verdict"] == Verdict.BUG:
            by_mistake.setdefault(finding["mistake"] or finding["rule"], []).append(finding)
    groups: dict[str, list[list[Counted]]] = {kernel: [] for kernel in KERNELS}
    for group in by_mistake.values():
        sides = {str(finding["side"]) for finding in group}
        groups[sides.pop() if len(sides) == 1 else "both"].append(group)
    return {kernel: count_of(found) for kernel, found in groups.items()}


def count_changes(findings: Iterable[Counted], verdict: Verdict) -> Count:
    """Count what is not a bug: by rule, and by class where no rule claims it."""
    groups: dict[object, list[Counted]] = {}
    for finding in findings:
        if finding["verdict"] == verdict:
            groups.setdefault(finding["rule"] or finding["fingerprint"], []).append(finding)
    return count_of(list(groups.values()))


def count_of(groups: list[list[Counted]]) -> Count:
    """Count classes, and the groups they form by their origin."""
    unknown = sum(any(finding["known"] is None for finding in group) for group in groups)
    return Count(len(groups), sum(map(len, groups)), unknown)


def counts_text(counts: Mapping[str, Count], compared: Comparison = LANDED) -> str:
    """All bugs in a line."""
    of = mistakes_of(compared)
    parts = [count.text(f" {of[kernel]}") for kernel, count in counts.items() if count.mistakes]
    return f"Bugs met: {', '.join(parts)}." if parts else "No bug was met."


def counts_json(counts: Mapping[str, Count]) -> dict[str, dict[str, int]]:
    """The same for machines."""
    return {kernel: asdict(count) for kernel, count in counts.items()}


def plural(number: int, word: str) -> str:
    """A number and what it counts."""
    ending = "es" if word.endswith("s") else "s"
    return f"{number} {word}{ending * (number != 1)}"
