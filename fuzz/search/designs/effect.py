"""What a difference does to a user of 14: it breaks, changes or improves something."""

from enum import StrEnum

from fuzz.differ.verdict.divergence import Divergence
from fuzz.kernels.bug_kinds import Side
from prison.call import Result


class Effect(StrEnum):
    """For whoever comes from 14."""

    BREAKS = "breaks"
    CHANGES = "changes"
    IMPROVES = "improves"
    UNDEFINED = "undefined"  # nobody can say


ORDER = tuple(Effect)


def effect_of(found: Divergence) -> Effect:
    """What a difference from 14 does.

    A bug of 14 that is gone improves, a bug that comes breaks.  Where nothing is a bug, or both
    have it, the answers say it: what worked and now fails breaks, what failed and now works
    improves.
    """
    if found.new.undefined:
        return Effect.UNDEFINED
    if found.side is Side.OLD:
        return Effect.IMPROVES
    if found.side is Side.NEW:
        return Effect.BREAKS
    return by_answers(found.old, found.new)


def by_answers(old: Result, new: Result) -> Effect:
    """What the answers alone say."""
    if old.ok and not new.ok:
        return Effect.BREAKS
    if new.ok and not old.ok:
        return Effect.IMPROVES
    return Effect.CHANGES
