"""Name the class of each thing that a program shows, by fingerprint.

Finding the causes of an echo takes several runs of the program.  When many programs are run, only
the class of an echo matters.  So we attribute the first echo of each kind, and give all others of
that kind the same class.
"""

from dataclasses import replace

from jaildiff.differ.attribution import FEW
from jaildiff.differ.comparison import Comparison
from jaildiff.differ.diff import Echoes
from jaildiff.differ.steps.lockstep import Step
from jaildiff.differ.verdict.divergence import Divergence, judge_root, surfaces
from jaildiff.programs.program import Program

# The kind of an echo: where it shows, the rules of the roots before it, and its own rules.
Kind = tuple[str, frozenset[str | None], tuple[str, ...]]


class UnderWay:
    """Judges the steps of a program that is being run, in their order."""

    def __init__(self, program: Program, comparison: Comparison) -> None:
        self.program = program
        self.comparison = comparison
        self.met: list[Step] = []  # roots that are not judged yet
        self.judged: list[Divergence] = []
        self.echoes: Echoes | None = None

    def meet(self, root: Step) -> None:
        """Note a root, to judge it if that matters."""
        self.met.append(root)

    @property
    def roots(self) -> list[Divergence]:
        """The verdicts on the roots so far."""
        for step in self.met:
            self.judged.append(judge_root(step, self.comparison.rulebook))
        self.met.clear()
        return self.judged

    def root(self, step: Step) -> Divergence:
        """The verdict on a root."""
        self.meet(step)
        return self.roots[-1]

    def echo(self, step: Step) -> Divergence:
        """The verdict on an echo, by the roots before it."""
        roots = {root.step: root for root in self.roots}
        if self.echoes is None or len(roots) > FEW:  # Many roots are cut otherwise than few.
            self.echoes = Echoes(self.program, self.comparison, min(roots, default=0))
        (echo,) = self.echoes.judge(roots, [step])
        return echo


class Classifier:
    """Names classes; `echoes` maps the kinds of echo met so far to their fingerprints."""

    def __init__(self, comparison: Comparison, echoes: dict[Kind, str] | None = None) -> None:
        self.comparison = comparison
        self.echoes = {} if echoes is None else echoes

    def of_step(self, under_way: UnderWay, step: Step) -> str:
        """The class of the next differing step of a program."""
        rules = self.comparison.rulebook
        if step.cases:
            return under_way.root(step).fingerprint
        before = tuple(root.rule for root in under_way.roots)
        claims = rules.echo_claims(step.echo_of(before))
        kind = (surfaces(step)[0], frozenset(before), tuple(rule.id for rule in claims))
        known = self.echoes.get(kind)
        if known is None:
            known = under_way.echo(step).fingerprint
            self.echoes[kind] = known
        return known


def up_to(program: Program, step: int) -> Program:
    """The program, cut after a step."""
    return replace(program, calls=program.calls[: step + 1])
