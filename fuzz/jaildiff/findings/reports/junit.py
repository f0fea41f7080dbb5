"""Findings as JUnit XML: a test case for each rule, the same ones in every run.

A rule passes if none of its findings fails the run, and is skipped if all of them are known.
"""

from collections import defaultdict
from collections.abc import Sequence

from junitparser import Failure, JUnitXml, Skipped, TestSuite
from junitparser.xunit2 import TestCase

from jaildiff.findings.catalogue import BASELINE, CATALOGUE, CHANGED, Named
from jaildiff.findings.reports.ci_outcome import Changed, Outcome, Problem, Shown, explanation
from jaildiff.support.printable import printable

SUITE = "jaildiff"


def junit(outcome: Outcome) -> str:
    """The whole file; the same outcome gives the same bytes."""
    by_name: dict[str, list[Shown]] = defaultdict(list)
    for shown in outcome.shown:
        by_name[shown.finding.name].append(shown)
    suite = TestSuite(SUITE)
    for entry in CATALOGUE:
        if entry.id == CHANGED:
            suite.add_testcase(of_file(entry, outcome.changed))
        elif entry.id == BASELINE:
            suite.add_testcase(of_file(entry, [p for p in outcome.problems if p.fails]))
        else:
            suite.add_testcase(case_of(entry, outcome, by_name[entry.id]))
    xml = JUnitXml(SUITE)
    xml.add_testsuite(suite)
    text: bytes = xml.tostring()  # type: ignore[no-untyped-call]  # junitparser has no type for it
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text.decode()}\n'


def case_of(entry: Named, outcome: Outcome, shown: list[Shown]) -> TestCase:
    """A rule, with the fingerprint of each of its classes."""
    made = case(entry)
    for one in shown:
        made.add_property("fingerprint", one.finding.fingerprint)
    failing = [one for one in shown if outcome.fails(one)]
    if failing:
        rows = [f"{printable(str(one.place))}\n{explanation(one.finding)}" for one in failing]
        made.result = [failure(entry, rows[0].split("\n")[1], rows)]
    elif shown and all(one.finding.known for one in shown):
        made.result = [Skipped(f"known: {printable(shown[0].finding.known or '')}")]
    return made


def of_file(entry: Named, wrong: Sequence[Changed | Problem]) -> TestCase:
    """The corpus or the baseline: whether everything in it comes true."""
    made = case(entry)
    rows = [printable(str(line)) for line in wrong]
    if rows:
        made.result = [failure(entry, rows[0], rows)]
    return made


def case(entry: Named) -> TestCase:
    """A test case; it takes no time of its own."""
    return TestCase(f"{entry.id}: {entry.title}", f"{SUITE}.{entry.verdict}", 0.0)


def failure(entry: Named, message: str, rows: list[str]) -> Failure:
    """A failure, with all of its cases below the message."""
    made = Failure(message, entry.verdict)
    made.text = "\n\n".join(rows)
    return made
