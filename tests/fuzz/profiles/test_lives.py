"""The lives that tools are tried in."""

from fuzz.differ.comparison import LANDED
from fuzz.impact.lifecycle import When
from fuzz.impact.trying.comparing import Columns
from fuzz.profiles.lives import LET_GO, LINGER, LIVES, Life, live
from fuzz.profiles.profile import IDIOMS, Basis, Profile, Step

AFTER = Columns.of(LANDED).after
TOOL = Profile(
    "tool",
    "a tool",
    Basis.MEMORY,
    ("web",),
    None,
    {"start": (Step("jail -c name=web persist"),), "stop": (Step("jail -r web"),)},
)


def test_every_idiom_is_met() -> None:
    """No idiom is left out of all lives, and no life has an act that nobody knows."""
    acts = {act for life in LIVES for act in life.acts}
    assert acts == {*IDIOMS, LINGER, LET_GO}


def test_only_what_lingers_makes_a_life_unusual() -> None:
    """Something lingers in exactly those lives that say so."""
    for life in LIVES:
        assert (LINGER in life.acts) == (life.when is not When.ALWAYS)


def test_acts_without_an_idiom_are_left_out() -> None:
    """A tool is seen only in what it does."""
    life = Life("all", When.ALWAYS, ("start", "check", "modify", "stop", "wait", "destroy"))
    assert [seen.act for _, seen in live(TOOL, life, AFTER)] == ["start", "stop"]


def test_a_life_is_the_same_each_time() -> None:
    """Nothing depends on what was tried before."""
    for life in LIVES:
        assert list(live(TOOL, life, AFTER)) == list(live(TOOL, life, AFTER))


def test_what_has_happened_is_told() -> None:
    """With each act comes what was done before it, by the tool and by others."""
    life = Life("all", When.LINGERS, ("start", "check", LINGER, "stop", LET_GO, "start"))
    assert [before for before, _ in live(TOOL, life, AFTER)] == [
        (),
        ("start", LINGER),
        ("start", LINGER, "stop", LET_GO),
    ]
