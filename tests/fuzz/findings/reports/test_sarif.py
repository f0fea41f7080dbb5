import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft4Validator

from jaildiff.findings.catalogue import CATALOGUE
from jaildiff.findings.reports.ci_outcome import FailOn
from jaildiff.findings.reports.sarif import RESULTS_MAX, sarif
from tests.outcomes import (
    ALL,
    BUG,
    CHANGED,
    INTENDED,
    KNOWN,
    NASTY,
    UNEXPLAINED,
    VIOLATION,
    told,
)

SCHEMA = Path(__file__).parents[3] / "data" / "sarif-2.1.0-rtm.5.json"
VALIDATOR = Draft4Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def run_of(text: str) -> Any:  # JSON
    """The one run in a file, which is valid."""
    log = json.loads(text)
    assert [error.message for error in VALIDATOR.iter_errors(log)] == []
    (run,) = log["runs"]
    return run


def result(*findings: Any, **more: Any) -> Any:  # as run_of
    """The one result of an outcome."""
    (found,) = run_of(sarif(told(*findings, **more)))["results"]
    return found


def test_schema_bites() -> None:
    """The schema that the tests go by refuses what is no SARIF."""
    log = json.loads(sarif(told(BUG)))
    log["runs"][0]["results"][0]["level"] = "loud"
    assert not VALIDATOR.is_valid(log)
    assert not VALIDATOR.is_valid({"version": "2.1.0"})


def test_everything_at_once() -> None:
    """Every kind of finding gives a valid file, in the order of the outcome."""
    run = run_of(sarif(told(*ALL, changed=(CHANGED,))))
    assert [found["ruleId"] for found in run["results"]] == [
        "answers-as-written",
        "refs-accounted",
        "unexplained",
        "failed-create-renumbers",
        "failed-create-renumbers",
        "dying-jid-reused",
    ]
    levels = [found["level"] for found in run["results"]]
    assert levels == ["error", "error", "error", "warning", "warning", "note"]


def test_nothing() -> None:
    """A run that found nothing says so: an empty list clears the alerts of earlier ones."""
    assert run_of(sarif(told()))["results"] == []


def test_rules() -> None:
    """All of the catalogue is described, each with help, and each result points to its rule."""
    run = run_of(sarif(told(*ALL)))
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [entry.id for entry in CATALOGUE]
    for rule in rules:
        assert rule["help"]["text"].startswith(rule["fullDescription"]["text"])
        assert rule["shortDescription"]["text"]
    for found in run["results"]:
        assert rules[found["ruleIndex"]]["id"] == found["ruleId"]


def test_rule() -> None:
    """A rule's help names its reference and an example."""
    rules = run_of(sarif(told()))["tool"]["driver"]["rules"]
    (rule,) = (rule for rule in rules if rule["id"] == "dying-jid-reused")
    assert rule["defaultConfiguration"] == {"level": "note"}
    assert rule["helpUri"] == "https://reviews.freebsd.org/D28150"
    assert "\n\nReference: commit ed31b3f4a146" in rule["help"]["text"]
    assert rule["help"]["text"].endswith("\n\nExample: corpus/rules/dying-jid-reused.jd")
    assert rule["properties"] == {"severity": "medium", "tags": ["intended", "jid"]}


def test_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A finding has message, place, count and the fingerprint by which it is known again."""
    monkeypatch.chdir(tmp_path)
    found = result(BUG)
    assert found["message"]["text"].startswith("a create that fails renumbers. ")
    assert found["occurrenceCount"] == 3
    assert found["partialFingerprints"]["jaildiffFingerprint/v3"] == BUG.fingerprint
    assert found["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {
                    "uri": f"findings/{BUG.program}",
                    "uriBaseId": "%SRCROOT%",
                },
                "region": {"startLine": 12},
            }
        }
    ]
    assert "suppressions" not in found


def test_known() -> None:
    """What is known is a suppressed result, with the reason."""
    assert result(KNOWN)["suppressions"] == [
        {"kind": "external", "status": "accepted", "justification": "landed so"}
    ]


@pytest.mark.parametrize("finding", [INTENDED, BUG, VIOLATION, UNEXPLAINED])
def test_not_known(finding: Any) -> None:  # a Finding
    """Nothing else is suppressed, whatever the run fails on."""
    assert all("suppressions" not in result(finding, fail_on=least) for least in FailOn)


def test_fingerprints_do_not_depend_on_the_witness() -> None:
    """Another run with another witness, place and count is about the same alert."""
    other = replace(BUG, step=9, call="p7: exit()", old="x", count=99, program="other.jd")
    assert result(BUG)["partialFingerprints"] == result(other)["partialFingerprints"]


def test_place_outside_of_the_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file elsewhere is named by all of its path, escaped as an address is."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    place = replace(CHANGED, place=replace(CHANGED.place, file=f"{tmp_path}/a b#c.jd"))
    location = result(changed=(place,))["locations"][0]["physicalLocation"]
    assert location["artifactLocation"] == {"uri": f"file://{tmp_path}/a%20b%23c.jd"}


def test_place_in_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is named from the top of the repository, wherever in it we are; also in bytes that are
    no UTF-8.
    """
    (tmp_path / ".git").mkdir()
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    for file, uri in (
        ("a.jd", "sub/a.jd"),
        ("../b.jd", "b.jd"),
        ("x\udcff\n.jd", "sub/x%FF%0A.jd"),
    ):
        place = replace(CHANGED, place=replace(CHANGED.place, file=file))
        location = result(changed=(place,))["locations"][0]["physicalLocation"]
        assert location["artifactLocation"] == {"uri": uri, "uriBaseId": "%SRCROOT%"}


def test_stable_bytes() -> None:
    """The same findings, met in another order, give the same bytes, in ASCII."""
    assert sarif(told(*ALL)) == sarif(told(*reversed(ALL)))
    assert sarif(told(*ALL)).isascii()


def test_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """No more results than GitHub takes, and what fails the run is not what is left out."""
    assert RESULTS_MAX <= 25_000
    monkeypatch.setattr("jaildiff.findings.reports.sarif.RESULTS_MAX", 3)
    many = [replace(INTENDED, fingerprint=f"{number:016x}") for number in range(5)]
    results = run_of(sarif(told(*many, BUG)))["results"]
    assert [found["ruleId"] for found in results] == [BUG.rule, INTENDED.rule, INTENDED.rule]


@settings(max_examples=20)
@given(st.one_of(st.just(NASTY), st.text()), st.one_of(st.just(NASTY), st.text()))
def test_untrusted_text(title: str, answer: str) -> None:
    """Whatever an answer says, the file is valid, and its text prints."""
    found = result(replace(BUG, title=title, old=answer, new=answer, known=None))
    assert all(row.isprintable() for row in found["message"]["text"].split("\n"))
