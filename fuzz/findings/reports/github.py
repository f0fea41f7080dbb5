"""Findings as GitHub annotations: lines of output that the runner shows beside files.

Only what fails the run is annotated: GitHub shows ten errors and ten warnings of a step.
"""

from collections.abc import Iterator

from fuzz.findings.reports.ci_outcome import Level, Outcome, Place, explanation, level
from fuzz.support.files import in_repository
from fuzz.support.printable import printable

_COMMAND = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}
_DATA = {ord("%"): "%25", ord("\r"): "%0D", ord("\n"): "%0A"}
_PROPERTY = _DATA | {ord(":"): "%3A", ord(","): "%2C"}


def annotations(outcome: Outcome) -> Iterator[str]:
    """The lines, the loudest first."""
    for changed in outcome.changed:
        title = "jaildiff: a program answers otherwise than it says"
        yield annotation(Level.ERROR, changed.place, title, printable(changed.text))
    for problem in outcome.problems:
        level_of_it = Level.ERROR if problem.fails else Level.WARNING
        title = "jaildiff: an entry of the baseline"
        yield annotation(level_of_it, problem.place, title, printable(problem.text))
    for shown in outcome.shown:
        if outcome.fails(shown):
            finding = shown.finding
            title = f"jaildiff: {finding.verdict} {finding.name} {finding.fingerprint}"
            yield annotation(level(finding), shown.place, title, explanation(finding))


def annotation(level: Level, place: Place, title: str, text: str) -> str:
    """One line; what would end a part of it is escaped."""
    file = str(in_repository(place.file) or place.file)
    properties = {"file": printable(file), "line": str(place.line), "title": title}
    shown = ",".join(f"{key}={value.translate(_PROPERTY)}" for key, value in properties.items())
    return f"::{_COMMAND[level]} {shown}::{text.translate(_DATA)}"
