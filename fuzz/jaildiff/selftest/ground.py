"""Where to hunt a fault: a comparison of two sound kernels, and the baseline for it.

A fault in the legacy or the new kernel is hunted by comparing these two.  The kernel with
descriptors is compared with itself, because most of its differences from the kernel before it
are intended and would hide a fault.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from jaildiff.differ.comparison import LANDED, Comparison
from jaildiff.differ.verdict.fingerprint import family
from jaildiff.findings.baseline import Baseline, Known, load
from jaildiff.kernels.bug_kinds import Side
from jaildiff.kernels.fault import Fault
from jaildiff.kernels.invariants import BY_ID
from jaildiff.kernels.registry import KERNELS


@dataclass(frozen=True, slots=True)
class Ground:
    """A comparison of sound kernels, and what it is known to find."""

    comparison: Comparison
    baseline: Baseline

    def has(self, fault: Fault) -> bool:
        """Whether a fault is in one of these kernels, or in the rules that judge them."""
        if fault.model == "rules":
            return self.comparison.judged_as == LANDED.judged_as
        return fault.model in (self.comparison.old.name, self.comparison.new.name)


def ground(comparison: Comparison, path: Path | None = None) -> Ground:
    """The ground for one comparison, with the baseline at `path` or the shipped one.

    Raises InputError if the baseline cannot be used.
    """
    if path is None and comparison.old is comparison.new:
        return Ground(comparison, Baseline(own_mistakes()))
    return Ground(comparison, load(path, comparison))


def all_grounds(path: Path | None = None) -> tuple[Ground, ...]:
    """The grounds for all kernels with seeded faults; `path` is a baseline for the landed patch."""
    others = [model for model in KERNELS.values() if model not in LANDED.models]
    return ground(LANDED, path), *(ground(Comparison(model, model)) for model in others)


def own_mistakes() -> Iterator[Known]:
    """Baseline entries for what a kernel compared with itself does without a fault, too.

    That is an invariant broken on both sides, or something left over on the sound side.
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
