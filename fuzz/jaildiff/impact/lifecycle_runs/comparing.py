"""Comparing: the steps of a lifecycle that do not look alike on 14 and on 15.

Once a jail differs, every later step with it may be a consequence. So a step is told if it is the
first one at which some jail differs. It is also told if it ends differently although none of its
jails has differed before. A system that stops is always told, and so is a jail that is stopped
instead of another one.

Of a tool's acts, only what the tool sees counts (comparing_acts.py).  Once an act has ended
differently, the rest follows from that and is not told. One thing is told all the same, because it
is worse than its cause: a wait for a dying jail that never ends, since a new jail has taken its
place.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from jail_kernel.call import user_text
from jail_kernel.jail_get import VIEW_FIELDS, View
from jail_kernel.state import PrisonState
from jail_userland.deltas import Release
from jaildiff.differ.comparison import Comparison
from jaildiff.impact.acts import NEVER, WITH_THE_LAST, Act
from jaildiff.impact.lifecycle import Lifecycle, TypedCommand
from jaildiff.impact.lifecycle_runs.comparing_acts import (
    NAME,
    STATE,
    ActDifference,
    compare_acts,
    has_parted,
)
from jaildiff.impact.lifecycle_runs.installation import Installation
from jaildiff.impact.lifecycle_runs.running import PANIC, WARNING, Column, StepResult, run_lifecycle

NOTHING_YET = StepResult(0, "", "", (), ok=True)  # before the first step
JID, CHILDCOUNT = map(VIEW_FIELDS.index, ("jid", "childcount"))


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

    def run(self, installation: Installation, lifecycle: Lifecycle) -> list[list[StepResult]]:
        """What each pair shows, step by step."""
        columns = self.before, self.between, self.after
        return [run_lifecycle(installation, lifecycle, column) for column in columns]


@dataclass(frozen=True, slots=True)
class Difference:
    """A step that does not look alike."""

    installation: Installation
    lifecycle: Lifecycle
    index: int
    before: StepResult
    between: StepResult
    after: StepResult
    jails: tuple[str, ...] = ()  # that it is about
    warned: bool = False  # the only news is the warning about -d and allow.dying
    struck: bool = False  # it stops running jails instead of dying ones of the same names
    act: ActDifference | None = None  # how it differs, if it is an act of a tool

    @property
    def by_userland(self) -> bool:
        """Whether the userland contributes to it."""
        if self.act is not None:
            same_way = (one.aspect for one in compare_acts(self.before, self.between))
            return self.act.aspect not in same_way
        return not alike(self.between, self.after)

    @property
    def command(self) -> TypedCommand:
        """The command that differs."""
        step = self.lifecycle.steps[self.index]
        assert isinstance(step, TypedCommand)
        return step


def differences(
    installation: Installation, lifecycle: Lifecycle, columns: Columns
) -> Iterator[Difference]:
    """The steps that are told."""
    parted = False
    tainted: set[str] = set()
    warned = False
    earlier = (NOTHING_YET, NOTHING_YET)
    sides = zip(*columns.run(installation, lifecycle), strict=False)
    for index, (step, (before, between, after)) in enumerate(
        zip(lifecycle.steps, sides, strict=False)
    ):
        was_before, was_after = earlier
        earlier = before, after
        found = Difference(installation, lifecycle, index, before, between, after)
        if isinstance(step, Act):
            if not parted or (before.exit, after.exit) == (WITH_THE_LAST, NEVER):
                for act in compare_acts(before, after):
                    yield replace(found, jails=lifecycle.jails, act=act, warned=act.warned)
            parted = parted or has_parted(before, after)
        if not isinstance(step, TypedCommand):
            continue
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


def struck_down(step: TypedCommand, earlier: StepResult, now: StepResult) -> tuple[str, ...]:
    """The jails that the command stopped although it gave the jid of a dying one: jail(8) looks up
    the name of that, and goes on by name.
    """
    dying = {str(view[JID]): view[NAME] for view in earlier.jails if not is_alive(view)}
    meant = {dying[word] for word in step.argv[1:] if word in dying}
    gone = alive_names(earlier) - alive_names(now)
    return tuple(sorted(user_text(str(name)) for name in meant & gone))


def alive_names(seen: StepResult) -> set[object]:
    """The names of the jails that run."""
    return {view[NAME] for view in seen.jails if is_alive(view)}


def is_alive(view: View) -> bool:
    """Whether a jail runs."""
    return view[STATE] is PrisonState.ALIVE


def ends_otherwise(*three: StepResult) -> bool:
    """Whether a command ends differently, beyond failing with another message."""
    return any(seen.ok for seen in three) and len({ending(seen) for seen in three}) > 1


def about(found: Difference) -> tuple[str, ...]:
    """The jails that a command is about: those it names, else those of the lifecycle."""
    return named_by(found.command, found.after) or found.lifecycle.jails


def alike(one: StepResult, other: StepResult) -> bool:
    """Whether two sides look alike after a step."""
    return ending(one) == ending(other) and not names_that_differ(one, other)


def warns(seen: StepResult) -> bool:
    """Whether jail(8) warns about -d and allow.dying."""
    return WARNING.search(seen.stderr + seen.stdout) is not None


def ending(seen: StepResult) -> tuple[int | str, str, str]:
    """How a command ended and what it said, without the warning."""
    return seen.exit, WARNING.sub("", seen.stdout), WARNING.sub("", seen.stderr)


def names_that_differ(*sides: StepResult) -> list[str]:
    """The jails that are not as they are on the first side, by name."""
    first, *others = map(by_name, sides)
    found = (
        name
        for other in others
        for name in {**first, **other}
        if first.get(name) != other.get(name)
    )
    return [user_text(name) for name in dict.fromkeys(found)]


def by_name(seen: StepResult) -> dict[str, set[View]]:
    """The jails by name, without the children count, which differs with the children."""
    found: dict[str, set[View]] = {}
    for view in seen.jails:
        rest = view[:CHILDCOUNT] + view[CHILDCOUNT + 1 :]
        found.setdefault(str(view[NAME]), set()).add(rest)
    return found


def named_by(run: TypedCommand, seen: StepResult) -> tuple[str, ...]:
    """The jails that a command names, by name or by jid."""
    names = {user_text(str(view[NAME])): None for view in seen.jails}
    jids = {str(view[JID]): user_text(str(view[NAME])) for view in seen.jails}
    words = [word.partition("=")[2] or word for word in run.argv[1:]]
    found = [word if word in names else jids.get(word) for word in words]
    return tuple(dict.fromkeys(name for name in found if name is not None))
