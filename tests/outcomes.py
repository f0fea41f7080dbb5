"""Findings made up for the tests of what CI systems are told."""

from dataclasses import replace

from jaildiff.findings.finding import Finding
from jaildiff.findings.reports.ci_outcome import Changed, FailOn, Outcome, Place, Shown, outcome

INTENDED = Finding(
    fingerprint="0000000000000001",
    kind="root",
    verdict="intended",
    rule="dying-jid-reused",
    title="a create takes the jid of a dying jail",
    surface="jid",
    severity="medium",
    bug_kind=None,
    side=None,
    why="What the patch is for.",
    reference="review D28150",
    known=None,
    kernels="legacy,new",
    step=4,
    call="p1: jail_set(CREATE, jid=1, persist)",
    old='EEXIST "jail 1 already exists"',
    new="1",
    differs=("jail 1: state",),
    count=3,
    program="dying-jid-reused-0000000000000001.jd",
)
BUG = replace(
    INTENDED,
    fingerprint="0000000000000002",
    verdict="bug",
    rule="failed-create-renumbers",
    title="a create that fails renumbers",
    bug_kind="half-done failure",
    side="new",
)
KNOWN = replace(BUG, fingerprint="0000000000000003", known="landed so")
VIOLATION = replace(
    BUG,
    fingerprint="0000000000000004",
    kind="violation",
    rule="refs-accounted",
    severity="high",
    reference=None,
    old="",
    new="",
    differs=(),
)
UNEXPLAINED = replace(
    INTENDED,
    fingerprint="0000000000000005",
    verdict="unexplained",
    rule=None,
    reference=None,
    severity="low",
)
ALL = (INTENDED, BUG, KNOWN, VIOLATION, UNEXPLAINED)

CHANGED = Changed(Place("corpus/a.jd", 4), "expected old '7', found '0'")

# What would break out of any of the formats: an end of XML, a command, a bell, half a surrogate.
NASTY = "]]> <x a='&'>\n::error::%0A, \x07 \udc80 \u202e"


def shown(finding: Finding, line: int = 12) -> Shown:
    """A finding and a line of its witness."""
    return Shown(finding, Place(f"findings/{finding.program or 'x.jd'}", line))


def told(*findings: Finding, changed: tuple[Changed, ...] = (), fail_on: str = "bug") -> Outcome:
    """The outcome of a run that met these findings."""
    return outcome([shown(finding) for finding in findings], changed, FailOn(fail_on))
