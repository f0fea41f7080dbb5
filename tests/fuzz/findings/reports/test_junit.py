from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from junitparser import Failure, JUnitXml, Skipped
from junitparser import TestCase as Case
from junitparser.xunit2 import TestCase

from jaildiff.findings.catalogue import CATALOGUE
from jaildiff.findings.reports.ci_outcome import Outcome
from jaildiff.findings.reports.junit import junit
from tests.outcomes import ALL, BUG, CHANGED, INTENDED, KNOWN, NASTY, UNEXPLAINED, VIOLATION, told


def cases(outcome: Outcome) -> dict[str, TestCase]:
    """The test cases that a file has when it is read again, by the id of their rule."""
    xml = JUnitXml.fromstring(junit(outcome).encode())
    (suite,) = xml
    return {case.name.partition(":")[0]: xunit2(case) for case in suite}


def xunit2(case: Case) -> TestCase:
    """A test case as one that may have properties."""
    made = TestCase.fromelem(case)  # type: ignore[no-untyped-call]  # junitparser has no type for it
    assert isinstance(made, TestCase)
    return made


def fingerprints(case: TestCase) -> list[str]:
    """What the properties of a test case say."""
    found = case.properties()  # type: ignore[no-untyped-call]  # as above
    return [one.value for one in found if one.name == "fingerprint"]


def test_the_same_cases_in_every_run() -> None:
    """Each rule is a test case whether it was met or not, so that a history can be kept."""
    assert list(cases(told())) == [entry.id for entry in CATALOGUE]
    assert list(cases(told(*ALL))) == [entry.id for entry in CATALOGUE]


def test_nothing() -> None:
    """A run that found nothing passes all."""
    assert all(case.is_passed for case in cases(told()).values())


@pytest.mark.parametrize(
    ("fail_on", "failing"),
    [
        ("bug", {"failed-create-renumbers", "refs-accounted", "unexplained"}),
        ("unexplained", {"unexplained"}),
        ("any", {"failed-create-renumbers", "refs-accounted", "unexplained", "dying-jid-reused"}),
    ],
)
def test_failures(fail_on: str, failing: set[str]) -> None:
    """Exactly the rules fail for which the run does."""
    found = cases(told(*ALL, fail_on=fail_on))
    assert {name for name, case in found.items() if case.is_failure} == failing


def test_totals() -> None:
    """The suite counts its failures, so that a file can be judged without reading it all."""
    xml = JUnitXml.fromstring(junit(told(BUG, VIOLATION, changed=(CHANGED,))).encode())
    assert (xml.tests, xml.failures, xml.errors, xml.skipped) == (len(CATALOGUE), 3, 0, 0)


def test_failure() -> None:
    """The message says it in a line; the text has every class, where it is seen and how."""
    other = replace(BUG, fingerprint="00000000000000ff", call="p9: exit()")
    case = cases(told(BUG, other, KNOWN))["failed-create-renumbers"]
    (failure,) = case.result
    assert isinstance(failure, Failure)
    assert failure.message == "a create that fails renumbers. What the patch is for."
    assert failure.type == "bug"
    assert failure.text is not None
    assert failure.text.startswith(f"findings/{BUG.program}:12\n")
    assert "step 4: p9: exit()" in failure.text
    assert "landed so" not in failure.text
    assert fingerprints(case) == [BUG.fingerprint, other.fingerprint, KNOWN.fingerprint]


def test_known() -> None:
    """A rule that met nothing but what is known is skipped, with the reason."""
    (skipped,) = cases(told(KNOWN))["failed-create-renumbers"].result
    assert isinstance(skipped, Skipped)
    assert skipped.message == "known: landed so"
    assert fingerprints(cases(told(KNOWN))["failed-create-renumbers"]) == [KNOWN.fingerprint]


def test_intended() -> None:
    """What is intended passes, and can be looked up."""
    case = cases(told(INTENDED))["dying-jid-reused"]
    assert case.is_passed
    assert fingerprints(case) == [INTENDED.fingerprint]


def test_unexplained() -> None:
    """What no rule explains has a test case of its own."""
    assert cases(told(UNEXPLAINED))["unexplained"].is_failure


def test_changed() -> None:
    """A program that answers otherwise than it says is a failure with file and line."""
    (failure,) = cases(told(changed=(CHANGED,)))["answers-as-written"].result
    assert failure.message == "corpus/a.jd:4: expected old '7', found '0'"


def test_stable_bytes() -> None:
    """The same findings, met in another order, give the same bytes: no time, no machine."""
    assert junit(told(*ALL)) == junit(told(*reversed(ALL)))


@settings(max_examples=20)
@given(st.one_of(st.just(NASTY), st.text()))
def test_untrusted_text(text: str) -> None:
    """Whatever an answer or a reason says, the file is XML and has the same test cases."""
    bug, known = replace(BUG, title=text, old=text), replace(VIOLATION, known=text or "-")
    assert len(cases(told(bug, known, changed=(replace(CHANGED, text=text),)))) == len(CATALOGUE)


def test_names_of_files() -> None:
    """A name of a file is no line of its own, and needs not be UTF-8 or fit for XML."""
    outcome = told(BUG)
    (shown,) = outcome.shown
    odd = replace(shown, place=replace(shown.place, file="x\udcff\n::error::y\x00\ufffe"))
    (failing,) = (
        case for case in cases(replace(outcome, shown=(odd,))).values() if case.is_failure
    )
    first = str(failing.result[0].text).strip().split("\n")[0]
    assert first == r"x\udcff\n::error::y\x00\ufffe:12"
