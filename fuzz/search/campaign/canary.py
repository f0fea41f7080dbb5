"""The canary: a seeded fault that a campaign must find, or it is blind.

Programs, scout and fingerprints are those of any batch, on a worker like any other; only the
kernels are always the same two.
"""

from dataclasses import dataclass

from fuzz.differ.comparison import Named, comparison
from fuzz.differ.walk import Violation
from fuzz.kernels.bug_kinds import BugKind, Side
from fuzz.search.campaign.batch import Scout
from fuzz.search.generator.generate import generate

KERNELS = Named("legacy", "new+attach-takes-two-references")
SHOWN = Violation(0, Side.NEW, "refs-accounted", BugKind.LEAKED_REFERENCE, 0, "")
PROGRAMS = 256  # of which the first few are enough


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
