"""The survey: everything about one configuration, from what is tried to what is told."""

from collections.abc import Iterable
from dataclasses import replace

from fuzz.differ.comparison import Comparison
from fuzz.impact.lifecycle import Lifecycle, Linger, Run, Step, When, jail
from fuzz.impact.place import Place
from fuzz.impact.reading.configuration import Configuration, ConfiguredJail
from fuzz.impact.reading.rc_conf import NO_RC_CONF, RcText
from fuzz.impact.telling.findings import Impact, Matter, finding, matters
from fuzz.impact.telling.judging import WARNED
from fuzz.impact.telling.reasons import JID_TAKEN, REVIVED, reasons
from fuzz.impact.telling.remedies import instead
from fuzz.impact.telling.sights import complaint
from fuzz.impact.trying.comparing import (
    JID,
    NAME,
    Columns,
    Difference,
    differences,
    is_alive,
)
from fuzz.impact.trying.lifecycles import START, lifecycles, one_by_one
from fuzz.impact.trying.world import World, world_of
from jail_kernel.call import Call, user_text

# The parameter by which a configuration is affected for a reason.
CULPRITS = {WARNED: "allow.dying", REVIVED: "allow.dying", JID_TAKEN: "jid"}
EXAMPLES_MAX = 4
ADVICE_MAX = 2


def survey_configuration(
    found: Configuration,
    compared: Comparison,
    rc_conf: RcText = NO_RC_CONF,
    start: tuple[Call, ...] = (),
) -> Impact:
    """What changes for a jail.conf; `start` makes the jails that run already."""
    world = world_of(found, rc_conf, start)
    told = survey(found.path, world, lifecycles(found), compared, found)
    told.jails, alone = len(found.jails), len(one_by_one(found))
    if alone < told.jails:
        told.remarks.append(
            f"Tried one by one: {alone} of {told.jails} jails; the others are like them but for "
            "names and values, and were tried together."
        )
    told.remarks += dying_twins(told, world, Columns.of(compared))
    told.not_modelled = sorted(found.unmodelled)
    told.errors = list(found.errors)
    told.not_starting = not_starting(found, world, Columns.of(compared))
    return told


def dying_twins(told: Impact, world: World, columns: Columns) -> list[str]:
    """A warning, if a jail that is told of can be stopped by the jid of its dying one."""
    names = (name for one in told.findings if JID_TAKEN in one.reasons for name in one.jails)
    for name in dict.fromkeys(names):
        steps: tuple[Step, ...] = (START, Linger(name), jail("-r", name), jail("-c", name))
        restarted = Lifecycle("", When.LINGERS, (name,), steps)
        *_, after = columns.run(world, restarted)
        for jid in (str(view[JID]) for view in after[-1].jails if not is_alive(view)):
            removal = replace(restarted, steps=(*steps, jail("-r", jid)))
            if any(one.struck for one in differences(world, removal, columns)):
                stops = f"jail -r {jid} would stop the {name} that runs"
                return [f"On 15 leave a dying jail alone: {stops}."]
    return []


def not_starting(found: Configuration, world: World, columns: Columns) -> dict[str, str]:
    """The jails that start on neither side, each with its complaint."""
    everything = Lifecycle("start", When.ALWAYS, (), (START,))
    before, _, after = (side[0] for side in columns.run(world, everything))
    running = {user_text(str(view[NAME])) for seen in (before, after) for view in seen.jails}
    silent = [one.name for one in found.jails if one.name not in running]
    return {name: complaint(after, (name,)) or "it ends at once" for name in silent}


def survey(
    title: str,
    world: World,
    tried: Iterable[Lifecycle],
    compared: Comparison,
    found: Configuration | None = None,
) -> Impact:
    """What differs in some lifecycles; `found` is the file that they come from, if any."""
    columns = Columns.of(compared)
    told = Impact(title, kernels=(compared.old.name, compared.new.name))
    seen: list[Difference] = []
    for lifecycle in tried:
        told.lifecycles += 1
        told.commands += sum(isinstance(step, Run) for step in lifecycle.steps)
        if lifecycle.title not in told.tried:
            told.tried.append(lifecycle.title)
        seen += differences(world, lifecycle, columns)
    for matter in matters(seen, compared):
        jails = jails_of(matter, found)
        places = places_of(matter, jails, found)
        advice = advice_for(matter, found, columns)
        told.findings.append(finding(matter, jails, places, advice))
    return told


def advice_for(matter: Matter, found: Configuration | None, columns: Columns) -> tuple[str, ...]:
    """What helps in the simplest case, and what helps in the others."""
    helpful = (instead(one, found, columns) for one in matter.examples[:EXAMPLES_MAX])
    return tuple(dict.fromkeys(filter(None, helpful)))[:ADVICE_MAX]


def jails_of(matter: Matter, found: Configuration | None) -> tuple[str, ...]:
    """The jails that a matter is about; for a warning, those whose parameters cause it."""
    if found is not None and matter.example.warned:
        asking = tuple(one.name for one in found.jails if one.last("allow.dying") is not None)
        return asking or matter.jails
    return matter.jails


def places_of(
    matter: Matter, jails: tuple[str, ...], found: Configuration | None
) -> tuple[Place, ...]:
    """The lines that it comes from: the command's, or the parameter's in each jail's block."""
    if found is None:
        place = matter.example.command.place
        return (place,) if place else ()
    asked = any(one.last("allow.dying") is not None for one in found.jails)
    if matter.example.warned and not asked:
        flags = matter.example.world.flags
        return (flags,) if flags else ()
    concerned = [one for one in found.jails if one.name in jails]
    return tuple(dict.fromkeys(line_of(matter, one, found) for one in concerned))


def line_of(matter: Matter, one: ConfiguredJail, found: Configuration) -> Place:
    """Where the parameter is that causes a matter for a jail, else the jail's block."""
    for reason in reasons(matter.judged):
        spot = found.where(one, CULPRITS[reason]) if reason in CULPRITS else None
        if spot is not None:
            return spot.place
    return one.place
