"""Where the two kernels of a pair differ for a user."""

from typing import Final

from jaildiff.differ.steps.observation import Differences, Key
from jaildiff.search.exhaustive.states import STOPPED, States

Differing = frozenset[tuple[Key, str]]

DIFFERENCES_KEPT: Final = 100_000  # pairs whose differences are kept


class Apart:
    """The differences of pairs of states."""

    def __init__(self, states: States) -> None:
        self.states = states
        self.known: dict[tuple[int, int], Differing] = {}  # by pair
        self.same: dict[Differing, Differing] = {}  # to store equal ones once

    def appeared(self, before: tuple[int, int], after: tuple[int, int]) -> Differing:
        """What newly differs for a user after a call."""
        if before == after or after[0] == after[1] or STOPPED in after:
            return frozenset()
        return self.differing(after) - self.differing(before)

    def differing(self, pair: tuple[int, int]) -> Differing:
        """Everything that differs for a user."""
        if pair[0] == pair[1]:
            return frozenset()
        found = self.known.get(pair)
        if found is None:
            if len(self.known) > DIFFERENCES_KEPT:
                self.known.clear()
            found = frozenset(Differences().update(*map(self.states.kernel, pair)))
            found = self.known[pair] = self.same.setdefault(found, found)
        return found
