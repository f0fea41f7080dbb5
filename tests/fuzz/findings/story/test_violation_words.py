from dataclasses import replace

from jaildiff.differ.comparison import LANDED
from jaildiff.differ.diff import Report, diff
from jaildiff.differ.verdict.divergence import Divergence
from jaildiff.differ.walk import Violation
from jaildiff.findings.story.violation_words import broken_by, mend_words, violation_cause
from jaildiff.kernels.bug_kinds import BugKind
from jaildiff.kernels.invariants import BY_ID
from tests.programs import NESTED, ZOMBIE_5, program

EMPTY = (*ZOMBIE_5, "p1: jail_set(UPDATE|DYING, jid=5)")
BELOW = (*NESTED, 'p1: jail_set(CREATE, name="a.b.c", persist)')


def broken(*lines: str) -> tuple[Violation, Report]:
    """The first invariant that a program breaks."""
    report = diff(program(*lines), LANDED)
    return report.violations[0], report


def test_what_the_cause_says() -> None:
    """Where the rule of the cause tells what to mend, that is told: it is more than the invariant
    can say.
    """
    found, report = broken(*NESTED, "p1: jail_set(UPDATE, jid=2, allow.raw_sockets)")
    assert found.invariant == "within-parent"
    assert broken_by(found, LANDED) == "the new kernel, brought by the patch"
    (mend,) = mend_words(found, report)
    assert mend == (
        "To mend the kernel: If an update finds its jail by jid, check it against that jail's own "
        "parent."
    )


def test_what_the_patch_mended() -> None:
    """Where the old kernel breaks it and the new one shows how not to, its step is named; at the
    end of a program, too, and not to look for what is known.
    """
    found, report = broken(*EMPTY)
    assert found.invariant == "alive-is-held"
    assert broken_by(found, LANDED) == "the old kernel, mended by the patch"
    mend = ("To mend the kernel: Make it take step 4 as the new kernel does.",)
    assert mend_words(found, report) == mend
    at_end = Violation(5, "old", "nothing-left-behind", BugKind.PANIC, 0, "", (4,))
    assert mend_words(at_end, report) == mend


def test_what_is_known_without_a_cause() -> None:
    """Else it is what can be said of the invariant, and nothing of the patch."""
    found = Violation(5, "new", "nothing-left-behind", BugKind.LEAKED_REFERENCE, 0, "")
    _, report = broken(*EMPTY)
    assert broken_by(found, LANDED) == "the new kernel"
    assert mend_words(found, report) == (
        f"To mend the kernel: {BY_ID['nothing-left-behind'].advice}",
    )


def test_several_causes() -> None:
    """Of several causes each is needed, and either way to be rid of it."""
    found, report = broken(*EMPTY)
    several = replace(found, causes=(4, 5))
    *_, told = violation_cause(several, replace(report, divergences=both_steps(report)), None)
    assert told == (
        "it comes from step 4 (alive-without-references) and step 5 (alive-without-references): "
        "if the kernel leaves out one of them, or takes it as the other one does, nothing is wrong "
        "here"
    )


def both_steps(report: Report) -> tuple[Divergence, ...]:
    """The divergences, and the first once more at the next step."""
    return (*report.divergences, replace(report.divergences[0], step=5))


def test_what_both_have_is_not_mended_by_the_patch() -> None:
    """The old kernel garbles a name by a mistake that the new one has as well: that it did not get
    there is no help.
    """
    found, report = broken(*BELOW, 'p1: jail_set(UPDATE, jid=2, name="a.longer")')
    assert (found.side, found.invariant) == ("old", "names-extend-parents")
    assert broken_by(found, LANDED) == "both kernels, which only the old kernel shows here"
    assert mend_words(found, report) == (
        f"To mend the kernel: {BY_ID['names-extend-parents'].advice}",
    )
