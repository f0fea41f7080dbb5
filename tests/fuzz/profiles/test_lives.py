"""The lives that tools are tried in."""

from fuzz.profiles.lives import LET_GO, LINGER, LIVES, Life, Likely, live
from fuzz.profiles.profile import IDIOMS, Basis, Impact, Profile, Step
from fuzz.profiles.stage import AFTER

TOOL = Profile(
    "tool",
    "a tool",
    Basis.MEMORY,
    ("web",),
    Impact.NOTHING,
    {"start": (Step("jail -c name=web persist"),), "stop": (Step("jail -r web"),)},
)


def test_every_idiom_is_met() -> None:
    """No idiom is left out of all lives, and no life has an act that nobody knows."""
    acts = {act for life in LIVES for act in life.acts}
    assert acts == {*IDIOMS, LINGER, LET_GO}


def test_only_what_lingers_makes_a_life_unusual() -> None:
    """Something lingers in exactly those lives that say so."""
    for life in LIVES:
        assert (LINGER in life.acts) == (life.likely is not Likely.ALWAYS)


def test_acts_without_an_idiom_are_left_out() -> None:
    """A tool is seen only in what it does."""
    life = Life("all", Likely.ALWAYS, ("start", "check", "modify", "stop", "wait", "destroy"))
    assert [seen.act for seen in live(TOOL, life, AFTER)] == ["start", "stop"]


def test_a_life_is_the_same_each_time() -> None:
    """Nothing depends on what was tried before."""
    for life in LIVES:
        assert live(TOOL, life, AFTER) == live(TOOL, life, AFTER)
