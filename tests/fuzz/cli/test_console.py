import re
from pathlib import Path

import pytest

from jaildiff.cli import console
from jaildiff.cli.views.disagreement_view import show_disagreement
from jaildiff.differ.comparison import LANDED
from jaildiff.differ.diff import diff
from jaildiff.differ.verdict.landed.rules import RULEBOOK
from jaildiff.differ.verdict.rule import Verdict
from jaildiff.findings import baseline
from jaildiff.findings.baseline import Baseline
from jaildiff.findings.finding import Finding, findings_of
from jaildiff.findings.reports.ci_outcome import Changed, Place
from jaildiff.programs.program import Program
from jaildiff.recordings.follow import Disagreement
from jaildiff.recordings.judge_program import Judgement, judge
from jaildiff.search.hunt.hunt import Hunt
from jaildiff.search.hunt.hunt_run import Job
from tests.programs import REUSED, ZOMBIE_5, cases, program

FAILED = (*ZOMBIE_5, "p1: jail_set(CREATE, jid=5, persist, bogus)")
EMPTY_ALIVE = (*ZOMBIE_5, "p1: jail_set(UPDATE|DYING, jid=5)")
KNOWN = baseline.load(None, LANDED)
ESCAPE = "\x1b"


def shown(capsys: pytest.CaptureFixture[str]) -> str:
    """What has been printed, without the blanks of tables."""
    rows = capsys.readouterr().out.splitlines()
    return "\n".join(" ".join(row.split()) for row in rows)


def finding(known: Baseline, *lines: str) -> Finding:
    some = program(*lines)
    return findings_of(some, known, diff(some, LANDED))[0]


def test_status() -> None:
    """A bug that the baseline knows is told from a new one."""
    known = baseline.load(None, LANDED)
    assert console.status(finding(known, *FAILED)) == "known bug"
    assert console.status(finding(Baseline([]), *FAILED)) == "bug"
    assert console.status(finding(known, *REUSED)) == "intended"


def test_every_verdict_has_a_style() -> None:
    """Whatever a finding is, it has its place and its colour."""
    assert set(console.ORDER) == console.STYLE.keys()
    assert {str(verdict) for verdict in Verdict} <= console.STYLE.keys()


def test_findings(capsys: pytest.CaptureFixture[str]) -> None:
    """One line for each rule and kernel, the news first, with counts added up."""
    new, old = finding(Baseline([]), *FAILED), finding(baseline.load(None, LANDED), *REUSED)
    old.count, new.count = 1200, 34
    again = finding(baseline.load(None, LANDED), *REUSED)
    again.count = 34
    console.show_findings([old, new, again])
    text = shown(capsys)
    assert text.index("failed-create-renumbers") < text.index("dying-jid-reused")
    assert f"bug new {new.rule} 34 1 {new.title}" in text
    assert f"intended - {old.rule} 1,234 2 {old.title}" in text


