import pytest

from jail_kernel.call import Errno, Result
from jail_kernel.state import JAIL_MAX
from jaildiff.differ.comparison import LANDED, Comparison
from jaildiff.differ.diff import diff, judge
from jaildiff.differ.steps.lockstep import Lockstep
from jaildiff.differ.verdict.rule import Verdict
from jaildiff.differ.walk import Violation, Walk, left_behind
from jaildiff.kernels.bug_kinds import BugKind
from jaildiff.kernels.fault import load
from jaildiff.kernels.registry import LEGACY, NEW
from jaildiff.programs.program import Program
from tests.programs import NESTED, REUSED, ZOMBIE_5, cases, generated, program, rules_of, steps

EMPTY_ALIVE = (*ZOMBIE_5, "p1: jail_set(UPDATE|DYING, jid=5)")


def violations(*lines: str) -> list[tuple[int, str, str, int]]:
    """Step, side, invariant and jid of what a program breaks."""
    return [(v.step, v.side, v.invariant, v.jid) for v in diff(program(*lines), LANDED).violations]


# REPORTS


def test_no_difference() -> None:
    """Without differences a report is just the answers."""
    report = diff(program(*NESTED, "p1: jail_remove(7)"), LANDED)
    refused = Result(Errno.EINVAL)
    expected = (Result(None, 1), Result(None, 2), refused)
    assert report.answers == tuple((answer, answer) for answer in expected)
    assert (report.divergences, report.violations) == ((), ())


def test_empty_program() -> None:
    """A program without calls has nothing to report."""
    report = diff(Program("none", ()), LANDED)
    assert (report.answers, report.divergences, report.violations) == ((), (), ())


def test_answers_of_both() -> None:
    """The answers are given op by op, the old kernel's first."""
    report = diff(program(*REUSED), LANDED)
    refused = Result(Errno.EEXIST, None, "jail 5 already exists")
    assert report.answers[4] == (refused, Result(None, 5))
    assert len(report.answers) == 5


def test_roots_and_echoes() -> None:
    """All that differs is in the order of the steps, each echo with its cause."""
    found = diff(
        program(*REUSED, "p1: jail_get(DYING, jid=5)", "p1: jail_remove(5)"), LANDED
    ).divergences
    assert [(d.step, d.kind, d.causes) for d in found] == [
        (4, "root", ()),
        (5, "echo", (4,)),
        (6, "echo", (4,)),
    ]
    assert {d.verdict for d in found} == {Verdict.INTENDED}


def test_nothing_behind_a_panic() -> None:
    """A report ends where a kernel stops; what it holds then is not looked at."""
    lines = (*EMPTY_ALIVE, 'p1: jail_set(CREATE, name="a.x", persist)', "p1: jail_get(0, jid=5)")
    report = diff(program(*lines), LANDED)
    assert len(report.answers) == 6
    assert rules_of(report.divergences, "echo") == [(5, "empty-alive-jail-panic")]
    assert {v.step for v in report.violations} == {4}


def test_diff_is_a_function() -> None:
    """The same program has the same report, however often it is run."""
    for found in generated(47, 60):
        assert diff(found, LANDED) == diff(found, LANDED)


def test_every_difference_has_a_verdict() -> None:
    """A step that differs is in the report once, a root if it has experiments, else an echo."""
    for found in generated(53, 150):
        met = list(steps(found))
        divergences = judge(found, met, LANDED)
        kinds = [(step.index, "root" if step.cases else "echo") for step in met]
        assert [(d.step, d.kind) for d in divergences] == kinds
        assert all(d.why for d in divergences)


def test_generated_programs_are_explained() -> None:
    """No difference in generated programs is unexplained."""
    for found in generated(59, 200):
        wrong = [d for d in diff(found, LANDED).divergences if d.verdict is Verdict.UNEXPLAINED]
        assert wrong == [], found.id


