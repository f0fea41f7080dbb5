"""The surveys of all that was given: each jail.conf, each script, and the jails of a list."""

from collections.abc import Iterator
from dataclasses import replace

from fuzz.differ.comparison import Comparison
from fuzz.impact.lifecycle import Lifecycle, Linger, Lingering, Run, Step, When, jail
from fuzz.impact.place import Place, Span
from fuzz.impact.reading.blocks import Spot
from fuzz.impact.reading.configuration import ConfiguredJail
from fuzz.impact.reading.given import Given
from fuzz.impact.reading.jls import State
from fuzz.impact.reading.rc_conf import RcText
from fuzz.impact.reading.script import Script
from fuzz.impact.survey import survey, survey_configuration
from fuzz.impact.telling.findings import Impact
from fuzz.impact.trying.values import changed_values
from fuzz.impact.trying.world import RC_CONF, STARTS, World, world_of
from fuzz.programs.commands.machine import ADDRESSES
from jail_kernel.call import Call, kernel_bytes

REMOVING = ("-r", "-R", "-rc", "-mr", "-cmr")
SERVICE_REMOVING = ("stop", "restart")


def surveys(given: Given, compared: Comparison) -> Iterator[Impact]:
    """What changes, for each input separately."""
    start = given.state.calls if given.state else ()
    for found in given.configurations:
        yield survey_configuration(found, compared, given.rc_conf, start)
    for script in given.scripts:
        yield survey_script(script, compared, given.rc_conf, start)
    if given.state and not given.configurations and not given.scripts:
        yield survey_state(given.state, compared)


# SCRIPTS


def survey_script(
    script: Script, compared: Comparison, rc_conf: RcText, start: tuple[Call, ...]
) -> Impact:
    """What changes for a script, as written and while something lingers."""
    world = world_of_script(script, rc_conf, start)
    told = survey(script.path, world, of_script(script), compared)
    told.jails = sum(len(one.jails) for one in script.configurations)
    told.errors = [error for one in script.configurations for error in one.errors]
    told.not_modelled = sorted({name for one in script.configurations for name in one.unmodelled})
    return told


def world_of_script(script: Script, rc_conf: RcText, start: tuple[Call, ...]) -> World:
    """The files, directories and users of the script's configurations, and of its commands."""
    whole = World(addresses=ADDRESSES, files={RC_CONF: rc_conf.text}, start=start)
    for found in script.configurations:
        own = world_of(found, rc_conf)
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


def removes(run: Run) -> bool:
    """Whether a command removes jails."""
    if run.argv[0] == "service":
        return any(run.argv[2:3] == (verb,) for verb in SERVICE_REMOVING)
    return run.argv[0] == "jail" and any(word in REMOVING for word in run.argv)


# JAILS OF A LIST


def survey_state(state: State, compared: Comparison) -> Impact:
    """What changes for existing jails whose configuration is not known."""
    world = World(addresses=ADDRESSES, start=state.calls)
    told = survey(state.path, world, of_state(state), compared)
    told.jails = len(state.rows)
    return told


def of_state(state: State) -> Iterator[Lifecycle]:
    """Change and stop of each jail that runs."""
    nowhere = Spot(Place(state.path, 0), Span(state.path, 0, 0))
    for name in state.running:
        one = ConfiguredJail(name, {}, nowhere.place, nowhere)
        for _, word in changed_values(one):
            change = jail("-m", f"name={name}", word, place=nowhere.place)
            yield Lifecycle("change of one parameter", When.ALWAYS, (name,), (change,))
        for what in (None, *Lingering):
            held = (Linger(name, what),) if what else ()
            when = When.LINGERS if what else When.ALWAYS
            yield Lifecycle("stop", when, (name,), (*held, jail("-R", name)))
