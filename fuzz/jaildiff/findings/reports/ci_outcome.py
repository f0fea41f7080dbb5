"""The outcome of a run for a CI system: the findings, the lines that show them, and whether it
fails.

SARIF, JUnit and annotations are three ways to write the same outcome.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from jaildiff.differ.annotate import check
from jaildiff.differ.comparison import Comparison, words
from jaildiff.differ.verdict.rule import Severity, Verdict
from jaildiff.findings.finding import Finding
from jaildiff.findings.findings_file import FINDINGS
from jaildiff.programs.op_language import Script, parse
from jaildiff.support.printable import printable


class FailOn(StrEnum):
    """The least serious finding that makes a run fail."""

    BUG = "bug"  # a bug that is not known, or what no rule explains
    UNEXPLAINED = "unexplained"  # only what no rule explains
    ANY = "any"  # whatever differs, intended and known too

    def fails(self, finding: Finding) -> bool:
        """Whether a run that meets this finding fails."""
        match self:
            case FailOn.BUG:
                return finding.news
            case FailOn.UNEXPLAINED:
                return finding.news and finding.verdict == Verdict.UNEXPLAINED
            case FailOn.ANY:
                return True


class Level(StrEnum):
    """The level of an annotation."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A line of a file."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Shown:
    """A finding, and the line of a program that shows it."""

    finding: Finding
    place: Place


@dataclass(frozen=True, slots=True)
class Changed:
    """A line of a program whose answer or verdict differs from what is written there."""

    place: Place
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


@dataclass(frozen=True, slots=True)
class Problem:
    """An entry of the baseline that does not hold, or met nothing."""

    place: Place
    text: str
    fails: bool

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The findings, the gravest level first and each class once, and what no longer comes true."""

    shown: tuple[Shown, ...]
    changed: tuple[Changed, ...]
    fail_on: FailOn
    problems: tuple[Problem, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether the run fails.  A program whose answers differ from its file fails any run, as
        does an entry of the baseline that has expired or is too broad.
        """
        broken = bool(self.changed) or any(problem.fails for problem in self.problems)
        return broken or any(self.fails(shown) for shown in self.shown)

    def fails(self, shown: Shown) -> bool:
        """Whether this finding is one that makes the run fail."""
        return self.fail_on.fails(shown.finding)


def outcome(
    shown: Iterable[Shown],
    changed: Iterable[Changed],
    fail_on: FailOn,
    problems: Iterable[Problem] = (),
) -> Outcome:
    """An outcome in an order that depends only on the findings."""
    loudness = list(Level)

    def key(shown: Shown) -> tuple[bool, int, str, str]:
        finding = shown.finding
        quiet = not fail_on.fails(finding)
        return quiet, loudness.index(level(finding)), finding.name, finding.fingerprint

    return Outcome(tuple(sorted(shown, key=key)), tuple(changed), fail_on, tuple(problems))


def level(finding: Finding) -> Level:
    """The level of a finding, whether known or not."""
    return level_of(Verdict(finding.verdict), Severity(finding.severity))


def level_of(verdict: Verdict, severity: Severity) -> Level:
    """A note if intended, a warning if it is a bug of less than high severity, else an error."""
    if verdict is Verdict.INTENDED:
        return Level.NOTE
    if verdict is Verdict.BUG and severity is not Severity.HIGH:
        return Level.WARNING
    return Level.ERROR


def explanation(finding: Finding) -> str:
    """A finding in some lines of plain text, the first of which says it all."""
    called = words(*finding.kernels.split(","))
    where = called.side(finding.side or "both")
    claim = f"broken in {where}: " if finding.kind == "violation" else ""
    rows = [f"{claim}{finding.title}. {finding.why}"]
    rows += [f"step {finding.step}: {finding.call}"]
    if finding.old:
        answers = ((called.old, finding.old), (called.new, finding.new))
        rows += [f"{kernel.removeprefix('the ')}: {answer}" for kernel, answer in answers]
    rows += [f"differs: {', '.join(finding.differs)}"] if finding.differs else []
    rows += [f"known: {finding.known}"] if finding.known else []
    rows += finding.story[-1:]  # what to do
    return "\n".join(map(printable, rows))


def changes(where: str, script: Script, comparison: Comparison) -> list[Changed]:
    """What a script says and does not come true."""
    return [
        Changed(Place(where, m.number), f"expected {m.what} {m.expected!r}, found {m.found!r}")
        for m in check(script, comparison)
    ]


def place_in(where: str, script: Script | None, step: int) -> Place:
    """The line of a step.  For a program that is one line of JSON, as in `file:7`, that line."""
    if script is None:
        file, _, line = where.rpartition(":")
        return Place(file, int(line))
    numbers = [line.number for line in script.lines] or [1]
    return Place(where, numbers[min(step, len(numbers) - 1)])


def place_of_witness(folder: Path, finding: Finding) -> Place:
    """The line of a written witness that shows its finding."""
    if not finding.program:
        return Place(str(folder / FINDINGS), 1)  # The disk refused it.
    file = folder / finding.program
    return place_in(str(file), parse(file.read_text(encoding="utf-8"), str(file)), finding.step)
