"""Where faults are hunted: a comparison with one sound kernel beside the other, and what is known.

A fault of a kernel of the landed patch is hunted between the two.  The kernel with descriptors is
compared with itself: against the kernel before it nearly all that it does is intended.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fuzz.differ.comparison import LANDED, Comparison
from fuzz.differ.verdict.fingerprint import family
from fuzz.findings.baseline import Baseline, Known, load
from fuzz.kernels.bug_kinds import Side
from fuzz.kernels.fault import Fault
from fuzz.kernels.invariants import BY_ID
from fuzz.kernels.registry import KERNELS


@dataclass(frozen=True, slots=True)
class Ground:
    """A comparison of sound kernels, and what is known of it."""

    comparison: Comparison
    baseline: Baseline

    def has(self, fault: Fault) -> bool:
        """Whether a fault is of one of the kernels, or of the rules by which they are judged."""
        if fault.model == "rules":
            return self.comparison.judged_as == LANDED.judged_as
        return fault.model in (self.comparison.old.name, self.comparison.new.name)


def ground(comparison: Comparison, path: Path | None = None) -> Ground:
    """The ground for one comparison, with that baseline or the shipped one.  Raises InputError."""
    if path is None and comparison.old is comparison.new:
        return Ground(comparison, Baseline(own_mistakes()))
    return Ground(comparison, load(path, comparison))


def all_grounds(path: Path | None = None) -> tuple[Ground, ...]:
    """One for each shipped kernel that has faults; a baseline is one of the landed patch."""
    others = [model for model in KERNELS.values() if model not in LANDED.models]
    return ground(LANDED, path), *(ground(Comparison(model, model)) for model in others)


def own_mistakes() -> Iterator[Known]:
    """What a kernel that is compared with itself breaks on both sides, or has left on the sound
    one, is its own.
    """
    for invariant in BY_ID:
        for side in (Side.OLD, Side.BOTH):
            yield Known(
                fingerprint=f"{family(invariant, side)}*",
                rule=invariant,
                side=side,
                mistake="its own",
                owner="the jaildiff authors",
                reason="the kernel does it without a fault, too",
                link="https://cgit.freebsd.org/src/tree/sys/kern",
                evidence=("both sides break it alike",),
                expires=None,
                max_count=1,
            )
