"""The class of each thing that a program shows, by fingerprint.

Which steps an echo comes from takes several runs of the program to find out.  A run of many
programs needs its class only, so one echo of a kind is attributed, and stands for all of that kind.
"""

from dataclasses import replace

from fuzz.differ.comparison import Comparison
from fuzz.differ.diff import judge_echoes
from fuzz.differ.steps.lockstep import Step
from fuzz.differ.verdict.divergence import Divergence, judge_root, surfaces
from fuzz.programs.program import Program

Kind = tuple[str, frozenset[str | None]]  # of an echo: where it is seen, the rules before it


class Classifier:
    """Names the classes; `echoes` are the fingerprints of the kinds of echo known so far."""

    def __init__(self, comparison: Comparison, echoes: dict[Kind, str] | None = None) -> None:
        self.comparison = comparison
        self.echoes = {} if echoes is None else echoes

    def of_step(self, program: Program, step: Step, roots: list[Divergence]) -> tuple[str, bool]:
        """The class of a step that differs, and whether it is an echo of a new kind; `roots` are
        those before it, and it joins them.
        """
        rules = self.comparison.rulebook
        if step.cases:
            root = judge_root(step, rules)
            roots.append(root)
            return root.fingerprint, False
        kind = (surfaces(step)[0], frozenset(root.rule for root in roots))
        known = self.echoes.get(kind)
        if known is not None:
            return known, False
        known_roots = {root.step: root for root in roots}
        (echo,) = judge_echoes(program, known_roots, [step], self.comparison)
        self.echoes[kind] = echo.fingerprint
        return echo.fingerprint, True


def up_to(program: Program, step: int) -> Program:
    """A program's calls up to a step."""
    return replace(program, calls=program.calls[: step + 1])
