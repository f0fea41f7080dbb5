"""The effect of a difference on a user of 14: it breaks, changes or improves something."""

from enum import StrEnum

from jail_kernel.call import Result
from jaildiff.differ.verdict.divergence import Divergence
from jaildiff.kernels.bug_kinds import Side


class Effect(StrEnum):
    """The effect on someone who comes from 14."""

    BREAKS = "breaks"
    CHANGES = "changes"
    IMPROVES = "improves"
    UNDEFINED = "undefined"  # the design does not say


ORDER = tuple(Effect)


def effect_of(found: Divergence) -> Effect:
    """The effect of a difference from 14.

    Removing a bug of 14 improves, and a new bug breaks.  If there is no bug, or both kernels have
    it, the answers decide: a call that worked and now fails breaks, the reverse improves.
    """
    if found.new.undefined:
        return Effect.UNDEFINED
    if found.side is Side.OLD:
        return Effect.IMPROVES
    if found.side is Side.NEW:
        return Effect.BREAKS
    return by_answers(found.old, found.new)


def by_answers(old: Result, new: Result) -> Effect:
    """The effect by the answers alone."""
    if old.ok and not new.ok:
        return Effect.BREAKS
    if new.ok and not old.ok:
        return Effect.IMPROVES
    return Effect.CHANGES
