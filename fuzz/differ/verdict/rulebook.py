"""The rules by which one comparison of kernels is judged."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from fuzz.differ.steps.case import Case, Echo
from fuzz.differ.verdict.rule import Rule


@dataclass(frozen=True)
class Rulebook:
    """Rules for roots, rules for echoes, and what must still hold of a root that is claimed."""

    rules: tuple[Rule[Case], ...]
    echo_rules: tuple[Rule[Echo], ...]
    flaw: Callable[[Case], str | None]  # what is wrong with the new side of a claimed root

    def claims(self, case: Case) -> list[Rule[Case]]:
        """The rules that claim a root; one, if all is well."""
        return [rule for rule in self.rules if rule.matches(case)]

    def echo_claims(self, echo: Echo) -> list[Rule[Echo]]:
        """The rules that claim an echo for what it is; mostly none, and its roots decide."""
        return [rule for rule in self.echo_rules if rule.matches(echo)]

    @cached_property
    def by_id(self) -> dict[str, Rule[Case] | Rule[Echo]]:
        """All rules by their ids."""
        roots: dict[str, Rule[Case] | Rule[Echo]] = {rule.id: rule for rule in self.rules}
        return roots | {rule.id: rule for rule in self.echo_rules}


NO_RULES = Rulebook((), (), lambda _: None)
