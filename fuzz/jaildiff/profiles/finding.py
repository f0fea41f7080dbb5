"""What differs for a tool in all lifecycles, why, and since when."""

from dataclasses import replace

from jaildiff.differ.comparison import Comparison
from jaildiff.impact.acts import Act
from jaildiff.impact.describe.findings import ORDER, ImpactFinding
from jaildiff.impact.describe.judging import Effect, judge_difference
from jaildiff.impact.describe.reasons import JAIL_15, KERNEL_15, reasons, why
from jaildiff.impact.lifecycle_runs.comparing import Columns, Difference, differences
from jaildiff.impact.lifecycle_runs.comparing_acts import compare_acts
from jaildiff.profiles.profile import Profile
from jaildiff.profiles.tool_lifecycles import installation_of_tool, lifecycles_of


def findings_of(profile: Profile, compared: Comparison) -> list[ImpactFinding]:
    """What differs for a tool, the worst first; the same thing met twice is told once."""
    found: dict[tuple[Effect, str, str], ImpactFinding] = {}
    installation, columns = installation_of_tool(profile), Columns.of(compared)
    for lifecycle in lifecycles_of(profile):
        for difference in differences(installation, lifecycle, columns):
            told = finding_of(difference, compared)
            key = (told.effect, told.before, told.after)
            found[key] = merged(found[key], told) if key in found else told
    return sorted(found.values(), key=lambda one: ORDER.index(one.effect))


def merged(first: ImpactFinding, more: ImpactFinding) -> ImpactFinding:
    """Merge two findings that show the same.  The second adds its command, or only its act if the
    command is the same.
    """
    (act, _, command), (other, _, another) = (one.do[-1].partition(": ") for one in (first, more))
    if (act, command) == (other, another):
        return first
    shown = other if command == another else more.do[-1]
    return replace(first, also=tuple(dict.fromkeys((*first.also, shown))))


def finding_of(found: Difference, compared: Comparison) -> ImpactFinding:
    """Everything to say about it, except what to do."""
    act, judged = found.act, judge_difference(found, compared)
    assert act is not None
    between = next(
        (
            one.after
            for one in compare_acts(found.before, found.between)
            if one.aspect is act.aspect
        ),
        act.before,
    )
    return ImpactFinding(
        effect=judged.effect,
        when=found.lifecycle.when,
        jails=found.lifecycle.jails,
        do=done(found),
        before=act.before,
        after=act.after,
        between="" if between in (act.before, act.after) else between,
        why=why(judged),
        since=JAIL_15 if found.by_userland else KERNEL_15,
        reasons=reasons(judged),
        causes=judged.causes,
        places=(),
        also=(),
    )


def done(found: Difference) -> tuple[str, ...]:
    """The acts and events up to the act that differs, and the command in it."""
    *before, last = found.lifecycle.steps[: found.index + 1]
    assert isinstance(last, Act)
    assert found.act is not None
    return (*(step.shown for step in before), f"{last.name}: {found.act.command}")
