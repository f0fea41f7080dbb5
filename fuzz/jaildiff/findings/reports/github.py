"""Findings as GitHub shows them: annotations beside files, and a summary of the job.

An annotation is a line of output.  Only failures are annotated, and only as many as GitHub shows
for a step.  The summary has all of them.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from jaildiff.findings.reports.ci_outcome import Level, Outcome, Place, explanation, level
from jaildiff.support.files import in_repository
from jaildiff.support.printable import printable

SHOWN_MAX = 10  # how many annotations of a level GitHub shows for a step
SUMMARY_ROWS_MAX = 1000  # of a summary, which may have 1 MiB
SUMMARY_VARIABLE = "GITHUB_STEP_SUMMARY"  # names the file that a summary is added to

_COMMAND = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}
_DATA = {ord("%"): "%25", ord("\r"): "%0D", ord("\n"): "%0A"}
_PROPERTY = _DATA | {ord(":"): "%3A", ord(","): "%2C"}


@dataclass(frozen=True, slots=True)
class Annotation:
    """A message about a line of a file."""

    level: Level
    place: Place
    title: str
    text: str

    def __str__(self) -> str:
        """The line of output; characters that would end a part are escaped."""
        file = str(in_repository(self.place.file) or self.place.file)
        properties = {"file": printable(file), "line": str(self.place.line), "title": self.title}
        shown = ",".join(f"{k}={value.translate(_PROPERTY)}" for k, value in properties.items())
        return f"::{_COMMAND[self.level]} {shown}::{self.text.translate(_DATA)}"

    @property
    def row(self) -> str:
        """The same in a row of a summary."""
        first = self.text.partition("\n")[0]
        return printable(f"{_COMMAND[self.level]:8}{self.place}  {self.title}  {first}")


def annotations(outcome: Outcome) -> Iterator[str]:
    """The lines, the gravest level first and as many of each as GitHub shows; then the number of
    the rest.
    """
    seen: Counter[Level] = Counter()
    for one in annotated(outcome):
        seen[one.level] += 1
        if seen[one.level] <= SHOWN_MAX:
            yield str(one)
    more = [f"{n - SHOWN_MAX} more {_COMMAND[of]}s" for of, n in seen.items() if n > SHOWN_MAX]
    if more:
        yield f"jaildiff: {', '.join(more)}, which GitHub would not show; the summary has all"


def annotated(outcome: Outcome) -> Iterator[Annotation]:
    """Everything that fails a run or is wrong with the baseline."""
    for changed in outcome.changed:
        title = "jaildiff: a program answers otherwise than it says"
        yield Annotation(Level.ERROR, changed.place, title, printable(changed.text))
    for problem in outcome.problems:
        level_of_it = Level.ERROR if problem.fails else Level.WARNING
        title = "jaildiff: an entry of the baseline"
        yield Annotation(level_of_it, problem.place, title, printable(problem.text))
    for shown in outcome.shown:
        if outcome.fails(shown):
            finding = shown.finding
            title = f"jaildiff: {finding.verdict} {finding.name} {finding.fingerprint}"
            yield Annotation(level(finding), shown.place, title, explanation(finding))


def job_summary(outcome: Outcome) -> str:
    """What the job found, in Markdown; no text in it is taken as markup."""
    rows = [one.row for one in annotated(outcome)]
    classes = len(outcome.shown)
    failing = sum(map(outcome.fails, outcome.shown))
    head = f"{classes} classes of differences; {failing} of them fail the run."
    if len(rows) > SUMMARY_ROWS_MAX:
        rows[SUMMARY_ROWS_MAX:] = [f"and {len(rows) - SUMMARY_ROWS_MAX} more"]
    longest = max((len(run) for row in rows for run in re.findall("`+", row)), default=0)
    fence = "`" * max(3, longest + 1)
    block = [f"{fence}text", *rows, fence, ""] if rows else []
    return "\n".join(["### jaildiff", "", head, "", *block])
