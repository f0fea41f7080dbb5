"""What jails go through: the lifecycles that every tool is tried in."""

from collections.abc import Iterator
from typing import NamedTuple

from jail_kernel.call import kernel_bytes
from jaildiff.impact.acts import Act, ActKind
from jaildiff.impact.lifecycle import LetGo, Lifecycle, Linger, Step, When
from jaildiff.impact.lifecycle_runs.installation import Installation
from jaildiff.profiles.profile import Profile

LINGER, LET_GO = "linger", "let go"
KINDS = {"check": ActKind.CHECK, "wait": ActKind.WAIT}


class Outline(NamedTuple):
    """Acts of a tool, and other events.  An act for which the tool has no idiom is left out."""

    title: str
    when: When
    acts: tuple[str, ...]


OUTLINES = (
    Outline(
        "from start to destruction",
        When.ALWAYS,
        ("start", "check", "modify", "check", "stop", "check", "wait", "destroy"),
    ),
    Outline(
        "start after a stop and restart",
        When.ALWAYS,
        ("start", "stop", "start", "restart", "check", "stop"),
    ),
    Outline(
        "start while a connection of the last life lingers",
        When.LINGERS,
        ("start", "modify", LINGER, "stop", "check", "start", "check", "stop", LET_GO, "wait"),
    ),
    Outline(
        "three restarts that each leave something behind",
        When.LINGERS,
        ("start", *(LINGER, "restart") * 3, "check", "stop", LET_GO, "check"),
    ),
    Outline(
        "destruction while something lingers",
        When.LINGERS,
        ("start", LINGER, "stop", "wait", "destroy"),
    ),
    Outline(
        "start while somebody waits for the jail to be gone",
        When.RACE,
        ("start", LINGER, "stop", "start", "wait"),
    ),
)


def lifecycles_of(profile: Profile) -> list[Lifecycle]:
    """The lifecycles of a tool's jail."""
    return [lifecycle_of(profile, outline) for outline in OUTLINES]


def lifecycle_of(profile: Profile, outline: Outline) -> Lifecycle:
    """A lifecycle in the acts of a tool."""
    return Lifecycle(
        outline.title, outline.when, profile.jails, tuple(steps_of(profile, outline.acts))
    )


def steps_of(profile: Profile, acts: tuple[str, ...]) -> Iterator[Step]:
    """Acts and events as steps."""
    first, *others = profile.jails
    for name in acts:
        if name == LINGER:
            yield Linger(first, others=tuple(others))
        elif name == LET_GO:
            yield LetGo()
        elif profile.idiom(name):
            yield Act(name, profile.idiom(name), KINDS.get(name, ActKind.DO))


def installation_of_tool(profile: Profile) -> Installation:
    """What a tool finds on its machine."""
    return Installation(
        files={kernel_bytes(name): kernel_bytes(text) for name, text in profile.files.items()},
        dirs=tuple(map(kernel_bytes, profile.directories)),
        leaves=profile.leaves,
        given=profile.given,
    )
