"""Comparing: the steps of a lifecycle that do not look alike on 14 and on 15.

Once a jail differs, every later step with it may be a consequence. So a step is told if it is the
first one at which some jail differs. It is also told if it ends differently although none of its
jails has differed before. A system that stops is always told, and so is a jail that is stopped
instead of another one.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from fuzz.differ.comparison import Comparison
from fuzz.impact.lifecycle import Lifecycle, Run
from fuzz.impact.trying.running import PANIC, WARNING, Column, Seen, run_lifecycle
from fuzz.impact.trying.world import World
from jail_kernel.call import user_text
from jail_kernel.jail_get import VIEW_FIELDS, View
from jail_kernel.state import PrisonState
from jail_userland.deltas import Release

NOTHING_YET = Seen(0, "", "", (), ok=True)  # before the first step
JID, NAME, STATE, CHILDCOUNT = map(VIEW_FIELDS.index, ("jid", "name", "state", "childcount"))


@dataclass(frozen=True, slots=True)
class Columns:
    """The pairs of userland and kernel: before an upgrade, in the middle of it, and after it."""

    before: Column
    between: Column
    after: Column

    @classmethod
    def of(cls, compared: Comparison) -> "Columns":
        """The pairs of two kernels."""
        return cls(
            Column(Release.R14, compared.old),
            Column(Release.R14, compared.new),
            Column(Release.R15, compared.new),
        )

    def run(self, world: World, lifecycle: Lifecycle) -> list[list[Seen]]:
        """What each pair shows, step by step."""
        columns = self.before, self.between, self.after
        return [run_lifecycle(world, lifecycle, column) for column in columns]


@dataclass(frozen=True, slots=True)
class Difference:
    """A step that does not look alike."""

    world: World
    lifecycle: Lifecycle
    index: int
    before: Seen
    between: Seen
    after: Seen
    jails: tuple[str, ...] = ()  # that it is about
    warned: bool = False  # the only news is the warning about -d and allow.dying
    struck: bool = False  # it stops running jails instead of dying ones of the same names

    @property
    def command(self) -> Run:
        """The command that differs."""
        step = self.lifecycle.steps[self.index]
        assert isinstance(step, Run)
        return step


def differences(world: World, lifecycle: Lifecycle, columns: Columns) -> Iterator[Difference]:
    """The steps that are told."""
    tainted: set[str] = set()
    warned = False
    earlier = (NOTHING_YET, NOTHING_YET)
    sides = zip(*columns.run(world, lifecycle), strict=False)
    for index, (step, (before, between, after)) in enumerate(
        zip(lifecycle.steps, sides, strict=False)
    ):
        was_before, was_after = earlier
        earlier = before, after
        if not isinstance(step, Run):
            continue
        found = Difference(world, lifecycle, index, before, between, after)
        if not warned and warns(after) and not warns(before):
            warned = True
            yield replace(found, jails=about(found), warned=True)
        differing = names_that_differ(before, between, after)
        fresh = tuple(name for name in differing if name not in tainted)
        struck = struck_down(step, was_after, after)
        if struck and not struck_down(step, was_before, before):
            yield replace(found, jails=struck, struck=True)
        elif fresh:
            yield replace(found, jails=fresh)
        elif ends_otherwise(before, between, after):
            jails = about(found) or tuple(differing)
            panics = PANIC in (between.exit, after.exit) and before.exit != PANIC
            if panics or not tainted.intersection(jails):
                yield replace(found, jails=jails)
        tainted.update(differing)


def struck_down(step: Run, earlier: Seen, now: Seen) -> tuple[str, ...]:
    """The jails that the command stopped although it gave the jid of a dying one: jail(8) looks up
    the name of that, and goes on by name.
    """
    dying = {str(view[JID]): view[NAME] for view in earlier.jails if not is_alive(view)}
    meant = {dying[word] for word in step.argv[1:] if word in dying}
    gone = alive_names(earlier) - alive_names(now)
    return tuple(sorted(user_text(str(name)) for name in meant & gone))


def alive_names(seen: Seen) -> set[object]:
    """The names of the jails that run."""
    return {view[NAME] for view in seen.jails if is_alive(view)}


def is_alive(view: View) -> bool:
    """Whether a jail runs."""
    return view[STATE] is PrisonState.ALIVE


def ends_otherwise(*three: Seen) -> bool:
    """Whether a command ends differently, beyond failing with another message."""
    return any(seen.ok for seen in three) and len({ending(seen) for seen in three}) > 1


def about(found: Difference) -> tuple[str, ...]:
    """The jails that a command is about: those it names, else those of the lifecycle."""
    return named_by(found.command, found.after) or found.lifecycle.jails


def warns(seen: Seen) -> bool:
    """Whether jail(8) warns about -d and allow.dying."""
    return WARNING.search(seen.stderr + seen.stdout) is not None


def ending(seen: Seen) -> tuple[int | str, str, str]:
    """How a command ended and what it said, without the warning."""
    return seen.exit, WARNING.sub("", seen.stdout), WARNING.sub("", seen.stderr)


def names_that_differ(*sides: Seen) -> list[str]:
    """The jails that are not as they are on the first side, by name."""
    first, *others = map(by_name, sides)
    found = (
        name
        for other in others
        for name in {**first, **other}
        if first.get(name) != other.get(name)
    )
    return [user_text(name) for name in dict.fromkeys(found)]


def by_name(seen: Seen) -> dict[str, set[View]]:
    """The jails by name, without the children count, which differs with the children."""
    found: dict[str, set[View]] = {}
    for view in seen.jails:
        rest = view[:CHILDCOUNT] + view[CHILDCOUNT + 1 :]
        found.setdefault(str(view[NAME]), set()).add(rest)
    return found


def named_by(run: Run, seen: Seen) -> tuple[str, ...]:
    """The jails that a command names, by name or by jid."""
    names = {user_text(str(view[NAME])): None for view in seen.jails}
    jids = {str(view[JID]): user_text(str(view[NAME])) for view in seen.jails}
    words = [word.partition("=")[2] or word for word in run.argv[1:]]
    found = [word if word in names else jids.get(word) for word in words]
    return tuple(dict.fromkeys(name for name in found if name is not None))
