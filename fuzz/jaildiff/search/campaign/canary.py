"""The canary: a seeded fault that a campaign must find; otherwise the campaign is blind.

Any worker can look for it, with programs, scout and fingerprints as in any batch.  Only the kernels
are always the same two.
"""

from dataclasses import dataclass

from jaildiff.differ.comparison import Named, comparison
from jaildiff.differ.walk import Violation
from jaildiff.kernels.bug_kinds import BugKind, Side
from jaildiff.search.campaign.batch import Scout
from jaildiff.search.generator.generate import generate

KERNELS = Named("legacy", "new+attach-takes-two-references")
SHOWN = Violation(0, Side.NEW, "refs-accounted", BugKind.LEAKED_REFERENCE, 0, "")
PROGRAMS = 256  # usually the first few suffice


@dataclass(frozen=True, slots=True)
class Watch:
    """Whether the canary was found."""

    found: bool


def watch(seed: int) -> Watch:
    """Look for the canary in the first programs of a seed."""
    scout = Scout(comparison(KERNELS), {})
    for number in range(PROGRAMS):
        scout.look_at([(number, generate(seed, number))])
        if SHOWN.fingerprint in scout.tally.first:
            return Watch(found=True)
    return Watch(found=False)
