"""The class of each thing that a program shows, by fingerprint.

Which steps an echo comes from takes many runs of the program to find out.  A run of many programs
needs its class only, so one echo of a kind is judged in full, and stands for all of that kind.
"""

from dataclasses import replace

from fuzz.differ.comparison import Comparison
from fuzz.differ.diff import Report, diff
from fuzz.differ.steps.lockstep import Step
from fuzz.differ.verdict.divergence import Divergence, judge_root, surfaces
from fuzz.programs.program import Program

Kind = tuple[str, frozenset[str | None]]  # of an echo: where it is seen, the rules before it


class Classifier:
    """Names the classes; `echoes` are the fingerprints of the kinds of echo known so far."""

    def __init__(self, comparison: Comparison, echoes: dict[Kind, str] | None = None) -> None:
        self.comparison = comparison
        self.echoes = {} if echoes is None else echoes

    def of_step(
        self, program: Program, step: Step, roots: list[Divergence]
    ) -> tuple[str, Report | None]:
        """The class of a step that differs; `roots` are those before it, and it joins them.

        For an echo of a new kind also the report on the program up to that step.
        """
        if step.cases:
            root = judge_root(step, self.comparison.rulebook)
            roots.append(root)
            return root.fingerprint, None
        kind = (surfaces(step)[0], frozenset(root.rule for root in roots))
        known = self.echoes.get(kind)
        if known is not None:
            return known, None
        report = diff(up_to(program, step.index), self.comparison)
        self.echoes[kind] = report.divergences[-1].fingerprint
        return self.echoes[kind], report


def up_to(program: Program, step: int) -> Program:
    """A program's calls up to a step."""
    return replace(program, calls=program.calls[: step + 1])
