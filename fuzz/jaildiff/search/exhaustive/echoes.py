"""The kinds of echoes: the first program of each kind is judged in full."""

from typing import Final

from jail_kernel.call import ForkEnd
from jaildiff.differ.comparison import Comparison
from jaildiff.differ.steps.lockstep import Step
from jaildiff.differ.steps.root_experiment import Echo
from jaildiff.differ.verdict.divergence import surfaces
from jaildiff.search.exhaustive.apart import Differing
from jaildiff.search.exhaustive.states import States

Kind = tuple[object, ...]
Rules = tuple[str | None, ...]

ECHOES_KEPT: Final = 100_000  # echoes whose kinds are kept


class Echoes:
    """The kinds of all echoes of a search."""

    def __init__(self, states: States, comparison: Comparison) -> None:
        self.states = states
        self.comparison = comparison
        self.known: dict[object, Kind] = {}

    def kind(
        self, op: int, answers: tuple[int, int], appeared: Differing, rules: Rules, *, caused: bool
    ) -> Kind:
        """Where an echo shows, and the rules of the roots that cause it, or else precede it."""
        seen = op, answers, appeared, rules, caused
        kind = self.known.get(seen)
        if kind is None:
            if len(self.known) > ECHOES_KEPT:
                self.known.clear()
            one, other = (self.states.answers.results[answer] for answer in answers)
            step = Step(0, self.states.calls[op], one, other, (), sorted(appeared))
            kind = self.known[seen] = (
                "echo",
                *shown(step),
                *self.claimed(step, rules, caused=caused),
            )
        return kind

    def claimed(self, step: Step, rules: Rules, *, caused: bool) -> Kind:
        """The rules that claim an echo, or else those of its roots."""
        if caused:
            # What happened to a process before is not known of a pair of states.
            survivor = isinstance(step.call, ForkEnd) and "process exists" in step.kinds
            seen = Echo(step.call, step.old, step.new, step.kinds, rules, survivor)
            own = [rule.id for rule in self.comparison.rulebook.echo_claims(seen)]
            if own:
                return tuple(own)
        # Which of these are needed is found out when the first of the kind is judged in full.
        return (frozenset(rules),)


def shown(step: Step) -> list[str]:
    """The surfaces of an echo: the most telling one if the answers differ, or else all."""
    found = surfaces(step)
    return found[:1] if step.old != step.new else sorted(found)
