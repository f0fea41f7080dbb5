"""Findings as SARIF 2.1.0, as code scanning services read it.

A result is matched by its fingerprint, not by its file, since another run may have another witness.
Known mistakes are suppressed results.  The same findings give the same bytes.
"""

import json
import os
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote

from jaildiff.differ.verdict.fingerprint import VERSION
from jaildiff.findings.catalogue import BASELINE, CATALOGUE, CHANGED, Named
from jaildiff.findings.reports.ci_outcome import (
    Changed,
    Level,
    Outcome,
    Place,
    Problem,
    Shown,
    explanation,
    level,
    level_of,
)
from jaildiff.support.files import in_repository
from jaildiff.support.printable import printable

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
RESULTS_MAX = 25_000  # GitHub refuses a file with more; failures come first.

_INDEX = {entry.id: index for index, entry in enumerate(CATALOGUE)}


def sarif(outcome: Outcome) -> str:
    """The whole file."""
    results = [of_changed(changed) for changed in outcome.changed]
    results += [of_problem(problem) for problem in outcome.problems]
    results += [of_finding(shown) for shown in outcome.shown]
    driver = {
        "name": "jaildiff",
        "semanticVersion": version("jaildiff"),
        "rules": [rule(entry) for entry in CATALOGUE],
    }
    run = {"tool": {"driver": driver}, "results": results[:RESULTS_MAX]}
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + "\n"


def rule(entry: Named) -> dict[str, object]:
    """The help text that a service shows beside every result of a rule."""
    rows = [entry.why, f"What to do: {entry.advice}"]
    rows += [f"Reference: {entry.reference}"] if entry.reference else []
    rows += [f"Example: {entry.witness}"] if entry.witness else []
    made: dict[str, object] = {
        "id": entry.id,
        "shortDescription": {"text": entry.title},
        "fullDescription": {"text": entry.why},
        "help": {"text": "\n\n".join(rows)},
        "defaultConfiguration": {"level": level_of(entry.verdict, entry.severity)},
        "properties": {"severity": entry.severity, "tags": list(entry.tags)},
    }
    return made | ({"helpUri": entry.url} if entry.url else {})


def of_finding(shown: Shown) -> dict[str, object]:
    """One class of findings, at its witness."""
    finding = shown.finding
    made = result(finding.name, level(finding), explanation(finding), shown.place)
    made["occurrenceCount"] = max(finding.count, 1)
    made["partialFingerprints"] = {
        f"jaildiffFingerprint/v{VERSION}": finding.fingerprint,
        # GitHub's key for a result; without it GitHub uses the text of the witness.
        "primaryLocationLineHash": f"{finding.fingerprint}:1",
    }
    if finding.known:
        suppression = {"kind": "external", "status": "accepted", "justification": finding.known}
        made["suppressions"] = [suppression]
    return made


def of_changed(changed: Changed) -> dict[str, object]:
    """An expectation that does not come true."""
    return result(CHANGED, Level.ERROR, printable(changed.text), changed.place)


def of_problem(problem: Problem) -> dict[str, object]:
    """An entry of the baseline that does not hold."""
    level = Level.ERROR if problem.fails else Level.WARNING
    return result(BASELINE, level, printable(problem.text), problem.place)


def result(rule_id: str, level: Level, text: str, place: Place) -> dict[str, object]:
    """What every result has."""
    location = {
        "artifactLocation": artifact(place.file),
        "region": {"startLine": place.line},
    }
    return {
        "ruleId": rule_id,
        "ruleIndex": _INDEX[rule_id],
        "level": level,
        "message": {"text": text},
        "locations": [{"physicalLocation": location}],
    }


def artifact(file: str) -> dict[str, str]:
    """A file: relative to the repository, if it is in it.  A name need not be UTF-8."""
    path = in_repository(file)
    if path is None:
        return {"uri": Path(file).resolve().as_uri()}
    return {"uri": quote(os.fsencode(path)), "uriBaseId": "%SRCROOT%"}
