import re
from collections.abc import Sequence
from dataclasses import replace

import pytest

from jaildiff.differ.comparison import LANDED
from jaildiff.differ.diff import Report, diff
from jaildiff.differ.verdict.landed.rules import RULEBOOK
from jaildiff.differ.verdict.rule import Verdict
from jaildiff.differ.walk import Violation
from jaildiff.findings.baseline import Baseline
from jaildiff.findings.finding import Finding, findings_of, of_divergence, of_violation, text
from jaildiff.kernels.bug_kinds import BugKind
from jaildiff.programs.program import Program
from tests.known import knowing
from tests.programs import NESTED, REUSED, ZOMBIE_5, program, without_rules

NOTHING = Baseline([])
FAILED = (*ZOMBIE_5, "p1: jail_set(CREATE, jid=5, persist, bogus)")
EMPTY_ALIVE = (*ZOMBIE_5, "p1: jail_set(UPDATE|DYING, jid=5)")


def found(lines: Sequence[str], baseline: Baseline = NOTHING) -> tuple[Program, list[Finding]]:
    shown = program(*lines)
    return shown, findings_of(shown, baseline, diff(shown, LANDED))


def test_name() -> None:
    """A finding goes by its rule; without one it is unexplained."""
    _, (finding,) = found(FAILED)
    assert finding.name == "failed-create-renumbers"
    assert replace(finding, rule=None).name == "unexplained"


def test_of_divergence() -> None:
    """A finding says what was found, where, why, and by which rule."""
    _, (finding,) = found(FAILED)
    rule = RULEBOOK.by_id["failed-create-renumbers"]
    assert (finding.kind, finding.verdict, finding.rule) == ("root", "bug", rule.id)
    assert (finding.title, finding.reference) == (rule.title, rule.reference)
    assert (finding.bug_kind, finding.side, finding.severity) == (
        "half-done failure",
        "new",
        "medium",
    )
    assert (finding.step, finding.call) == (4, FAILED[4])
    assert finding.old == 'EEXIST "jail 5 already exists"'
    assert finding.new == 'EINVAL "unknown parameter: bogus"'
    assert "jail 5: exists" in finding.differs
    assert (finding.known, finding.count, finding.program) == (None, 0, "")
    assert re.fullmatch("[0-9a-f]{16}", finding.fingerprint)


def test_of_unexplained(monkeypatch: pytest.MonkeyPatch) -> None:
    """What no rule claims has no rule, no reference, and a title that says so."""
    without_rules(monkeypatch)
    _, (finding,) = found(FAILED)
    assert (finding.verdict, finding.rule, finding.reference) == ("unexplained", None, None)
    assert finding.title == "not explained by any rule"
    assert finding.news


def test_of_violation() -> None:
    """A violation is a grave bug in the state of one kernel."""
    _, (_, finding) = found(EMPTY_ALIVE)
    assert (finding.kind, finding.rule, finding.side) == ("violation", "alive-is-held", "old")
    assert (finding.verdict, finding.severity, finding.surface) == ("bug", "high", "state")
    assert finding.bug_kind == "alive without references"
    assert (finding.step, finding.call) == (4, EMPTY_ALIVE[4])
    assert finding.why == "alive with pr_uref 0"


def test_of_what_is_left_behind() -> None:
    """What is found in the clean-up is no call's."""
    violation = Violation(
        1, "new", "nothing-left-behind", BugKind.LEAKED_REFERENCE, 0, "jail 5: ref 1, uref 0"
    )
    finding = of_violation(violation, program("p1: exit()").calls, NOTHING, LANDED)
    assert (finding.call, finding.step) == ("(clean-up)", 1)
    assert finding.title == "nothing is left when everything is taken away"


@pytest.mark.parametrize(
    ("lines", "baseline", "news"),
    [
        (REUSED, NOTHING, False),
        (FAILED, NOTHING, True),
        (FAILED, knowing("failed-create-renumbers", "new"), False),
        (FAILED, knowing("failed-create-renumbers", "old"), True),
        (FAILED, knowing("dying-jid-reused", "new"), True),
    ],
)
def test_news(lines: Sequence[str], baseline: Baseline, *, news: bool) -> None:
    """What is intended is no news, nor is a mistake that is known on that side."""
    _, (finding,) = found(lines, baseline)
    assert finding.news == news
    assert (finding.known is not None) == (not news and finding.verdict == "bug")


def test_news_of_violations() -> None:
    """A known violation is no news on its side."""
    known = knowing("alive-is-held", "old")
    _, (root, violation) = found(EMPTY_ALIVE, known)
    assert (root.news, violation.news, violation.known) == (True, False, "so it is")


def test_violation_fingerprint() -> None:
    """The fingerprint of a violation depends on the invariant and the side, not on the jail."""
    one = Violation(4, "old", "refs-accounted", BugKind.LEAKED_REFERENCE, 5, "why")
    same = replace(one, step=7, jid=9, why="because")
    assert one.fingerprint == same.fingerprint
    assert one.fingerprint != replace(one, side="new").fingerprint
    assert one.fingerprint != replace(one, invariant="x").fingerprint
    assert re.fullmatch("[0-9a-f]{16}", one.fingerprint)


def test_in_the_order_of_steps() -> None:
    """Divergences and violations of a program stand together, by step."""
    lines = (
        *EMPTY_ALIVE,
        "p1: jail_get(0, jid=5)",
        *NESTED,
        "p1: jail_set(UPDATE, jid=2, securelevel=3)",
        'p1: jail_set(UPDATE, jid=2, name="z")',
    )
    _, findings = found(lines)
    steps = [finding.step for finding in findings]
    assert steps == sorted(steps)
    assert {finding.kind for finding in findings} == {"root", "echo", "violation"}


def test_no_findings() -> None:
    """A program without differences has none."""
    assert findings_of(program(*NESTED), NOTHING, Report(LANDED, (), (), ())) == []


def test_text() -> None:
    """None stays None, all else becomes text."""
    assert (text(None), text(Verdict.BUG), text(5)) == (None, "bug", "5")


def test_of_divergence_takes_its_call() -> None:
    """The call of a finding is that of its step."""
    shown = program(*REUSED, "p1: jail_get(DYING, jid=5)")
    _, echo = diff(shown, LANDED).divergences
    finding = of_divergence(echo, shown.calls, NOTHING, LANDED)
    assert (finding.kind, finding.call, finding.causes) == (
        "echo",
        "p1: jail_get(DYING, jid=5)",
        (4,),
    )


def test_a_panic_of_invariants_is_less_grave() -> None:
    """What only a kernel built with INVARIANTS shows is of medium severity, and it is said."""
    shown = program(
        "p1: jail_set(CREATE|ATTACH, children.max=3)",
        "p1: fork() = p2",
        'p2: jail_set(CREATE|ATTACH, name="a")',
        "p2: hold(r)",
        "p2: exit()",
        'p1: jail_set(UPDATE|DYING, name="a")',
    )
    found = findings_of(shown, Baseline([]), diff(shown, LANDED))
    by_rule = {finding.rule: finding for finding in found}
    left = by_rule["nothing-left-behind"]
    assert left.severity == "medium"
    assert "built with INVARIANTS" in " ".join(left.story)
    assert by_rule["alive-is-held"].severity == "high"
