"""The analysis of all that was given: each jail.conf, each script, and the jails of a list."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from jail_kernel.call import Call, kernel_bytes, user_text
from jaildiff.differ.comparison import Comparison
from jaildiff.impact.describe.describe_state import complaint
from jaildiff.impact.describe.findings import DifferenceGroup, Impact, finding, matters
from jaildiff.impact.describe.judging import WARNED
from jaildiff.impact.describe.reasons import JID_TAKEN, REVIVED, reasons
from jaildiff.impact.describe.remedies import instead
from jaildiff.impact.lifecycle import Lifecycle, Linger, Lingering, Step, TypedCommand, When, jail
from jaildiff.impact.lifecycle_runs.comparing import (
    JID,
    Columns,
    Difference,
    differences,
    is_alive,
)
from jaildiff.impact.lifecycle_runs.comparing_acts import NAME
from jaildiff.impact.lifecycle_runs.derive import START, lifecycles, one_by_one
from jaildiff.impact.lifecycle_runs.installation import (
    RC_CONF,
    STARTS,
    Installation,
    installation_of,
)
from jaildiff.impact.lifecycle_runs.values import changed_values
from jaildiff.impact.reading.blocks import Spot
from jaildiff.impact.reading.configuration import Configuration, ConfiguredJail
from jaildiff.impact.reading.given import Given
from jaildiff.impact.reading.jls import State
from jaildiff.impact.reading.rc_conf import NO_RC_CONF, RcText
from jaildiff.impact.reading.script import Script
from jaildiff.impact.source_location import SourceLocation, Span
from jaildiff.programs.commands.machine import ADDRESSES

# The parameter by which a configuration is affected for a reason.
CULPRITS = {WARNED: "allow.dying", REVIVED: "allow.dying", JID_TAKEN: "jid"}
EXAMPLES_MAX = 4
ADVICE_MAX = 2
REMOVING = ("-r", "-R", "-rc", "-mr", "-cmr")
SERVICE_REMOVING = ("stop", "restart")


def analyze(given: Given, compared: Comparison) -> Iterator[Impact]:
    """What changes, for each input separately."""
    start = given.state.calls if given.state else ()
    for found in given.configurations:
        yield analyze_configuration(found, compared, given.rc_conf, start)
    for script in given.scripts:
        yield analyze_script(script, compared, given.rc_conf, start)
    if given.state and not given.configurations and not given.scripts:
        yield analyze_state(given.state, compared)


# CONFIGURATIONS


def analyze_configuration(
    found: Configuration,
    compared: Comparison,
    rc_conf: RcText = NO_RC_CONF,
    start: tuple[Call, ...] = (),
) -> Impact:
    """What changes for a jail.conf; `start` makes the jails that run already."""
    installation = installation_of(found, rc_conf, start)
    told = analyze_lifecycles(found.path, installation, lifecycles(found), compared, found)
    told.jails, alone = len(found.jails), len(one_by_one(found))
    if alone < told.jails:
        told.remarks.append(
            f"Tried one by one: {alone} of {told.jails} jails; the others are like them but for "
            "names and values, and were tried together."
        )
    told.remarks += dying_twins(told, installation, Columns.of(compared))
    told.not_modelled = sorted(found.unmodelled)
    told.errors = list(found.errors)
    told.not_starting = not_starting(found, installation, Columns.of(compared))
    return told


def dying_twins(told: Impact, installation: Installation, columns: Columns) -> list[str]:
    """A warning, if a jail that is told of can be stopped by the jid of its dying one."""
    names = (name for one in told.findings if JID_TAKEN in one.reasons for name in one.jails)
    for name in dict.fromkeys(names):
        steps: tuple[Step, ...] = (START, Linger(name), jail("-r", name), jail("-c", name))
        restarted = Lifecycle("", When.LINGERS, (name,), steps)
        *_, after = columns.run(installation, restarted)
        for jid in (str(view[JID]) for view in after[-1].jails if not is_alive(view)):
            removal = replace(restarted, steps=(*steps, jail("-r", jid)))
            if any(one.struck for one in differences(installation, removal, columns)):
                stops = f"jail -r {jid} would stop the {name} that runs"
                return [f"On 15 leave a dying jail alone: {stops}."]
    return []


def not_starting(
    found: Configuration, installation: Installation, columns: Columns
) -> dict[str, str]:
    """The jails that start on neither side, each with its complaint."""
    everything = Lifecycle("start", When.ALWAYS, (), (START,))
    before, _, after = (side[0] for side in columns.run(installation, everything))
    running = {user_text(str(view[NAME])) for seen in (before, after) for view in seen.jails}
    silent = [one.name for one in found.jails if one.name not in running]
    return {name: complaint(after, (name,)) or "it ends at once" for name in silent}


def analyze_lifecycles(
    title: str,
    installation: Installation,
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
        told.commands += sum(isinstance(step, TypedCommand) for step in lifecycle.steps)
        if lifecycle.title not in told.tried:
            told.tried.append(lifecycle.title)
        seen += differences(installation, lifecycle, columns)
    for matter in matters(seen, compared):
        jails = jails_of(matter, found)
        places = places_of(matter, jails, found)
        advice = advice_for(matter, found, columns)
        told.findings.append(finding(matter, jails, places, advice))
    return told


def advice_for(
    matter: DifferenceGroup, found: Configuration | None, columns: Columns
) -> tuple[str, ...]:
    """What helps in the simplest case, and what helps in the others."""
    helpful = (instead(one, found, columns) for one in matter.examples[:EXAMPLES_MAX])
    return tuple(dict.fromkeys(filter(None, helpful)))[:ADVICE_MAX]


def jails_of(matter: DifferenceGroup, found: Configuration | None) -> tuple[str, ...]:
    """The jails that a matter is about; for a warning, those whose parameters cause it."""
    if found is not None and matter.example.warned:
        asking = tuple(one.name for one in found.jails if one.last("allow.dying") is not None)
        return asking or matter.jails
    return matter.jails


def places_of(
    matter: DifferenceGroup, jails: tuple[str, ...], found: Configuration | None
) -> tuple[SourceLocation, ...]:
    """The lines that it comes from: the command's, or the parameter's in each jail's block."""
    if found is None:
        place = matter.example.command.place
        return (place,) if place else ()
    asked = any(one.last("allow.dying") is not None for one in found.jails)
    if matter.example.warned and not asked:
        flags = matter.example.installation.flags
        return (flags,) if flags else ()
    concerned = [one for one in found.jails if one.name in jails]
    return tuple(dict.fromkeys(line_of(matter, one, found) for one in concerned))


