"""A broken invariant in plain words: whose bug it is, where it comes from, what to mend."""

from collections.abc import Iterator

from jaildiff.differ.comparison import Comparison
from jaildiff.differ.diff import Report
from jaildiff.differ.verdict.advice import Audience
from jaildiff.differ.walk import Violation
from jaildiff.findings.story.call_words import listed, steps
from jaildiff.findings.story.scene import Scene
from jaildiff.kernels.bug_kinds import Side
from jaildiff.kernels.invariants import BY_ID as INVARIANTS


def whose(side: Side, comparison: Comparison) -> str:
    """The kernel that has a bug."""
    words = comparison.words
    return {Side.OLD: words.old_bug, Side.NEW: words.new_bug, Side.BOTH: "both kernels"}[side]


def broken_by(found: Violation, comparison: Comparison) -> str:
    """The kernel that has the bug, and whether the patch mended or brought it, if that is known."""
    words = comparison.words
    if shows_both(found, comparison):
        return f"both kernels, which only {words.old} shows here"
    return whose(Side(found.side), comparison) if found.causes else words.side(found.side)


def shows_both(found: Violation, comparison: Comparison) -> bool:
    """Whether the newer kernel also has the mistake that makes the old one break it here."""
    as_both = INVARIANTS[found.invariant].old_as_both
    return found.side == "old" and as_both and comparison.has_rulebook


def violation_cause(found: Violation, report: Report, scene: Scene | None) -> Iterator[str]:
    """Where a violation comes from, as far as that is known."""
    yield from scene.facts if scene else ()
    rules = {
        d.step: f" ({d.rule})" if d.rule and d.side in (None, found.side, Side.BOTH) else ""
        for d in report.divergences
    }
    if found.side == "both":
        yield "each of the kernels does this by itself, and at this step"
    elif found.causes:
        named = listed([f"step {step}{rules[step]}" for step in found.causes])
        without = "does not take that step" if len(found.causes) == 1 else "leaves out one of them"
        yield (
            f"it comes from {named}: if the kernel {without}, or takes it as the other one does, "
            "nothing is wrong here"
        )
    elif rules:
        yield "no step that the kernels take differently is needed for it"


def mend_words(found: Violation, report: Report) -> tuple[str, ...]:
    """What to mend: the advice of its causes' rules, else the step at which the other kernel does
    it right, else the invariant's advice.
    """
    rules, mend = report.comparison.rulebook.by_id, Audience.MENDERS
    causing = (d for d in report.divergences if d.step in found.causes and d.side == found.side)
    advice = (one for d in causing if d.rule for one in rules[d.rule].advice)
    known = dict.fromkeys(one.line for one in advice if one.audience is mend)
    if known:
        return tuple(known)
    if found.side == "old" and found.causes and not shows_both(found, report.comparison):
        other = report.comparison.words.new
        return (f"{mend}: Make it take {steps(found.causes)} as {other} does.",)
    return (f"{mend}: {INVARIANTS[found.invariant].advice}",)
