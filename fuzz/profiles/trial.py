"""Trying a tool on both releases: what differs for it, since when, and whether a fix helps."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from fuzz.profiles.lives import LIVES, Life, Likely, live
from fuzz.profiles.profile import Fix, Impact, Profile
from fuzz.profiles.stage import AFTER, BAD, BEFORE, BETWEEN, NEVER, Jails, Seen, StepSeen

KERNEL = "the kernel of 15.0 (commit ed31b3f4a146, review D28150)"
USERLAND = "jail(8) of 15.0"
ORDER = (Impact.BREAKS, Impact.CHANGES, Impact.IMPROVES)


@dataclass(frozen=True, slots=True)
class Effect:
    """Something that a tool meets on 15 and did not meet on 14, or the other way round."""

    impact: Impact
    likely: Likely
    acts: tuple[str, ...]  # of the tool
    commands: tuple[str, ...]
    before: str
    after: str
    since: str
    life: str  # the first in which it was met


class Tested(NamedTuple):
    """A fix, and what came of it when it was tried on both."""

    fix: Fix
    left: tuple[Effect, ...]  # what still breaks or changes
    worse: tuple[str, ...]  # acts that worked on 14, and no longer do

    @property
    def helps(self) -> bool:
        """Whether it does away with what breaks or changes, and breaks nothing on 14."""
        return not self.left and not self.worse


class Verdict(NamedTuple):
    """What the change means for a tool."""

    profile: Profile
    effects: tuple[Effect, ...]
    fixes: tuple[Tested, ...]

    @property
    def impact(self) -> Impact:
        """The worst of all."""
        return self.effects[0].impact if self.effects else Impact.NOTHING


class Difference(NamedTuple):
    """In what an act differs from the same act elsewhere."""

    aspect: str  # end, output, jails
    impact: Impact
    command: str
    before: str
    after: str


def judge(profile: Profile) -> Verdict:
    """Try a tool, and the fixes that are known for it, in all lives."""
    effects = effects_of(profile)
    return Verdict(profile, effects, tuple(tested(profile, fix) for fix in profile.fixes))


def tested(profile: Profile, fix: Fix) -> Tested:
    """Try a fix on both releases."""
    fixed = profile.with_fix(fix)
    left = tuple(one for one in effects_of(fixed) if one.impact is not Impact.IMPROVES)
    return Tested(fix, left, tuple(sorted(set(newly_failing(profile, fixed)))))


def newly_failing(profile: Profile, fixed: Profile) -> Iterator[str]:
    """The acts that a fix makes fail on 14."""
    for life in LIVES:
        for old, new in zip(live(profile, life, BEFORE), live(fixed, life, BEFORE), strict=True):
            if new.outcome in BAD and old.outcome not in BAD:
                yield old.act


def effects_of(profile: Profile) -> tuple[Effect, ...]:
    """What differs for a tool, the worst first; the same thing met twice is told once."""
    found: dict[tuple[Impact, str, str], Effect] = {}
    for life in LIVES:
        for effect in effects_in(profile, life):
            key = (effect.impact, effect.before, effect.after)
            found[key] = merged(found[key], effect) if key in found else effect
    return tuple(sorted(found.values(), key=lambda effect: ORDER.index(effect.impact)))


def merged(first: Effect, more: Effect) -> Effect:
    """One effect of two that show the same."""
    return replace(
        first,
        acts=tuple(dict.fromkeys(first.acts + more.acts)),
        commands=tuple(dict.fromkeys(first.commands + more.commands)),
    )


def effects_in(profile: Profile, life: Life) -> Iterator[Effect]:
    """What differs in one life.

    Once an act has ended differently the rest follows from that, and only a wait that never ends is
    told as well: it is worse than what it follows from.
    """
    parted = False
    rows = [live(profile, life, pair) for pair in (BEFORE, BETWEEN, AFTER)]
    for old, mixed, new in zip(*rows, strict=True):
        by_kernel = {one.aspect for one in compare(old, mixed)}
        for one in compare(old, new):
            if not parted or (one.impact is Impact.BREAKS and new.outcome == NEVER):
                since = KERNEL if one.aspect in by_kernel else USERLAND
                yield Effect(
                    impact=one.impact,
                    likely=life.likely,
                    acts=(old.act,),
                    commands=(one.command,),
                    before=one.before,
                    after=one.after,
                    since=since,
                    life=life.title,
                )
        parted = parted or old.outcome != new.outcome or old.jails != new.jails


def compare(old: Seen, new: Seen) -> tuple[Difference, ...]:
    """How an act differs from the same act elsewhere: in its end or, if that is the same, in what
    it printed and in the jails that it left.
    """
    if (old.outcome, len(old.steps)) != (new.outcome, len(new.steps)):
        return (other_end(old, new),)
    found = []
    for before, after in zip(old.steps, new.steps, strict=True):
        if before != after:
            changed = (shown(before, after), shown(after, before))
            found.append(Difference("output", Impact.CHANGES, after.text, *changed))
            break
    if old.jails != new.jails:
        changed = other_jails(old.jails, new.jails)
        found.append(Difference("jails", Impact.CHANGES, new.steps[-1].text, *changed))
    return tuple(found)


def other_end(old: Seen, new: Seen) -> Difference:
    """An act that ends differently."""
    impact = Impact.CHANGES
    if (old.outcome in BAD) != (new.outcome in BAD):
        impact = Impact.BREAKS if new.outcome in BAD else Impact.IMPROVES
    longer = new if len(new.steps) <= len(old.steps) and new.steps else old
    return Difference("end", impact, longer.steps[-1].text, ended(old), ended(new))


def ended(seen: Seen) -> str:
    """How an act ended, and the message with which it failed."""
    failed = next((step for step in seen.steps if not step.ok), None)
    if seen.outcome not in BAD or failed is None:
        return seen.outcome
    return f"{seen.outcome}: {failed.complaint}"


def shown(step: StepSeen, other: StepSeen) -> str:
    """How a step ended, and the lines that it printed and another did not."""
    common = {*other.out.splitlines(), *other.err.splitlines()}
    lines = [*step.out.splitlines(), *step.err.splitlines()]
    return "; ".join([step.status, *(line for line in lines if line not in common)])


def other_jails(old: Jails, new: Jails) -> tuple[str, str]:
    """What differs between two lists of living jails, on both sides."""
    if names_in(old) != names_in(new):
        return f"the jails are {names_in(old)}", f"the jails are {names_in(new)}"
    name, key, before, after = next(
        (name, key, before[key], after[key])
        for (name, before), (_, after) in zip(old, new, strict=True)
        for key in before
        if before[key] != after[key]
    )
    return f"{name}: {key} is {before or 'not set'}", f"{name}: {key} is {after or 'not set'}"


def names_in(jails: Jails) -> str:
    """The names of jails, in a line."""
    return ", ".join(name for name, _ in jails) or "none"
