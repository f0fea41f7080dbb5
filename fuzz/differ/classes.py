"""Name the class of each thing that a program shows, by fingerprint.

Finding the causes of an echo takes several runs of the program.  When many programs are run, only
the class of an echo matters.  So we attribute the first echo of each kind, and give all others of
that kind the same class.
"""

from collections.abc import Sequence
from dataclasses import replace

from fuzz.differ.comparison import Comparison
from fuzz.differ.diff import judge_echoes
from fuzz.differ.steps.lockstep import Step
from fuzz.differ.verdict.divergence import Divergence, judge_root, surfaces
from fuzz.programs.program import Program

# The kind of an echo: where it shows, the rules of the roots before it, and its own rules.
Kind = tuple[str, frozenset[str | None], tuple[str, ...]]


class Classifier:
    """Names classes; `echoes` maps the kinds of echo met so far to their fingerprints."""

    def __init__(self, comparison: Comparison, echoes: dict[Kind, str] | None = None) -> None:
        self.comparison = comparison
        self.echoes = {} if echoes is None else echoes

    def of_step(self, program: Program, step: Step, roots: list[Divergence]) -> str:
        """The class of a differing step; `roots` are those before it, and a root joins them."""
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
    """The verdict on an echo of a program; `roots` are those before it."""
    known = {root.step: root for root in roots}
    (echo,) = judge_echoes(program, known, [step], comparison)
    return echo


def up_to(program: Program, step: int) -> Program:
    """The program, cut after a step."""
    return replace(program, calls=program.calls[: step + 1])
