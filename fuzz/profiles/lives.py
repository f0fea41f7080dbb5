"""What jails go through: the lives that every tool is tried in."""

from collections.abc import Iterator
from typing import NamedTuple

from fuzz.impact.lifecycle import When
from fuzz.impact.trying.running import Column, Take
from fuzz.profiles.profile import Profile
from fuzz.profiles.stage import Seen, Stage

LINGER, LET_GO = "linger", "let go"


class Life(NamedTuple):
    """Acts of a tool, and other events.  An act for which the tool has no idiom is left out."""

    title: str
    when: When
    acts: tuple[str, ...]


LIVES = (
    Life(
        "from start to destruction",
        When.ALWAYS,
        ("start", "check", "modify", "check", "stop", "check", "wait", "destroy"),
    ),
    Life(
        "start after a stop and restart",
        When.ALWAYS,
        ("start", "stop", "start", "restart", "check", "stop"),
    ),
    Life(
        "start while a connection of the last life lingers",
        When.LINGERS,
        ("start", "modify", LINGER, "stop", "check", "start", "check", "stop", LET_GO, "wait"),
    ),
    Life(
        "three restarts that each leave something behind",
        When.LINGERS,
        ("start", *(LINGER, "restart") * 3, "check", "stop", LET_GO, "check"),
    ),
    Life(
        "destruction while something lingers",
        When.LINGERS,
        ("start", LINGER, "stop", "wait", "destroy"),
    ),
    Life(
        "start while somebody waits for the jail to be gone",
        When.RACE,
        ("start", LINGER, "stop", "start", "wait"),
    ),
)


def live(
    profile: Profile, life: Life, column: Column, take: Take | None = None
) -> Iterator[tuple[tuple[str, ...], Seen]]:
    """What a tool sees in a life, and what happened before; `take` answers its calls."""
    stage = Stage(profile, column, take or column.model.step)
    before: tuple[str, ...] = ()
    for act in life.acts:
        if act == LINGER:
            stage.linger()
        elif act == LET_GO:
            stage.let_go()
        elif profile.idiom(act):
            yield before, stage.act(act)
        else:
            continue
        before += (act,)