def test_job(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The end of a run says how much was done, what was found, and where it is."""
    job = Job(Hunt(baseline.load(None, LANDED), LANDED), tmp_path)
    job.run(program(*FAILED))
    job.changes = [Changed(Place("x.jd", 4), "expected old '7', found '0' [red]")]
    job.interrupted = True
    console.show_job(job, 77, 0.5)
    text = shown(capsys)
    assert (
        "0 corpus programs and 1 generated ones, 5 ops in 0.5 s (10 ops/s), seed 77, inter" in text
    )
    assert "1 classes known bug" in text
    assert "0 classes unexplained" in text
    assert "expected old '7', found '0' [red]" in text
    assert f"jaildiff report {tmp_path}" in text


def test_job_without_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run that took no time has no speed."""
    console.show_job(Job(Hunt(baseline.load(None, LANDED), LANDED), tmp_path), 1, 0.0)
    assert "(0 ops/s)" in shown(capsys)


def test_report(capsys: pytest.CaptureFixture[str]) -> None:
    """A program stands op by op beside both answers, with what is said of it below."""
    some = program(*REUSED, "p1: jail_get(DYING, jid=999999)")
    console.show_report(some, diff(some, LANDED), KNOWN)
    text = shown(capsys)
    assert "test (JAIL_MAX 999999)" in text
    assert "0 p1: fork() = p2 2 =" in text
    assert '4 p1: jail_set(CREATE, jid=5, persist) EEXIST "jail 5 already exists" 5' in text
    assert "step 4: root intended dying-jid-reused" in text
    assert "step 5: echo of 4 intended dying-jid-reused" in text
    assert "the dying jail is 5 on the old kernel and 999999 on the new one" in text
    assert text.count("What the patch is for") == 1
    assert text.count("For callers of jail_set(2): ") == 1
    assert f"dying-jid-reused {diff(some, LANDED).divergences[0].fingerprint}" in text


def test_known(capsys: pytest.CaptureFixture[str]) -> None:
    """What is known is said to be, and under which entry of which baseline."""
    some = program(*EMPTY_ALIVE)
    entry = KNOWN.entry(diff(some, LANDED).divergences[0].fingerprint)
    assert entry is not None
    for known, told in ((KNOWN, True), (Baseline([]), False)):
        console.show_report(some, diff(some, LANDED), known)
        said = f"Known as {entry.mistake} ({KNOWN.where}:{entry.line}, {entry.fingerprint})"
        assert (said in shown(capsys)) == told


def test_short(capsys: pytest.CaptureFixture[str]) -> None:
    """A short story is one paragraph: what it is, what happened, and once what to do."""
    some = program(*REUSED, "p1: jail_attach(5)")
    console.show_report(some, diff(some, LANDED), KNOWN, short=True)
    text = shown(capsys)
    assert "This is intended: a create takes the jid of a dying jail" in text
    assert text.count("For callers of jail_set(2): ") == 1
    assert "Source: " not in text
    assert "What the patch is for" not in text


def test_report_of_violations(capsys: pytest.CaptureFixture[str]) -> None:
    """A violation is said with its jail and its reason."""
    some = program(*EMPTY_ALIVE)
    console.show_report(some, diff(some, LANDED), KNOWN)
    text = shown(capsys)
    assert "step 4: violation old alive-is-held" in text
    assert "jail 5 is wrong with the old kernel: alive with pr_uref 0" in text


def test_markup_is_text(capsys: pytest.CaptureFixture[str]) -> None:
    """What a program says is never taken for markup of the terminal."""
    some = program('p1: jail_set(CREATE, name="[bold]x[/nope]", persist)', "p1: hold(r)")
    console.show_report(Program("[red]id[/red]", some.calls), diff(some, LANDED), KNOWN)
    text = shown(capsys)
    assert '"[bold]x[/nope]"' in text
    assert "[red]id[/red]" in text


def test_no_escape_sequence_gets_through(capsys: pytest.CaptureFixture[str]) -> None:
    """What a program says reaches the terminal as text, escape sequences too."""
    some = program('p1: jail_set(CREATE, name="\\u001b[31m\\u009b2J", persist)')
    console.show_report(Program("\x1b[31mred", some.calls), diff(some, LANDED), KNOWN)
    wrong = Disagreement("\x1b[2Jx", 0, "results", "\x1b[2J", None, ("p1: exit()",))
    show_disagreement(wrong)
    found = capsys.readouterr().out
    assert ESCAPE not in found
    assert "\x9b" not in found


def test_rules(capsys: pytest.CaptureFixture[str]) -> None:
    """All rules, a line each."""
    console.show_rules(RULEBOOK.by_id.values())
    text = shown(capsys)
    for rule in RULEBOOK.by_id.values():
        assert f"{rule.id} {rule.verdict} {rule.side or '-'}" in text
        assert f"{rule.severity} {rule.title}" in text


@pytest.mark.parametrize("name", ["dying-jid-reused", "failed-create-renumbers"])
def test_rule(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One rule in full."""
    rule = RULEBOOK.by_id[name]
    console.show_rule(rule)
    text = shown(capsys)
    for part in (rule.title, rule.rationale, rule.reference, f"corpus/{rule.witness}"):
        assert " ".join(part.split()) in text
    kind = f"bug {rule.bug_kind}, in the new kernel" if rule.bug_kind else "bug -"
    assert kind in text


def test_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    """Measurements, those of one kind under their names."""
    turns = {"median": 2.0, "low": 1.0, "high": 4321.0}
    rates = {"differ": 12345.678, "other": 3, "each": turns}
    console.show_numbers({"seconds": 1.25, "rate": rates})
    text = shown(capsys)
    assert "rate each 2.00 (1.00 to 4,321)" in text
    assert "seconds 1.2" in text
    assert "rate differ 12,346" in text
    assert "rate other 3" in text


@pytest.mark.parametrize(
    ("kind", "name", "said"),
    [
        ("wrong errno", None, "It is not the new kernel: wrong errno, jail_set."),
        ("wrong errno", "x", "It is not the new kernel: wrong errno, jail_set: a fault (x)."),
        (None, "x", "It is the new kernel, corrected: a fault (x)."),
        ("resurrected", "legacy", "It is the old kernel."),
    ],
)
def test_what_a_recorded_kernel_is(kind: str | None, name: str | None, said: str) -> None:
    """The first line says which kernel it is, and what is wrong with it."""
    what = LANDED.words.old if name == "legacy" else "a fault"
    fault = {"kind": kind, "call": "jail_set", "name": name, "description": what}
    assert console.what_it_is(fault, LANDED.words) == said


# JUDGEMENTS


def judged_as_new() -> list[Judgement]:
    """What is said of the old kernel's recordings if it is held against the new one."""
    return [judge(entry, "legacy", LANDED) for entry in cases().values()]


def test_each_cause_is_told_once() -> None:
    """Programs of which the same is said are one group, the shortest first."""
    groups = console.by_cause(judged_as_new())
    said = [(one.verdict, one.bug_kind, one.call, one.surface, one.why) for (one, *_) in groups]
    assert len(said) == len(set(said)) > 1
    for group in groups:
        steps = [one.step or 0 for one in group]
        assert steps == sorted(steps)


def test_a_mistake_that_was_never_made_is_not_called_corrected() -> None:
    """The old kernel has nothing to correct where only the new one errs."""
    spared = [one.why for one in judged_as_new() if one.verdict is Verdict.INTENDED]
    for why in spared:
        assert re.match("It does not make this mistake of|It does what the new kernel would", why)
    assert spared


@pytest.mark.parametrize(("description", "causes"), [("the old kernel", 0), ("another", 1)])
def test_the_old_kernel_has_no_bugs_to_list(
    capsys: pytest.CaptureFixture[str], description: str, causes: int
) -> None:
    """What tells it from the new kernel is only listed of a kernel that is neither."""
    fault = {"description": description, "name": "x", "kind": "wrong errno", "call": "jail_set"}
    wrong = [one for one in judged_as_new() if one.verdict is Verdict.BUG]
    counts = {"programs": 1, "agree_with_new": 0, "agree_with_legacy": 1, "agree_with_neither": 0}
    console.show_judgements(wrong[:1], counts | {"fault": fault}, LANDED.words)
    assert shown(capsys).count(", in 1 program\n") == causes
