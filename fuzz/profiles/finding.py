"""What differs for a tool in all lives, why, and since when."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from fuzz.differ.comparison import Comparison
from fuzz.differ.steps.root_experiment import RootExperiment
from fuzz.differ.verdict.rule import Rule
from fuzz.impact.lifecycle import Linger
from fuzz.impact.telling.findings import ORDER, Finding
from fuzz.impact.telling.judging import (
    NOT_REVIVED,
    WARNED,
    Effect,
    Judgement,
    claims,
    watching,
    weighed,
)
from fuzz.impact.telling.reasons import JAIL_15, KERNEL_15, reasons, why
from fuzz.impact.trying.comparing import Columns
from fuzz.impact.trying.running import Column
from fuzz.kernels.registry import Model
from fuzz.profiles.comparing import Difference, compare
from fuzz.profiles.lives import LET_GO, LINGER, LIVES, Life, live
from fuzz.profiles.profile import Profile
from fuzz.profiles.stage import NEVER, WITH_THE_LAST, Seen


class Met(NamedTuple):
    """An act that differs in a life; `number` is that of the act among those of the tool."""

    life: Life
    number: int
    before: tuple[str, ...]  # what has happened in that life so far
    act: str
    difference: Difference
    between: str  # what is seen with the programs of 14 on the kernel of 15
    by_kernel: bool  # whether the new kernel alone makes the difference


def findings_of(profile: Profile, compared: Comparison) -> list[Finding]:
    """What differs for a tool, the worst first; the same thing met twice is told once."""
    found: dict[tuple[Effect, str, str], Finding] = {}
    for life in LIVES:
        for met in met_in(profile, life, Columns.of(compared)):
            told = told_of(profile, met, compared)
            key = (told.effect, told.before, told.after)
            found[key] = merged(found[key], told) if key in found else told
    return sorted(found.values(), key=lambda one: ORDER.index(one.effect))


def merged(first: Finding, more: Finding) -> Finding:
    """Merge two findings that show the same.  The second adds its command, or only its act if the
    command is the same.
    """
    (act, _, command), (other, _, another) = (one.do[-1].partition(": ") for one in (first, more))
    if (act, command) == (other, another):
        return first
    shown = other if command == another else more.do[-1]
    return replace(first, also=tuple(dict.fromkeys((*first.also, shown))))


def met_in(profile: Profile, life: Life, columns: Columns) -> Iterator[Met]:
    """What differs in one life.

    Once an act has ended differently, the rest follows from that and is not told. One thing is told
    all the same, because it is worse than its cause: a wait for a dying jail that never ends, since
    a new jail has taken its place.
    """
    parted = False
    sides = (live(profile, life, one) for one in (columns.before, columns.between, columns.after))
    for number, ((before, old), (_, mixed), (_, new)) in enumerate(zip(*sides, strict=True)):
        by_kernel = {one.aspect: one.after for one in compare(old, mixed)}
        for one in compare(old, new):
            if not parted or (old.outcome, new.outcome) == (WITH_THE_LAST, NEVER):
                between = by_kernel.get(one.aspect, one.before)
                yield Met(life, number, before, old.act, one, between, one.aspect in by_kernel)
        parted = parted or has_parted(old, new)


def has_parted(old: Seen, new: Seen) -> bool:
    """Whether what comes later may follow from this."""
    return old.outcome != new.outcome or old.jails != new.jails


def told_of(profile: Profile, met: Met, compared: Comparison) -> Finding:
    """Everything to say about it, except what to do."""
    one, judged = met.difference, judged_by(profile, met, compared)
    return Finding(
        effect=judged.effect,
        when=met.life.when,
        jails=profile.jails,
        do=(*(happening(profile, act) for act in met.before), f"{met.act}: {one.command}"),
        before=one.before,
        after=one.after,
        between="" if met.between in (one.before, one.after) else met.between,
        why=why(judged),
        since=KERNEL_15 if met.by_kernel else JAIL_15,
        reasons=reasons(judged),
        causes=judged.causes,
        places=(),
        also=(),
    )


def happening(profile: Profile, act: str) -> str:
    """An act, or what happens between two acts, in words."""
    others = {LINGER: Linger(profile.jails[0]).shown, LET_GO: "(nothing lingers any more)"}
    return others.get(act, act)


def judged_by(profile: Profile, met: Met, compared: Comparison) -> Judgement:
    """What a difference is, and what causes it."""
    one = met.difference
    known = () if one.warned else rules_of(profile, met, compared)
    rules = tuple({rule.id: rule for rule in known}.values())
    userland = (WARNED,) if one.warned else () if met.by_kernel else (NOT_REVIVED,)
    return Judgement(weighed(rules, worked=one.worked, works=one.works), rules, userland)


def rules_of(profile: Profile, met: Met, compared: Comparison) -> Iterable[Rule[RootExperiment]]:
    """The rules that claim how the kernels differ at the calls of this act."""
    columns = Columns.of(compared)
    before = cases(profile, met, columns.before, compared.new)
    return claims(compared, before, cases(profile, met, columns.after, compared.old))


def cases(profile: Profile, met: Met, column: Column, other: Model) -> list[RootExperiment]:
    """The calls of this act that another kernel would answer differently from the same state."""
    seen: list[RootExperiment] = []
    acts = live(profile, met.life, column, watching(column.model, other, seen))
    for _ in range(met.number):
        next(acts)
    seen.clear()
    next(acts)
    return seen
