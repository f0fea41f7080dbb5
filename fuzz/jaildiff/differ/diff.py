"""The differ: run one program under a comparison and judge all that differs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jail_kernel.call import Result
from jaildiff.differ.attribution import Attribution
from jaildiff.differ.comparison import Comparison
from jaildiff.differ.leave_one_out import LeaveOut, Weight, blamed
from jaildiff.differ.steps.lockstep import Lockstep, Step
from jaildiff.differ.verdict.divergence import (
    Divergence,
    changed_nothing,
    gravity,
    judge_attributed,
    judge_echo,
    judge_root,
    other_roots,
    tested,
)
from jaildiff.differ.walk import Violation, Walk
from jaildiff.programs.program import Program


@dataclass(frozen=True, slots=True)
class Report:
    """What the differ says about one program."""

    comparison: Comparison
    answers: tuple[tuple[Result, Result], ...]  # of the old and the new side, op by op
    divergences: tuple[Divergence, ...]
    violations: tuple[Violation, ...]


def diff(program: Program, comparison: Comparison) -> Report:
    """Run a program in lockstep; judge every difference and every broken invariant."""
    walk = Walk(program.jail_max, comparison, program.setup, every_op=True)
    steps: list[Step] = []
    answers: list[tuple[Result, Result]] = []
    violations: list[Violation] = []
    for call in program.calls:
        for event in walk.take(call):
            if isinstance(event, Step):
                steps.append(event)
            else:
                violations.append(event)
        answers.append(walk.lockstep.answers)
        if walk.lockstep.panicked:
            break
    violations += walk.end()
    divergences = judge(program, steps, comparison)
    roots = [step.index for step in steps if step.cases]
    violations = [blamed(program, found, roots, comparison) for found in violations]
    return Report(comparison, tuple(answers), tuple(divergences), tuple(violations))


def judge(program: Program, steps: Sequence[Step], comparison: Comparison) -> list[Divergence]:
    """The verdicts on all differing steps of a program."""
    rules = comparison.rulebook
    roots = {step.index: judge_root(step, rules) for step in steps if step.cases}
    judged, echoes = dict(roots), [step for step in steps if not step.cases]
    if echoes:
        judging = Echoes(program, comparison, steps[0].index)
        judged |= {echo.step: echo for echo in judging.judge(roots, echoes)}
    found = []
    for step in steps:
        found += [judged[step.index], *other_roots(step, judged[step.index], rules)]
    return found


class Echoes:
    """Judges the echoes of a program in their order, each by the roots that it needs.

    Healing (attribution.py) proposes the causes; leaving them out (leave_one_out.py) confirms them.
    """

    def __init__(self, program: Program, comparison: Comparison, first: int) -> None:
        """Until step `first` the kernels do not differ."""
        self.rules = comparison.rulebook
        start = Lockstep(program.jail_max, comparison, program.setup)
        for call in program.calls[:first]:
            start.follow(call)
        self.attribution = Attribution(program, start)
        self.leave_out = LeaveOut(program, start)

    def judge(self, roots: Mapping[int, Divergence], echoes: Sequence[Step]) -> list[Divergence]:
        """The verdicts on some echoes, later ones than before; `roots` are all up to the last."""
        apart = [step.index for step in echoes if step.apart]
        healed = self.attribution.causes(list(roots), [step.index for step in echoes], apart)
        self.leave_out.know({step: weight(root) for step, root in roots.items()})
        return [self._judge_one(step, roots, healed[step.index]) for step in echoes]

    def _judge_one(
        self, step: Step, roots: Mapping[int, Divergence], causing: tuple[int, ...] | None
    ) -> Divergence:
        if causing is None:
            return judge_attributed(step, roots.values(), None, self.rules)
        found = self.leave_out.causes(step, causing)
        return tested(judge_echo(step, [roots[root] for root in found.needed], self.rules), found)


def weight(root: Divergence) -> Weight:
    """How early to try leaving out a root.

    A root that changed nothing comes first.  Left in, it could stand in for a real cause once that
    is left out, and would then be blamed instead.
    """
    *grave, step = gravity(root)
    return Weight(changed_nothing(root), (grave[0], grave[1]), -step)
