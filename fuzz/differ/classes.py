"""The class of each thing that a program shows, by fingerprint.

Which steps an echo comes from takes several runs of the program to find out.  A run of many
programs needs its class only, so one echo of a kind is attributed, and stands for all of that kind.
"""

from collections.abc import Sequence
from dataclasses import replace

from fuzz.differ.comparison import Comparison
from fuzz.differ.diff import judge_echoes
from fuzz.differ.steps.lockstep import Step
from fuzz.differ.verdict.divergence import Divergence, judge_root, surfaces
from fuzz.programs.program import Program

# Of an echo: where it is seen, the rules before it, and the rules that would claim it for itself.
Kind = tuple[str, frozenset[str | None], tuple[str, ...]]


class Classifier:
    """Names the classes; `echoes` are the fingerprints of the kinds of echo known so far."""

    def __init__(self, comparison: Comparison, echoes: dict[Kind, str] | None = None) -> None:
        self.comparison = comparison
        self.echoes = {} if echoes is None else echoes

    def of_step(self, program: Program, step: Step, roots: list[Divergence]) -> str:
        """The class of a step that differs; `roots` are those before it, and it joins them."""
        rules = self.comparison.rulebook
        if step.cases:
            root = judge_root(step, rules)
            roots.append(root)
            return root.fingerprint
        before = tuple(root.rule for root in roots)
        claims = rules.echo_claims(step.echo_of(before))
        kind = (surfaces(step)[0], frozenset(before), tuple(rule.id for rule in claims))
        known = self.echoes.get(kind)
        if known is None:
            known = attributed(program, step, roots, self.comparison).fingerprint
            self.echoes[kind] = known
        return known


def attributed(
    program: Program, step: Step, roots: Sequence[Divergence], comparison: Comparison
) -> Divergence:
    """The verdict on one echo of a program; `roots` are those before it."""
    known = {root.step: root for root in roots}
    (echo,) = judge_echoes(program, known, [step], comparison)
    return echo


def up_to(program: Program, step: int) -> Program:
    """A program's calls up to a step."""
    return replace(program, calls=program.calls[: step + 1])
