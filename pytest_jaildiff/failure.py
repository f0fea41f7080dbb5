"""How a failing program is shown: the first step that differs as a diff, and its story."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import unified_diff
from itertools import islice
from shlex import quote
from textwrap import wrap
from typing import Protocol

from jaildiff.differ.annotate import Mismatch, annotate
from jaildiff.differ.diff import Report
from jaildiff.findings.story.story import tell
from jaildiff.programs.op_language import Line, Script, line_rows
from jaildiff.support.printable import printable

WIDTH = 100
STEPS_MAX = 5  # that are shown as diffs
HEAD_OF_DIFF = 3  # rows of a diff that name files and lines


class Terminal(Protocol):
    """What pytest prints with."""

    def line(self, s: str = "", **markup: bool) -> None:
        """Print a line."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Rows for the terminal; those of a diff are coloured."""

    rows: tuple[str, ...]

    def toterminal(self, tw: Terminal) -> None:
        """Print them; pytest calls this method."""
        for row in self.rows:
            tw.line(row, red=row.startswith("-"), green=row.startswith("+"))

    def __str__(self) -> str:
        return "\n".join(self.rows)


def failure(where: str, script: Script, report: Report, found: Sequence[Mismatch]) -> Failure:
    """What is wrong with a program: - marks what the file says, + what happens."""
    return Failure(tuple(map(printable, rows(where, script, report, found))))


def rows(where: str, script: Script, report: Report, found: Sequence[Mismatch]) -> Iterator[str]:
    """The steps that differ, the story of the first that has one, and what to do."""
    now = annotate(script, report)
    wrong = sorted({mismatch.step for mismatch in found})
    told = False
    for step in wrong[:STEPS_MAX]:
        yield f"{where}:{script.lines[step].number}: step {step}, {report.comparison}"
        yield from step_diff(script.lines[step], now.lines[step], verdicts_differ(found, step))
        yield ""
        if not told:
            for row in story(script, report, step):
                told = True
                yield row
    if len(wrong) > STEPS_MAX:
        yield f"and {len(wrong) - STEPS_MAX} more steps"
    yield f"If this is as it should be: pytest --jaildiff-rewrite {quote(where)}"


def verdicts_differ(found: Sequence[Mismatch], step: int) -> bool:
    """Whether a step is not as the file expects."""
    return any(one.step == step and one.what == "verdict" for one in found)


def step_diff(said: Line, now: Line, verdicts: bool) -> Iterator[str]:
    """A line as the file has it, and as it is now.  What the file leaves open counts as equal."""
    expected = replace(
        now,
        old=said.old or now.old,
        new=said.new or now.new,
        verdicts=said.verdicts if verdicts else now.verdicts,
    )
    before, after = (line_rows(replace(line, before=())) for line in (expected, now))
    return islice(unified_diff(before, after, n=len(before), lineterm=""), HEAD_OF_DIFF, None)


def story(script: Script, report: Report, step: int) -> Iterator[str]:
    """The story of a step; empty if the kernels agree there."""
    last = len(report.answers) - 1
    steps = [d.step for d in report.divergences] + [v.step for v in report.violations]
    for found, told in zip(steps, tell(script.program, report), strict=True):
        if min(found, last) == step:
            for sentence in told.sentences:
                yield from wrap(sentence, WIDTH)
            yield ""
