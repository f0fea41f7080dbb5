"""What a correction changes: the landed patch with it, held against the kernel before, beside the
landed patch as it is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fuzz.differ.comparison import LANDED, Comparison
from fuzz.differ.verdict.rule import Verdict
from fuzz.findings.baseline import load as load_baseline
from fuzz.findings.finding import Finding
from fuzz.kernels.registry import Model
from fuzz.programs.loading import Entry
from fuzz.programs.program import Program
from fuzz.recordings.conform import Tally, conform
from fuzz.search.hunt.hunt import Hunt


@dataclass(frozen=True, slots=True)
class Seen:
    """The classes of findings in some programs."""

    of_mistake: int  # bugs that come from the mistake
    other_bugs: int
    unexplained: int
    intended: int


@dataclass(frozen=True, slots=True)
class Effect:
    """With and without a correction."""

    programs: int
    without: Seen
    corrected: Seen
    recordings: int
    answered_otherwise: int  # of these: they show the mistake


def effect(
    mistake: str, corrected: Model, programs: Sequence[Program], recorded: Iterable[Entry]
) -> Effect:
    """Measure a correction on programs, and on recordings of the landed patch."""
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
    """What is found in some programs."""
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
    """Whether a finding comes from a mistake."""
    return finding.mistake == mistake
