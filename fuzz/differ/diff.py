"""The differ: run one program under a comparison and judge all that differs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fuzz.differ.attribution import causes
from fuzz.differ.comparison import Comparison
from fuzz.differ.necessity import LeaveOut, Weight, blamed
from fuzz.differ.steps.lockstep import Step
from fuzz.differ.verdict.divergence import (
    Divergence,
    changed_nothing,
    gravity,
    judge_attributed,
    judge_echo,
    judge_root,
    other_roots,
    tested,
)
from fuzz.differ.walk import Violation, Walk
from fuzz.programs.program import Program
from prison.call import Result


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
    echoes = [step for step in steps if not step.cases]
    judged = roots | {echo.step: echo for echo in judge_echoes(program, roots, echoes, comparison)}
    found = []
    for step in steps:
        found += [judged[step.index], *other_roots(step, judged[step.index], rules)]
    return found


def judge_echoes(
    program: Program,
    roots: Mapping[int, Divergence],
    echoes: Sequence[Step],
    comparison: Comparison,
) -> list[Divergence]:
    """The verdicts on echoes, each by the roots that it needs.

    Healing (attribution.py) proposes the causes; leaving them out (necessity.py) confirms them.
    """
    if not echoes:
        return []
    rules, steps = comparison.rulebook, [step.index for step in echoes]
    apart = [step.index for step in echoes if step.apart]
    healed = causes(program, list(roots), steps, comparison, apart)
    heard = replace(program, calls=program.calls[: max(steps) + 1])
    leave_out = LeaveOut(heard, comparison, {step: weight(root) for step, root in roots.items()})

    def judge_one(step: Step) -> Divergence:
        causing = healed[step.index]
        if causing is None:
            return judge_attributed(step, roots.values(), None, rules)
        found = leave_out.causes(step, causing)
        return tested(judge_echo(step, [roots[root] for root in found.needed], rules), found)

    return [judge_one(step) for step in echoes]


def weight(root: Divergence) -> Weight:
    """How early to try leaving out a root.

    A root that changed nothing comes first.  Left in, it could stand in for a real cause once that
    is left out, and would then be blamed instead.
    """
    *grave, step = gravity(root)
    return Weight(changed_nothing(root), (grave[0], grave[1]), -step)
