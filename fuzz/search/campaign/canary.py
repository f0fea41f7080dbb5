"""The canary: a seeded fault that a campaign must find, or it is blind.

Programs, scout and fingerprints are those of any batch, on a worker like any other; only the new
kernel is not the landed one.
"""

from dataclasses import dataclass

from fuzz.differ.diff import Violation
from fuzz.differ.verdict.rule import Side
from fuzz.findings.finding import violation_fingerprint
from fuzz.kernels.bug_kinds import BugKind
from fuzz.kernels.fault import load
from fuzz.kernels.registry import LEGACY
from fuzz.search.campaign.batch import Scout
from fuzz.search.generator.generate import generate

FAULT = "attach-takes-two-references"
SHOWN = Violation(0, Side.NEW, "refs-accounted", BugKind.LEAKED_REFERENCE, 0, "")
PROGRAMS = 256  # of which the first few are enough


@dataclass(frozen=True, slots=True)
class Watch:
    """Whether the canary was found."""

    found: bool


def watch(seed: int) -> Watch:
    """Look for the canary in the first programs of a seed."""
    scout = Scout({}, (LEGACY, load()[FAULT].apply()))
    fingerprint = violation_fingerprint(SHOWN)
    for number in range(PROGRAMS):
        scout.look_at([(number, generate(seed, number))])
        if fingerprint in scout.tally.first:
            return Watch(found=True)
    return Watch(found=False)