def line_of(matter: DifferenceGroup, one: ConfiguredJail, found: Configuration) -> SourceLocation:
    """Where the parameter is that causes a matter for a jail, else the jail's block."""
    for reason in reasons(matter.judged):
        spot = found.where(one, CULPRITS[reason]) if reason in CULPRITS else None
        if spot is not None:
            return spot.place
    return one.place


# SCRIPTS


def analyze_script(
    script: Script, compared: Comparison, rc_conf: RcText, start: tuple[Call, ...]
) -> Impact:
    """What changes for a script, as written and while something lingers."""
    installation = installation_of_script(script, rc_conf, start)
    told = analyze_lifecycles(script.path, installation, of_script(script), compared)
    told.jails = sum(len(one.jails) for one in script.configurations)
    told.errors = [error for one in script.configurations for error in one.errors]
    told.not_modelled = sorted({name for one in script.configurations for name in one.unmodelled})
    return told


def installation_of_script(
    script: Script, rc_conf: RcText, start: tuple[Call, ...]
) -> Installation:
    """The files, directories and users of the script's configurations, and of its commands."""
    whole = Installation(addresses=ADDRESSES, files={RC_CONF: rc_conf.text}, start=start)
    for found in script.configurations:
        own = installation_of(found, rc_conf)
        whole = replace(
            whole,
            files={**whole.files, **own.files},
            dirs=(*whole.dirs, *own.dirs),
            users=tuple(dict.fromkeys((*whole.users, *own.users))),
            addresses={**whole.addresses, **own.addresses},
            leaves={**whole.leaves, **own.leaves},
            unmodelled={**whole.unmodelled, **own.unmodelled},
        )
    words = [word for run in script.commands for word in run.argv]
    values = [word.partition("=")[::2] for word in words if "=" in word]
    dirs = [kernel_bytes(value) for name, value in values if name == "path" and value[:1] == "/"]
    leaves = {kernel_bytes(value): 1 for name, value in values if name in STARTS}
    return replace(whole, dirs=(*whole.dirs, *dirs), leaves={**whole.leaves, **leaves})


def of_script(script: Script) -> Iterator[Lifecycle]:
    """The script as it is, and with something lingering whenever a jail is removed."""
    yield Lifecycle("the script as it is", When.ALWAYS, (), script.commands)
    for what in Lingering:
        steps: list[Step] = []
        for run in script.commands:
            steps += [Linger("", what), run] if removes(run) else [run]
        if len(steps) > len(script.commands):
            yield Lifecycle("the script", When.LINGERS, (), tuple(steps))


def removes(run: TypedCommand) -> bool:
    """Whether a command removes jails."""
    if run.argv[0] == "service":
        return any(run.argv[2:3] == (verb,) for verb in SERVICE_REMOVING)
    return run.argv[0] == "jail" and any(word in REMOVING for word in run.argv)


# JAILS OF A LIST


def analyze_state(state: State, compared: Comparison) -> Impact:
    """What changes for existing jails whose configuration is not known."""
    installation = Installation(addresses=ADDRESSES, start=state.calls)
    told = analyze_lifecycles(state.path, installation, of_state(state), compared)
    told.jails = len(state.rows)
    return told


def of_state(state: State) -> Iterator[Lifecycle]:
    """Change and stop of each jail that runs."""
    nowhere = Spot(SourceLocation(state.path, 0), Span(state.path, 0, 0))
    for name in state.running:
        one = ConfiguredJail(name, {}, nowhere.place, nowhere)
        for _, word in changed_values(one):
            change = jail("-m", f"name={name}", word, place=nowhere.place)
            yield Lifecycle("change of one parameter", When.ALWAYS, (name,), (change,))
        for what in (None, *Lingering):
            held = (Linger(name, what),) if what else ()
            when = When.LINGERS if what else When.ALWAYS
            yield Lifecycle("stop", when, (name,), (*held, jail("-R", name)))