@pytest.mark.parametrize("case", cases())
def test_recorded_cases_are_explained(case: str) -> None:
    """No difference in the directed recordings is unexplained."""
    found = diff(cases()[case].program, LANDED).divergences
    assert [d for d in found if d.verdict is Verdict.UNEXPLAINED] == []


# VIOLATIONS


def test_violation_of_the_old_kernel() -> None:
    """A violation has the step since which it holds, the side, the jail, and the reason."""
    (found,) = diff(program(*EMPTY_ALIVE), LANDED).violations
    kind, why = BugKind.NO_REFERENCE, "alive with pr_uref 0"
    expected = Violation(4, "old", "alive-is-held", kind, 5, why, causes=(4,))
    assert found == expected


def test_violation_of_the_new_kernel() -> None:
    """What only the new kernel breaks is on its side."""
    restricted = (*NESTED, "p1: jail_set(UPDATE, jid=1, securelevel=2)")
    assert violations(*restricted) == []
    assert violations(*restricted, "p1: jail_set(UPDATE, jid=2, securelevel=0)") == [
        (3, "new", "within-parent", 2)
    ]


def test_violations_of_both_for_different_reasons() -> None:
    """One jail, one invariant, two mistakes: each kernel has its own violation."""
    lines = (
        "p1: fork() = p2",
        'p2: jail_set(CREATE|ATTACH, name="a")',
        "p2: hold(r)",
        "p2: exit()",
        'p1: jail_set(CREATE, jid=3, name="a", persist)',
        "p1: jail_set(UPDATE|DYING, jid=1)",
        'p1: jail_set(CREATE, name="a.b", persist)',
        'p1: jail_set(UPDATE, jid=2, name="b")',
        'p1: jail_set(UPDATE, name="a")',
    )
    found = [
        v for v in diff(program(*lines), LANDED).violations if v.invariant == "live-names-unique"
    ]
    assert {v.side for v in found} == {"old", "new"}


def test_violation_of_both() -> None:
    """What both kernels break alike, so that no answer differs, is found and said once."""
    lines = (
        *NESTED,
        'p1: jail_set(CREATE, name="a.b.c", persist)',
        "p1: fork() = p2",
        "p2: jail_attach(1)",
        'p2: jail_set(UPDATE, jid=2, name="longer")',
        "p1: jail_get(0, jid=2)",
    )
    assert violations(*lines) == [(5, "both", "names-extend-parents", 3)]
    assert diff(program(*lines), LANDED).divergences == ()


def test_a_violation_is_news_once() -> None:
    """A violation that goes on is not repeated; a kernel that breaks it later does so alone."""
    walk = Walk(JAIL_MAX, LANDED, every_op=True)
    lockstep = walk.lockstep
    lockstep.part()
    lockstep.old.lock(lockstep.old.prison0)
    lockstep.old.prison0.childcount = 9
    (first,) = walk.violations()
    assert (first.side, first.invariant, first.jid) == ("old", "counts-true", 0)
    assert walk.violations() == []
    lockstep.new.prison0.childcount = 9
    (second,) = walk.violations()
    assert (second.side, second.why) == ("new", first.why)
    assert walk.violations() == []


def test_a_violation_of_both() -> None:
    """Both kernels have broken it only if each has at this step, and in the same way."""
    walk = Walk(JAIL_MAX, LANDED, every_op=True)
    walk.sound = False  # It was no call that did this.
    walk.lockstep.new.prison0.childcount = 9
    assert [found.side for found in walk.violations()] == ["both"]


def test_left_behind_leak() -> None:
    """What is still there when all is taken away has leaked, on the side where it is."""
    lockstep = Lockstep(JAIL_MAX, LANDED)
    lockstep.part()
    lockstep.new.prison0.ref += 1
    (found,) = left_behind(lockstep)
    assert (found.step, found.side, found.invariant) == (0, "new", "nothing-left-behind")
    assert found.bug_kind is BugKind.LEAKED_REFERENCE
    assert found.why == "prison0: childcount 0 ref 3 uref 2"


