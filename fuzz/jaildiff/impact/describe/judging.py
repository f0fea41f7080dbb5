"""Judging: why a step differs, by the rules of the differ and the changes of the userland."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from jail_kernel.call import Call, Result
from jail_kernel.kernel import Kernel
from jaildiff.differ.comparison import Comparison
from jaildiff.differ.steps.experiment import experiment
from jaildiff.differ.steps.root_experiment import RootExperiment
from jaildiff.differ.verdict.rule import Rule, Severity
from jaildiff.impact.lifecycle_runs.comparing import Columns, Difference
from jaildiff.impact.lifecycle_runs.running import PANIC, Column, start
from jaildiff.kernels.bug_kinds import Side
from jaildiff.kernels.registry import Model

WARNED = "U2"  # jail_userland/deltas.py
NOT_REVIVED = "U1"
STRUCK = "struck"  # no change of jail(8): it always went on by name


class Effect(StrEnum):
    """What a difference means to somebody who upgrades."""

    BREAKS = "breaks"
    CHANGES = "changes"
    IMPROVES = "improves"


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a difference is, and what causes it."""

    effect: Effect
    rules: tuple[Rule[RootExperiment], ...]
    userland: tuple[str, ...]  # what in the userland contributes to it

    @property
    def causes(self) -> tuple[str, ...]:
        """The ids of all."""
        return (*(rule.id for rule in self.rules), *self.userland)


def judge_difference(found: Difference, compared: Comparison) -> Explanation:
    """Judge a step that differs."""
    if found.warned:
        effect = effect_of(found, ()) if found.act else Effect.CHANGES
        return Explanation(effect, (), (WARNED,))
    if found.struck:
        return Explanation(Effect.BREAKS, (), (STRUCK,))
    rules = tuple({rule.id: rule for rule in rules_of(found, compared)}.values())
    userland = (NOT_REVIVED,) if found.by_userland else ()
    return Explanation(effect_of(found, rules), rules, userland)


def rules_of(found: Difference, compared: Comparison) -> Iterable[Rule[RootExperiment]]:
    """The rules that claim how the kernels differ at the calls of this step, on either system."""
    columns = Columns.of(compared)
    after = cases(found, columns.after, compared.old)
    both = (*cases(found, columns.before, compared.new), *(case.mirrored() for case in after))
    return (rule for case in both for rule in compared.rulebook.claims(case))


def cases(found: Difference, column: Column, other: Model) -> list[RootExperiment]:
    """The calls of this step that another kernel would answer differently from the same state."""
    seen: list[RootExperiment] = []

    def take(k: Kernel, call: Call) -> Result:
        result, case = experiment(k, column.model, other, call)
        if case is not None:
            seen.append(case)
        return result

    run = start(found.installation, found.lifecycle, column, take)
    for step in found.lifecycle.steps[: found.index + 1]:
        seen.clear()
        run.take(step)
    return seen


def effect_of(found: Difference, rules: Iterable[Rule[RootExperiment]]) -> Effect:
    """What the difference means to the user.  The gravest rule decides, then the outcome."""
    before, after = found.before, found.after
    if PANIC in (before.exit, after.exit) and before.exit != after.exit:
        return Effect.BREAKS if after.exit == PANIC else Effect.IMPROVES
    return weighed(rules, worked=before.ok, works=after.ok)


def weighed(rules: Iterable[Rule[RootExperiment]], *, worked: bool, works: bool) -> Effect:
    """The effect of a difference, by its rules and its outcome."""
    bugs = {rule.side for rule in rules if rule.severity is Severity.HIGH}
    if Side.NEW in bugs:
        return Effect.BREAKS  # Even where 14 refused, because then a guarantee is gone.
    if worked != works:
        return Effect.BREAKS if worked else Effect.IMPROVES
    return Effect.IMPROVES if Side.OLD in bugs else Effect.CHANGES
