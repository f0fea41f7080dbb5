"""Which lifecycles matter, derived from a configuration.

Each is something people do with these jails: start, stop, restart, change; by name and by jid; with
and without something that lingers.
"""

from collections import Counter
from collections.abc import Iterator

from jaildiff.impact.lifecycle import (
    FileEdit,
    Lifecycle,
    Linger,
    Lingering,
    Step,
    TypedCommand,
    When,
    jail,
    service,
)
from jaildiff.impact.lifecycle_runs.values import changed_values
from jaildiff.impact.reading.configuration import Configuration, ConfiguredJail

ALIKE_MAX = 10
RESTARTS = 3  # how often a jail is restarted in a row
START = jail("-c")


def of_jail(found: Configuration, one: ConfiguredJail) -> Iterator[Lifecycle]:
    """What people do with a single jail.  The files contain only its family."""
    files = found.only(found.family(one))

    def lifecycle(title: str, when: When, *steps: Step) -> Lifecycle:
        return Lifecycle(title, when, (one.name,), steps, files)

    reload = tuple(jail(verb, one.name) for verb in ("-m", "-cm", "-cmr"))
    again = (*restart(one), jail("-rc", one.name))
    yield lifecycle("reload and restart", When.ALWAYS, START, *reload, *again)
    for commands in changes(found, one):
        yield lifecycle("change of one parameter", When.ALWAYS, START, *commands)
    for line, verbs in reloads(one):
        edit, runs = edited(found, one, line), tuple(jail(verb, one.name) for verb in verbs)
        yield lifecycle("reload of a change", When.ALWAYS, START, edit, *runs)
    yield from lingering(found, one, files)


def restart(one: ConfiguredJail) -> tuple[TypedCommand, ...]:
    """Stop and start by name."""
    return jail("-r", one.name), jail("-c", one.name)


def lingering(
    found: Configuration, one: ConfiguredJail, files: dict[str, str]
) -> Iterator[Lifecycle]:
    """What people do while something of the jail lingers."""

    def lifecycle(title: str, *steps: Step) -> Lifecycle:
        return Lifecycle(title, When.LINGERS, (one.name,), (START, *steps), files)

    held, stop = Linger(one.name), jail("-r", one.name)
    once: tuple[Step, ...] = (held, *restart(one))
    yield lifecycle("restarts in a row", *(RESTARTS * once))
    yield lifecycle("restart", Linger(one.name, Lingering.PROCESS), *restart(one))
    yield lifecycle("restart in one run", held, jail("-rc", one.name))
    yield lifecycle("restart by service", held, service("restart", one.name))
    if one.jid:
        yield lifecycle("restart by jid", held, jail("-r", one.jid), jail("-c", one.name))
    for verbs in (("-cm",), ("-cmr",), ("-m", "-mr")):
        runs = tuple(jail(verb, one.name) for verb in verbs)
        yield lifecycle("start or change of a stopped jail", held, stop, *runs)
    path = one.last("path")
    if path:
        edit = edited(found, one, f'path = "{path}/new";')
        yield lifecycle("restart at a new path", held, stop, edit, jail("-c", one.name))


def changes(found: Configuration, one: ConfiguredJail) -> list[tuple[TypedCommand, ...]]:
    """jail -m of each parameter that can be changed; for a nested jail, one at a time."""
    runs = []
    for param, word in changed_values(one):
        spot = found.where(one, param) if param in one.params else None
        place = spot.place if spot else None
        runs.append(jail("-m", f"name={one.name}", word, place=place))
    return [(run,) for run in runs] if one.parent else [tuple(runs)]


def reloads(one: ConfiguredJail) -> list[tuple[str, tuple[str, ...]]]:
    """Changes of the file, each a statement and how it is loaded: one that a live jail can take,
    and one that only a new jail can take.
    """
    path = one.last("path")
    fixed = [(f'path = "{path}/new";', ("-m", "-mr"))] if path else []
    return [("securelevel = 3;", ("-m",)), *fixed]


def edited(found: Configuration, one: ConfiguredJail, line: str) -> FileEdit:
    """One more statement at the end of a jail's block."""
    return FileEdit(one.name, line, found.span(one.block.span).path, one.block.end)


def of_all(found: Configuration) -> Iterator[Lifecycle]:
    """What people do with all jails at once."""
    names = tuple(one.name for one in found.jails)

    def lifecycle(title: str, when: When, *steps: Step) -> Lifecycle:
        return Lifecycle(title, when, names, steps)

    yield lifecycle("start and stop all", When.ALWAYS, START, jail("-r", "*"))
    by_service = service("start"), service("restart")
    yield lifecycle("start and restart all by service", When.ALWAYS, *by_service)
    held = Linger("")
    yield lifecycle("restart all", When.LINGERS, START, held, jail("-r", "*"), START)
    restarted = service("start"), held, service("restart")
    yield lifecycle("restart all by service", When.LINGERS, *restarted)
    backwards = tuple(jail("-r", name) for name in reversed(names))
    stopped: tuple[Step, ...] = (START, held, *backwards, START)
    yield lifecycle("stop one by one", When.LINGERS, *stopped)


def of_parent(found: Configuration, one: ConfiguredJail) -> Iterator[Lifecycle]:
    """What people do with a jail that has children."""
    inner = [other.name for other in found.jails if other.parent == one.name]
    files = found.only(found.family(one))
    for name in inner:
        for title, steps in (
            ("start without the parent", (jail("-c", name),)),
            ("stop of the parent", (START, jail("-r", one.name), START)),
            ("stop of the parent", (START, Linger(name), jail("-r", one.name), START)),
            ("stop of the parent", (START, Linger(name), jail("-r", one.name), jail("-c", name))),
            ("restart of the parent", (START, Linger(name), jail("-rc", one.name))),
        ):
            when = When.LINGERS if len(steps) > 1 and isinstance(steps[1], Linger) else When.ALWAYS
            yield Lifecycle(title, when, (name, one.name), steps, files)


def lifecycles(found: Configuration) -> Iterator[Lifecycle]:
    """All that matter."""
    if not found.jails:
        return
    yield from of_all(found)
    for one in one_by_one(found):
        yield from of_jail(found, one)
        yield from of_parent(found, one)


def one_by_one(found: Configuration) -> list[ConfiguredJail]:
    """The jails that are tried one by one.  Of many unconnected jails that differ only in names and
    values, just some.
    """
    alike: Counter[frozenset[str]] = Counter()
    chosen = []
    for one in found.jails:
        shape = frozenset((*one.params, f"{len(found.family(one))} jails"))
        alike[shape] += 1
        if alike[shape] <= ALIKE_MAX or len(found.family(one)) > 1:
            chosen.append(one)
    return chosen
