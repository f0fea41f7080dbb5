import random
from dataclasses import replace
from pathlib import Path

import pytest

from jaildiff.differ.comparison import LANDED
from jaildiff.findings.finding import Finding
from jaildiff.findings.reports.ci_outcome import (
    Changed,
    FailOn,
    Level,
    Place,
    changes,
    explanation,
    level,
    outcome,
    place_in,
    place_of_witness,
)
from jaildiff.programs.op_language import parse
from tests.outcomes import (
    ALL,
    BUG,
    CHANGED,
    INTENDED,
    KNOWN,
    NASTY,
    UNEXPLAINED,
    VIOLATION,
    shown,
    told,
)

SCRIPT = "# A story.\n\njaildiff 1\np1: fork() = p2\n    both 7\n# Why.\np2: exit()\n"


@pytest.mark.parametrize(
    ("fail_on", "failing"),
    [
        (FailOn.BUG, [BUG, VIOLATION, UNEXPLAINED]),
        (FailOn.UNEXPLAINED, [UNEXPLAINED]),
        (FailOn.ANY, list(ALL)),
    ],
)
def test_what_fails(fail_on: FailOn, failing: list[Finding]) -> None:
    """Each threshold names exactly its findings, and one of them is enough."""
    assert [finding for finding in ALL if fail_on.fails(finding)] == failing
    for finding in ALL:
        assert told(finding, fail_on=fail_on).failed == (finding in failing)


@pytest.mark.parametrize("fail_on", FailOn)
def test_what_no_longer_comes_true_fails(fail_on: FailOn) -> None:
    """A program that does not answer as it says fails a run at every threshold."""
    assert told(changed=(CHANGED,), fail_on=fail_on).failed
    assert not told(fail_on=fail_on).failed


def test_order() -> None:
    """First what fails the run, of that first what is loudest; the order of meeting is nothing."""
    expected = [VIOLATION, UNEXPLAINED, BUG, KNOWN, INTENDED]
    for seed in range(10):
        mixed = random.Random(seed).sample(ALL, len(ALL))
        assert [one.finding for one in told(*mixed).shown] == expected


@pytest.mark.parametrize(
    ("finding", "expected"),
    [
        (INTENDED, Level.NOTE),
        (replace(INTENDED, severity="high"), Level.NOTE),
        (BUG, Level.WARNING),
        (KNOWN, Level.WARNING),
        (VIOLATION, Level.ERROR),
        (UNEXPLAINED, Level.ERROR),
    ],
)
def test_level(finding: Finding, expected: Level) -> None:
    """What is intended is a note, what is a bug goes by its severity, the rest is an error."""
    assert level(finding) is expected


def test_explanation() -> None:
    """Title and reason come first, then the step with both answers, then why it is no news."""
    assert explanation(KNOWN).splitlines() == [
        "a create that fails renumbers. What the patch is for.",
        "step 4: p1: jail_set(CREATE, jid=1, persist)",
        'old kernel: EEXIST "jail 1 already exists"',
        "new kernel: 1",
        "differs: jail 1: state",
        "known: landed so",
    ]


def test_explanation_of_a_violation() -> None:
    """The title of an invariant says what must hold; that and where it does not stands before."""
    assert explanation(VIOLATION).splitlines() == [
        "broken in the new kernel: a create that fails renumbers. What the patch is for.",
        "step 4: p1: jail_set(CREATE, jid=1, persist)",
    ]
    both = explanation(replace(VIOLATION, side="both"))
    assert both.startswith("broken in both kernels: ")


def test_explanation_of_untrusted_text() -> None:
    """Whatever stands in a finding stays in its line, and prints."""
    rows = explanation(replace(BUG, title=NASTY, old=NASTY, differs=(NASTY,))).splitlines()
    assert len(rows) == 5
    assert all(row.isprintable() for row in rows)


def test_place_in_a_script() -> None:
    """A step is where its op stands; the clean-up behind the last op is the last op."""
    script = parse(SCRIPT, "a.jd")
    places = [place_in("a.jd", script, step) for step in range(3)]
    assert places == [Place("a.jd", 4), Place("a.jd", 7), Place("a.jd", 7)]
    assert place_in("a.jd", parse("jaildiff 1\n", "a.jd"), 0) == Place("a.jd", 1)


def test_place_in_json() -> None:
    """All steps of a program in JSON are in its one line."""
    assert place_in("C:/some:dir/a.jsonl:7", None, 3) == Place("C:/some:dir/a.jsonl", 7)


def test_place_of_witness(tmp_path: Path) -> None:
    """The line is looked up in the witness as it was written."""
    (tmp_path / BUG.program).write_text(SCRIPT)
    found = place_of_witness(tmp_path, replace(BUG, step=1))
    assert found == Place(str(tmp_path / BUG.program), 7)


def test_changes() -> None:
    """Each expectation that does not come true has its file and line."""
    found = changes("a.jd", parse(SCRIPT, "a.jd"), LANDED)
    assert found == [
        Changed(Place("a.jd", 4), "expected old '7', found '2'"),
        Changed(Place("a.jd", 4), "expected new '7', found '2'"),
    ]
    assert str(found[0]) == "a.jd:4: expected old '7', found '2'"


def test_outcome_keeps_its_places() -> None:
    """Sorting moves a finding together with its place."""
    found = outcome([shown(INTENDED, 3), shown(BUG, 5)], [], FailOn.BUG)
    assert [(one.finding, one.place.line) for one in found.shown] == [(BUG, 5), (INTENDED, 3)]