def test_left_behind_by_kernels_that_clean_alike() -> None:
    """What is left alike is left by both; where the states are equal one clean-up tells of both."""
    alike = Comparison(NEW, NEW)
    shared = Lockstep(JAIL_MAX, alike)
    shared.new.prison0.ref += 1
    assert [found.side for found in left_behind(shared)] == ["both"]
    assert not shared.diverged
    parted = Lockstep(JAIL_MAX, alike)
    parted.part()
    parted.new.prison0.ref += 1
    assert [found.side for found in left_behind(parted)] == ["new"]


def test_left_behind_wrong_count() -> None:
    """A host that counts children which are not there has leaked no reference."""
    lockstep = Lockstep(JAIL_MAX, LANDED)
    lockstep.part()
    lockstep.old.prison0.childcount += 1
    (found,) = left_behind(lockstep)
    assert (found.side, found.bug_kind) == ("old", BugKind.WRONG_COUNT)


def test_left_behind_broken_lists() -> None:
    """A kernel that cannot be cleaned up is a violation, and does not end the differ."""
    lockstep = Lockstep(JAIL_MAX, LANDED)
    (call,) = program("p1: jail_set(CREATE, jid=5, persist)").calls
    assert lockstep.step(call) is None
    lockstep.part()
    lockstep.new.names.clear()
    (found,) = left_behind(lockstep)
    assert (found.side, found.bug_kind) == ("new", BugKind.DROPPED_TWICE)
    assert found.why.startswith("the kernel's lists are broken: ")


def test_left_behind_irremovable() -> None:
    """A jail that cannot be removed is left behind; the clean-up ends."""
    lockstep = Lockstep(JAIL_MAX, LANDED)
    (call,) = program("p1: jail_set(CREATE, jid=5, persist)").calls
    assert lockstep.step(call) is None
    lockstep.part()
    del lockstep.old.prid[5]
    (found,) = left_behind(lockstep)
    assert (found.side, found.why) == ("old", "leaked jail 5 (ref 1 uref 1)")


def test_left_behind_by_the_own_model() -> None:
    """Each kernel is cleaned up by its own model of the pair, also by one that leaks."""
    faulty = load()["drop-keeps-reference"].apply()
    lockstep = Lockstep(JAIL_MAX, Comparison(LEGACY, faulty))
    for call in program(*ZOMBIE_5).calls:
        lockstep.step(call)
    assert [found.side for found in left_behind(lockstep)] == ["new"]


def test_another_pair() -> None:
    """A model differs from itself in nothing; any two models can be compared."""
    found = program(*REUSED)
    assert diff(found, LANDED).divergences != ()
    assert diff(found, Comparison(NEW, NEW)).divergences == ()
    assert diff(found, Comparison(LEGACY, LEGACY)).divergences == ()


def test_left_behind_panic() -> None:
    """A clean-up that stops the kernel is a panic, found after the last call."""
    lines = (
        'p1: jail_set(CREATE, name="a", persist, children.max=5)',
        "p1: fork() = p2",
        'p2: jail_set(CREATE|ATTACH, name="a.b", jid=5)',
        "p2: hold(r)",
        "p2: exit()",
        "p1: jail_set(UPDATE|DYING, jid=5)",
    )
    *_, last = diff(program(*lines), LANDED).violations
    assert (last.step, last.side, last.invariant) == (6, "old", "nothing-left-behind")
    assert last.bug_kind is BugKind.PANIC
    assert last.why == "Cannot add a process to a non-alive prison (jid=5)"


def test_nothing_left_behind() -> None:
    """Jails, processes and resources that can be taken away are no leak."""
    lines = (*NESTED, *REUSED[:1], "p2: jail_attach(2)", "p2: hold(r)", "p1: fork_begin() = p9")
    assert violations(*lines) == []
