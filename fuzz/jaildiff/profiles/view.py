"""The results of trying tools: as an impact, as a table, for machines."""

from collections import Counter
from collections.abc import Iterator, Sequence

from jaildiff.differ.comparison import LANDED_NAMES
from jaildiff.impact.acts import OUTCOMES
from jaildiff.impact.describe.findings import Impact, ImpactFinding
from jaildiff.impact.describe.judging import WARNED, Effect
from jaildiff.impact.describe.reasons import JID_TAKEN, REVIVED
from jaildiff.impact.outputs.machine import impact_json
from jaildiff.profiles.loading import NO_EFFECT
from jaildiff.profiles.tool_lifecycles import OUTLINES
from jaildiff.profiles.trial import TriedFix, Verdict, improves

HEADS = ("tool", "impact", "what it does", "on 15", "when", "since", "fix, tried on both")
NONE = "-"
OVERALL = {
    Effect.BREAKS: "breaks",
    Effect.CHANGES: "changes something for",
    Effect.IMPROVES: "only improves",
}
SAME = "makes no difference to"
SHORT = {
    WARNED: "jail(8) warns about allow.dying",
    JID_TAKEN: "the jid of a dying jail is free at once",
    REVIVED: "no jail comes back to life",
}


def as_impact(verdict: Verdict) -> Impact:
    """A tool as an impact, which every output can show."""
    return Impact(
        title=f"{verdict.profile.title} (profile {verdict.profile.name})",
        kernels=verdict.kernels,
        findings=list(verdict.findings),
        jails=len(verdict.profile.jails),
        lifecycles=len(OUTLINES),
        commands=verdict.commands,
        tried=[one.title for one in OUTLINES],
        remarks=list(remarks(verdict)),
    )


def remarks(verdict: Verdict) -> Iterator[str]:
    """What to say of a tool besides its findings: fixes, reports, sources."""
    profile = verdict.profile
    for one in verdict.fixes:
        yield f"For {one.fix.audience}: {one.fix.says} {proof(one)}"
    if profile.notice:
        yield f"Users notice: {profile.notice}"
    if profile.reports:
        yield f"Reported: {', '.join(profile.reports)}."
    for source in profile.sources:
        yield f"Read: {source}: {source.about}."
    if profile.memory:
        yield f"Not read: {profile.memory}"


def proof(one: TriedFix) -> str:
    """The result of trying a fix."""
    if one.helps:
        return "Tried on 14 and on 15: nothing breaks or changes any more."
    left = [f"{found.effect}: {gist(found)}" for found in one.left]
    return f"Tried, and does not help: {'; '.join([*left, *one.worse])}."


def gist(one: ImpactFinding) -> str:
    """The news in what 15 shows."""
    old = one.before.split("; ")
    new = [part for part in one.after.split("; ") if part not in old]
    return "; ".join(new) or one.after


# ALL OF THEM


def overall(verdicts: Sequence[Verdict]) -> str:
    """The first line about several tools."""
    counts = Counter(one.effect for one in verdicts)
    numbers = [
        (words, counts[effect], names(verdicts, effect)) for effect, words in OVERALL.items()
    ]
    met = [(words, number, f" ({', '.join(who)})") for words, number, who in numbers if number]
    if counts[None]:
        met.append((SAME, counts[None], ""))
    parts = [
        f"{words} {number}{'' if place else f' of {len(verdicts)} tools'}{who}"
        for place, (words, number, who) in enumerate(met)
    ]
    *first, last = parts
    return f"{release(verdicts)} {', '.join(first)}{', and ' if first else ''}{last}."


def release(verdicts: Sequence[Verdict]) -> str:
    """What was tried against 14; other kernels than the usual ones are named."""
    old, new = verdicts[0].kernels
    usual = (old, new) == LANDED_NAMES[:2]
    return "FreeBSD 15" if usual else f"FreeBSD 15 with the kernel {new}, after 14 with {old},"


def names(verdicts: Sequence[Verdict], effect: Effect) -> list[str]:
    """The tools whose worst effect this is."""
    return [one.profile.name for one in verdicts if one.effect is effect]


def rows(verdicts: Sequence[Verdict]) -> list[tuple[str, ...]]:
    """The table of all, the worst first."""
    return [row(one) for one in ranked(verdicts)]


def ranked(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """The worst first, then by name."""
    ranks = [*Effect, None]
    return sorted(verdicts, key=lambda one: (ranks.index(one.effect), one.profile.name))


def row(verdict: Verdict) -> tuple[str, ...]:
    """A tool in the table of all."""
    name = verdict.profile.name
    if not verdict.findings:
        return name, NO_EFFECT, *[NONE] * (len(HEADS) - 2)
    worst = verdict.findings[0]
    done = (worst.do[-1], *worst.also)
    acts = dict.fromkeys(one.partition(":")[0] for one in done)
    fix = " or ".join(worst.instead) or ("none needed" if improves(worst) else "none known")
    since = worst.since.partition(" (")[0]
    return name, worst.effect, ", ".join(acts), in_short(worst), worst.when, since, fix


def in_short(one: ImpactFinding) -> str:
    """What 15 shows, and the reason in a few words."""
    known = [SHORT[reason] for reason in one.reasons if reason in SHORT]
    if not known:
        return gist(one)
    outcome = one.after.partition(":")[0]
    return f"{outcome}, because {known[0]}" if outcome in OUTCOMES else known[0]


# FOR MACHINES


def verdict_json(verdict: Verdict) -> dict[str, object]:
    """A tool: the same keys as for any configuration, and the profile."""
    profile = verdict.profile
    return {
        "profile": profile.name,
        "impact": verdict.effect or NO_EFFECT,
        "expected": profile.expected or NO_EFFECT,
        "notice": profile.notice,
        "reports": list(profile.reports),
        "basis": profile.basis,
        "sources": [
            {"repository": s.repository, "commit": s.commit, "path": s.path, "about": s.about}
            for s in profile.sources
        ],
        "not_read": profile.memory,
        "fixes": [
            {
                "says": one.fix.says,
                "audience": one.fix.audience,
                "changes": list(one.changes),
                "helps": one.helps,
            }
            for one in verdict.fixes
        ],
        **impact_json(as_impact(verdict)),
    }
