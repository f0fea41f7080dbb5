"""The stop rule: the chance that more ops show anything new, by the Good-Turing estimate.

If f classes were seen exactly once in n ops, then about f/n of what the generator makes belongs to
classes that were not seen at all.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import expm1, log1p

OPS_AHEAD = 1_000_000
CAVEAT = (
    "This is an estimate for programs such as the generator makes, with ops taken as independent; "
    "it says nothing of classes that the generator cannot reach."
)


@dataclass(frozen=True, slots=True)
class Estimate:
    """The counts so far, and what they suggest."""

    classes: int
    once: int  # classes seen exactly once
    ops: int

    @property
    def next_op(self) -> float:
        """The chance that the next op shows a new class."""
        return min(1.0, self.once / self.ops) if self.ops else 1.0

    def chance(self, ops: int = OPS_AHEAD) -> float:
        """The chance that at least one of the next `ops` ops shows a new class."""
        return within(self.next_op, ops)

    def json(self) -> dict[str, object]:
        """The numbers and the words, as JSON."""
        return {
            "classes": self.classes,
            "once": self.once,
            "chance_next_op": self.next_op,
            "chance_next_million": self.chance(),
            "words": self.words(),
        }

    def words(self) -> str:
        """The estimate in sentences."""
        if not self.ops:
            return "Nothing has been run yet, so there is no estimate."
        seen = (
            f"{counted(self.classes, 'class', 'classes')} seen in {counted(self.ops, 'op', 'ops')}"
        )
        if not self.once:
            most = percent(within(1 / self.ops, OPS_AHEAD))
            return (
                f"{seen}, none of them only once: by this measure nothing new is in sight. "
                f"Had one been seen once, the next million ops would show a new one with a chance "
                f"of {most}; take that as the upper end. {CAVEAT}"
            )
        return (
            f"{seen}, {self.once:,} of them only once. The next million ops show a new one with a "
            f"chance of {percent(self.chance())}; about one op in {1 / self.next_op:,.0f} does. "
            f"{CAVEAT}"
        )


def estimate(counts: Iterable[int], ops: int) -> Estimate:
    """The estimate from how often each class was seen."""
    seen = [number for number in counts if number > 0]
    return Estimate(len(seen), seen.count(1), ops)


def within(each: float, ops: int) -> float:
    """The chance that something happens at least once in `ops` ops."""
    return 1.0 if each >= 1 else -expm1(ops * log1p(-each))


def percent(chance: float) -> str:
    """A chance in words, without false precision and without false certainty."""
    if chance > 0.99:
        return "more than 99 %"
    if chance < 0.01:
        return "less than 1 %"
    return f"about {100 * chance:.0f} %"


def counted(number: int, one: str, many: str) -> str:
    """A number with its noun."""
    return f"{number:,} {one if number == 1 else many}"
