"""Measure a correction: compare the old kernel with the landed patch, with and without it."""

from collections.abc import Iterable, Sequence

from jaildiff.differ.comparison import LANDED, Comparison
from jaildiff.differ.verdict.rule import Verdict
from jaildiff.findings.baseline import load as load_baseline
from jaildiff.findings.finding import Finding
from jaildiff.findings.reproduce.bundle import Effect, Seen
from jaildiff.kernels.registry import Model
from jaildiff.programs.loading import Entry
from jaildiff.programs.program import Program
from jaildiff.recordings.conform import Tally, conform
from jaildiff.search.hunt.hunt import Hunt


def effect(
    mistake: str, corrected: Model, programs: Sequence[Program], recorded: Iterable[Entry]
) -> Effect:
    """Count what programs show with and without the correction, and which recordings it breaks."""
    tally = Tally(LANDED.new.key)
    for entry in recorded:
        conform(corrected, entry, tally)
    return Effect(
        len(programs),
        seen(mistake, LANDED, programs),
        seen(mistake, Comparison(LANDED.old, corrected), programs),
        tally.programs,
        tally.programs - tally.programs_agreed,
    )


def seen(mistake: str, comparison: Comparison, programs: Iterable[Program]) -> Seen:
    """Count the findings that some programs yield, by verdict."""
    hunt = Hunt(load_baseline(None, comparison), comparison)
    for program in programs:
        hunt.try_program(program)
    found = list(hunt.findings.values())

    def count(verdict: Verdict, *, of_mistake: bool = False) -> int:
        return sum(is_of(one, mistake) == of_mistake and one.verdict == verdict for one in found)

    return Seen(
        count(Verdict.BUG, of_mistake=True),
        count(Verdict.BUG),
        count(Verdict.UNEXPLAINED),
        count(Verdict.INTENDED),
    )


def is_of(finding: Finding, mistake: str) -> bool:
    """Whether a finding is due to this known mistake."""
    return finding.mistake == mistake
