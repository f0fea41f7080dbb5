from dataclasses import replace

import pytest

from jail_kernel.call import Result
from jaildiff.differ.comparison import (
    LANDED,
    LANDED_NAMES,
    RULEBOOKS,
    Comparison,
    Named,
    comparison,
    named,
)
from jaildiff.differ.diff import Report, diff
from jaildiff.differ.verdict.landed.rules import RULEBOOK
from jaildiff.differ.verdict.rule import Verdict
from jaildiff.differ.verdict.rulebook import NO_RULES
from jaildiff.differ.walk import Violation
from jaildiff.findings.story.story import tell
from jaildiff.kernels.fault import load
from jaildiff.kernels.registry import LEGACY, NEW
from jaildiff.programs.program import Program
from jaildiff.support.errors import InputError
from tests.programs import REUSED, generated, program

FAULTS = load()
MIRROR = Comparison(NEW, LEGACY)
CORRECTIONS = sorted(fault.id for fault in FAULTS.values() if fault.gone)
SWAPPED = {"old": "new", "new": "old", "both": "both"}


def test_names() -> None:
    """OLD,NEW names a comparison; it goes into files as it is typed."""
    assert named("legacy,new") == LANDED_NAMES
    assert str(named("new,new+a", ("mine",))) == "new,new+a"
    assert comparison(LANDED_NAMES) is LANDED


@pytest.mark.parametrize("text", ["", "legacy", "legacy,", ",new", "a,b,c"])
def test_what_is_no_comparison(text: str) -> None:
    """Anything but two names is refused, and shown."""
    with pytest.raises(InputError, match="expected two kernels as OLD,NEW"):
        named(text)


def test_an_unknown_kernel_is_refused() -> None:
    """On either side."""
    for names in (Named("legcy", "new"), Named("legacy", "nev")):
        with pytest.raises(InputError, match="no kernel"):
            comparison(names)


def test_which_rulebook() -> None:
    """Each side counts as the shipped kernel that it descends from."""
    fix = f"new+{CORRECTIONS[0]}"
    assert comparison(LANDED_NAMES).rulebook is RULEBOOK
    assert comparison(Named("legacy", fix)).rulebook is RULEBOOK
    for names in (Named("new", fix), Named("new", "legacy"), Named("new", "new")):
        assert comparison(names).rulebook is NO_RULES
    assert (LEGACY.name, NEW.name) in RULEBOOKS


def test_base() -> None:
    """The base is the side from which the other descends, whichever side that is."""
    fixed = comparison(Named("new", f"new+{CORRECTIONS[0]}"))
    assert LANDED.base is LEGACY
    assert MIRROR.base is LEGACY
    assert (fixed.base, Comparison(fixed.new, fixed.old).base) == (NEW, NEW)


def test_words() -> None:
    """The landed patch has words of its own; two kernels of one name are told apart."""
    assert LANDED.words.new == "the new kernel"
    assert MIRROR.words.old == "the kernel new"
    same = Comparison(NEW, NEW).words
    assert (same.old, same.new) == ("the first kernel", "the second kernel")
    assert same.side("both") == "both kernels"


# ANY TWO KERNELS


def mirrored(report: Report) -> Report:
    """A report with its sides swapped, and nothing in it that depends on a rulebook."""

    def swap(pair: tuple[Result, Result]) -> tuple[Result, Result]:
        return pair[1], pair[0]

    def violation(found: Violation) -> Violation:
        return replace(found, side=SWAPPED[found.side])

    return replace(
        report,
        comparison=MIRROR,
        answers=tuple(map(swap, report.answers)),
        divergences=tuple(
            replace(found, old=found.new, new=found.old) for found in report.divergences
        ),
        violations=tuple(map(violation, report.violations)),
    )


def facts(report: Report) -> object:
    """What a report says without a rulebook: steps, kinds, causes, answers, differences."""
    divergences = [
        (d.step, d.kind, d.causes, d.old, d.new, sorted(d.differs)) for d in report.divergences
    ]
    broken = sorted((v.step, v.side, v.invariant, v.jid, v.why) for v in report.violations)
    return report.answers, divergences, broken


def test_swapped_sides_give_the_mirror_image() -> None:
    """New against legacy says what legacy against new says: same steps, same causes."""
    differing = 0
    for found in generated(83, 400):
        report = diff(found, LANDED)
        differing += bool(report.divergences)
        assert facts(diff(found, MIRROR)) == facts(mirrored(report)), found.id
    assert differing > 50


@pytest.mark.parametrize("kernel", [LEGACY, NEW], ids=lambda kernel: kernel.name)
def test_a_kernel_against_itself_says_nothing(kernel: object) -> None:
    """No step differs; what is broken is broken on both sides."""
    assert kernel in (LEGACY, NEW)
    same = Comparison(LEGACY, LEGACY) if kernel is LEGACY else Comparison(NEW, NEW)
    for found in generated(89, 300):
        report = diff(found, same)
        assert report.divergences == ()
        assert {v.side for v in report.violations if v.step < len(found.calls)} <= {"both"}


@pytest.mark.parametrize(
    "id_", ["get-leaks", "drop-keeps-reference", "attach-takes-two-references"]
)
def test_stories_of_another_pair(id_: str) -> None:
    """Without a rulebook a root is unexplained, and its story names the right kernels."""
    faulty = comparison(Named("new", f"new+{id_}"))
    told = 0
    for found in generated(97, 200):
        report = diff(found, faulty)
        assert {d.verdict for d in report.divergences} <= {Verdict.UNEXPLAINED}
        for story in tell(found, report):
            told += 1
            text = " ".join(story.sentences)
            assert "the old kernel" not in text
            assert "the new kernel" not in text
    assert told


def roots(found: Program, compared: Comparison) -> set[int]:
    """The steps that are roots."""
    return {d.step for d in diff(found, compared).divergences if d.kind == "root"}


@pytest.mark.parametrize("id_", CORRECTIONS)
def test_roots_against_a_corrected_kernel(id_: str) -> None:
    """A corrected kernel differs from the landed one only where that mistake shows: with the
    correction on both sides its roots, and only they, are gone.
    """
    others = "+".join(other for other in CORRECTIONS if other != id_)
    without = comparison(Named("new", f"new+{id_}"))
    both = comparison(Named(f"new+{id_}", f"new+{id_}"))
    assert len(others.split("+")) == len(CORRECTIONS) - 1
    shown = 0
    for found in generated(101, 400):
        shown += len(roots(found, without))
        assert roots(found, both) == set()
    assert shown or id_.startswith("N2")  # The exhausted jid range is hardly ever met.


def test_the_mirror_notices_a_difference() -> None:
    """The facts compared above do depend on the sides."""
    report = diff(program(*REUSED), LANDED)
    assert facts(report) != facts(diff(program(*REUSED), MIRROR))
