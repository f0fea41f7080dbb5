from collections import Counter
from math import comb

from jaildiff.differ.verdict.rule import Verdict
from jaildiff.kernels.bug_kinds import BugKind
from jaildiff.kernels.fault import load
from jaildiff.kernels.registry import LEGACY, NEW
from jaildiff.recordings.candidates.candidates import Likely, corrected_kernels, of_faults, suspects
from jaildiff.recordings.judge_program import Judgement

FAULTS = load()


def test_suspects_are_changes_of_the_kernel_at_hand() -> None:
    """No fault of the rules or of the other kernel, and no correction of the new one."""
    found = list(suspects(FAULTS.values(), LEGACY, Counter()))
    assert all(suspect.kinds and suspect.base is LEGACY for suspect in found)
    known = {suspect.name: FAULTS[suspect.name] for suspect in found if suspect.name in FAULTS}
    files = {edit.file for fault in known.values() for edit in fault.edits}
    assert {file.partition("/")[0] for file in files} == {"jail_kernel", "legacy_model"}


def test_likely_ones_come_first() -> None:
    """The first fault is of the kind that was said most often."""
    likely: Likely = Counter([BugKind.UNSORTED, BugKind.UNSORTED, BugKind.PANIC])
    found = [suspect for suspect in suspects(FAULTS.values(), NEW, likely) if suspect.kinds]
    assert "unsorted list" in found[0].kinds
    assert found[0].fits(likely)


def test_corrections_are_tried_alone_and_together() -> None:
    """First each, then any two, then any three."""
    found = list(corrected_kernels(FAULTS.values(), NEW))
    single = [fault.id for fault in FAULTS.values() if fault.corrects]
    assert [suspect.name for suspect in found[: len(single)]] == single
    assert len(found) == sum(comb(len(single), size) for size in (1, 2, 3))
    assert found[0].fits(Counter([None]))
    assert found[0].fits(Counter([BugKind.BROKEN_LIMIT]))


def test_one_program_alone_is_explained_by_others_too() -> None:
    """Only what explains several programs is said to be behind them."""
    fault = FAULTS["get-leaks"]
    judged = Judgement("a", (), 1, Verdict.BUG, BugKind.LEAKED_REFERENCE, "lifecycle", "Seen.")
    suspect, kind = of_faults((fault,), NEW), judged.bug_kind
    assert suspect.named(judged, kind, often=True).why == f"Seen. As if {fault.title}."
    alone = suspect.named(judged, kind, often=False)
    assert alone.why == f"Seen. The same would happen if {fault.title}."


def test_changes_that_exclude_each_other_make_no_kernel() -> None:
    """Two faults of the same text cannot both be there."""
    fault = FAULTS["remove-keeps-its-reference"]
    assert of_faults((fault,), NEW).model() is not None
    assert of_faults((fault, fault), NEW).model() is None
