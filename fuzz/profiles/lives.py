"""What jails go through: the lives that every tool is tried in."""

from enum import StrEnum
from typing import NamedTuple

from fuzz.profiles.profile import Profile
from fuzz.profiles.stage import Pair, Seen, Stage

LINGER, LET_GO = "linger", "let go"


class Likely(StrEnum):
    """When something is met; what is met more often comes first."""

    ALWAYS = "always"
    LINGERING = "while something lingers"
    RACE = "only in a race"


class Life(NamedTuple):
    """Acts of a tool, and what else happens; an act for which it has no idiom is left out."""

    title: str
    likely: Likely
    acts: tuple[str, ...]


LIVES = (
    Life(
        "a jail is started, changed, stopped and destroyed",
        Likely.ALWAYS,
        ("start", "check", "modify", "check", "stop", "check", "wait", "destroy"),
    ),
    Life(
        "a jail is started again and restarted",
        Likely.ALWAYS,
        ("start", "stop", "start", "restart", "check", "stop"),
    ),
    Life(
        "a jail is started again while a connection of its last life lingers",
        Likely.LINGERING,
        ("start", "modify", LINGER, "stop", "check", "start", "check", "stop", LET_GO, "wait"),
    ),
    Life(
        "three restarts, and each leaves something behind",
        Likely.LINGERING,
        ("start", *(LINGER, "restart") * 3, "check", "stop", LET_GO, "check"),
    ),
    Life(
        "a jail is destroyed while something lingers",
        Likely.LINGERING,
        ("start", LINGER, "stop", "wait", "destroy"),
    ),
    Life(
        "a jail is started again while somebody waits for it to be gone",
        Likely.RACE,
        ("start", LINGER, "stop", "start", "wait"),
    ),
)


def live(profile: Profile, life: Life, pair: Pair) -> tuple[Seen, ...]:
    """What a tool sees in a life."""
    stage = Stage(profile, pair)
    seen = []
    for act in life.acts:
        if act == LINGER:
            stage.linger()
        elif act == LET_GO:
            stage.let_go()
        elif profile.idiom(act):
            seen.append(stage.act(act))
    return tuple(seen)
