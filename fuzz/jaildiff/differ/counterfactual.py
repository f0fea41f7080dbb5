"""Run a program while some of its steps are healed.

To heal a step means to let both kernels take it as the comparison's base does (the kernel from
which the other descends).
"""

from collections.abc import Collection, Sequence

from jaildiff.differ.comparison import Comparison
from jaildiff.differ.steps.experiment import trial
from jaildiff.differ.steps.lockstep import Lockstep, Sides
from jaildiff.differ.steps.observation import Differences
from jaildiff.kernels.registry import Model
from jaildiff.programs.commands.command import Op


class Point:
    """Both kernels before a step."""

    def __init__(self, step: int, sides: Sides) -> None:
        self.step = step
        self.sides = sides
        self.panicked = False

    def twin(self) -> "Point":
        """A copy of a point before which nothing panicked."""
        return Point(self.step, self.sides.twin())

    def take(self, models: tuple[Model, Model], call: Op) -> bool:
        """Let both sides take a call; return whether they answer differently."""
        sides = self.sides
        self.step += 1
        if not sides.diverged:
            result = sides.together(models, call)
            if result is not None:
                self.panicked = result.panicked
                return False
            sides.part()
        one, other = trial(sides.old, models[0], call), trial(sides.new, models[1], call)
        self.panicked = one.panicked or other.panicked
        return one != other

    def look(self, models: tuple[Model, Model], call: Op) -> bool:
        """Let both sides take a call; return whether a user sees a difference."""
        sides, differences = self.sides, Differences()
        if sides.diverged:
            differences.begin(sides.old, sides.new)
        if self.take(models, call):
            return True
        return sides.diverged and bool(differences.update(sides.old, sides.new))


def point(lockstep: Lockstep) -> Point:
    """The point at which a lockstep is; it may go on."""
    return Point(lockstep.index + 1, Sides.twin(lockstep))


def differ_at_last(
    calls: Sequence[Op], now: Point, healed: Collection[int], comparison: Comparison
) -> bool:
    """Whether a user sees the kernels differ at the last of these calls if the steps in `healed`
    are healed; False if there is a panic before it.

    The calls are made from `now` on, which moves.
    """
    as_usual = comparison.models
    as_base = (comparison.base, comparison.base)
    last = now.step + len(calls) - 1
    for call in calls:
        if now.panicked:
            return False
        models = as_base if now.step in healed else as_usual
        if now.step == last:
            return now.look(models, call)
        now.take(models, call)
    return False
