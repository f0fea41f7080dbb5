"""The rules that judge one comparison of kernels."""

from collections.abc import Callable
from dataclasses import dataclass

from jaildiff.differ.steps.root_experiment import Echo, RootExperiment
from jaildiff.differ.verdict.rule import Rule


@dataclass(frozen=True)
class Rulebook:
    """Rules for roots, rules for echoes, and a check of roots that a rule claims."""

    rules: tuple[Rule[RootExperiment], ...]
    echo_rules: tuple[Rule[Echo], ...]
    flaw: Callable[
        [RootExperiment], str | None
    ]  # what is wrong with the new side of a claimed root

    def claims(self, case: RootExperiment) -> list[Rule[RootExperiment]]:
        """The rules that claim a root; there should be exactly one."""
        return [rule for rule in self.rules if rule.matches(case)]

    def echo_claims(self, echo: Echo) -> list[Rule[Echo]]:
        """The rules that claim an echo for itself; usually none, and its roots decide."""
        return [rule for rule in self.echo_rules if rule.matches(echo)]

    @property
    def by_id(self) -> dict[str, Rule[RootExperiment] | Rule[Echo]]:
        """All rules, by id."""
        roots: dict[str, Rule[RootExperiment] | Rule[Echo]] = {rule.id: rule for rule in self.rules}
        return roots | {rule.id: rule for rule in self.echo_rules}


NO_RULES = Rulebook((), (), lambda _: None)
