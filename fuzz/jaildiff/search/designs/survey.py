"""Run many programs on 14 and on each design; count the differences by rule and by program.

Every count has a witness: the first program that shows it.  Scenarios come first, then idioms, then
programs that show rules, then generated ones.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from jaildiff.differ.comparison import Comparison, Named, comparison
from jaildiff.differ.diff import Report, diff
from jaildiff.differ.verdict.fingerprint import UNEXPLAINED
from jaildiff.differ.verdict.rule import Severity
from jaildiff.kernels.named import DESIGNS
from jaildiff.kernels.registry import LEGACY, NEW
from jaildiff.programs.loading import program_files, read_file
from jaildiff.programs.program import Program
from jaildiff.search.designs.effect import ORDER, Effect, effect_of
from jaildiff.search.generator.generate import generate

SURVEYED = (NEW.name, *DESIGNS)  # each of them against 14
SEVERITIES = tuple(Severity)  # the gravest first

SCENARIOS, IDIOMS, WITNESSES, CAMPAIGN = "scenarios", "idioms", "witnesses", "campaign"
FOLDERS = {  # of the corpus
    SCENARIOS: ("scenarios",),
    IDIOMS: ("traces/idioms.jsonl.zst",),
    WITNESSES: ("rules", "known", "designs/rules"),
}


class Case(NamedTuple):
    """A program, its group and its name."""

    group: str
    name: str
    program: Program


class Place(NamedTuple):
    """A step of a program."""

    group: str
    program: str
    step: int

    def __str__(self) -> str:
        return f"{self.program}:{self.step}"


class Key(NamedTuple):
    """The key under which differences are counted together."""

    effect: Effect
    surface: str
    severity: Severity
    rule: str

    @property
    def rank(self) -> tuple[int, int, str, str]:
        """Sort key: the gravest first."""
        severity = SEVERITIES.index(self.severity)
        return ORDER.index(self.effect), severity, self.surface, self.rule


@dataclass(slots=True)
class Count:
    """The programs in which something was seen."""

    programs: dict[str, dict[str, int]] = field(default_factory=dict)  # step by group, name

    def add(self, case: Case, step: int) -> None:
        """Count a program, once."""
        self.programs.setdefault(case.group, {}).setdefault(case.name, step)

    def number(self, group: str) -> int:
        """The number of programs in a group that show it."""
        return len(self.programs.get(group, ()))

    @property
    def witness(self) -> Place:
        """The first program that shows it, and the step."""
        group = next(group for group in (*FOLDERS, CAMPAIGN) if group in self.programs)
        name, step = next(iter(self.programs[group].items()))
        return Place(group, name, step)


@dataclass(slots=True)
class Survey:
    """What one design does to users of 14."""

    design: str
    counts: dict[Key, Count] = field(default_factory=dict)
    bugs: dict[tuple[str, str], Count] = field(default_factory=dict)  # by rule, side

    def add(self, case: Case, report: Report) -> None:
        """Count the differences that one program shows."""
        for found in report.divergences:
            rule = found.rule or UNEXPLAINED
            key = Key(effect_of(found), found.surface, found.severity, rule)
            self.counts.setdefault(key, Count()).add(case, found.step)
            if found.side is not None:
                self.bugs.setdefault((rule, str(found.side)), Count()).add(case, found.step)
        for broken in report.violations:
            key_of_bug = (broken.invariant, broken.side)
            self.bugs.setdefault(key_of_bug, Count()).add(case, broken.step)

    def keys(self, effect: Effect) -> list[Key]:
        """The keys with this effect, the gravest first."""
        return sorted((key for key in self.counts if key.effect is effect), key=lambda k: k.rank)


def cases(corpus: Path, runs: int, seed: int) -> Iterator[Case]:
    """The programs of a survey: the corpus, `runs` idioms of jail managers, `runs` generated ones.

    Raises InputError if the corpus cannot be read.
    """
    for group, folders in FOLDERS.items():
        files = (file for folder in folders for file in program_files(corpus / folder))
        entries = (entry for file in files for entry in read_file(file))
        for entry in islice(entries, runs if group == IDIOMS else None):
            yield Case(group, entry.program.id, entry.program)
    for number in range(runs):
        program = generate(seed, number)
        yield Case(CAMPAIGN, program.id, program)


def against_14(design: str) -> Comparison:
    """The kernel before the patch, and a design."""
    return comparison(Named(LEGACY.name, design))


def survey(
    programs: Iterable[Case],
    surveys: Sequence[Survey],
    tick: Callable[[int], None] = lambda _: None,
) -> None:
    """Let these surveys count what each program shows; `tick` gets the number of programs done."""
    compared = [against_14(one.design) for one in surveys]
    for number, case in enumerate(programs, 1):
        reports = [diff(case.program, each) for each in compared]
        for one, report in zip(surveys, reports, strict=True):
            one.add(case, report)
        tick(number)
