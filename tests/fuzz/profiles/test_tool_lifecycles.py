"""The lifecycles that tools are tried in."""

from jaildiff.impact.acts import ToolCommand
from jaildiff.impact.lifecycle import When
from jaildiff.profiles.profile import IDIOMS, Basis, Profile
from jaildiff.profiles.tool_lifecycles import LET_GO, LINGER, OUTLINES, Outline, lifecycle_of

LINGERS = "(a TCP connection in TIME_WAIT, or a mount, of web lingers)"
TOOL = Profile(
    "tool",
    "a tool",
    Basis.MEMORY,
    ("web", "db"),
    None,
    {"start": (ToolCommand("jail -c name=web persist"),), "stop": (ToolCommand("jail -r web"),)},
)


def test_every_idiom_is_met() -> None:
    """No idiom is left out of all lifecycles, and none has an act that nobody knows."""
    acts = {act for outline in OUTLINES for act in outline.acts}
    assert acts == {*IDIOMS, LINGER, LET_GO}


def test_only_what_lingers_makes_a_life_unusual() -> None:
    """Something lingers in exactly those lifecycles that say so."""
    for outline in OUTLINES:
        assert (LINGER in outline.acts) == (outline.when is not When.ALWAYS)


def test_acts_without_an_idiom_are_left_out() -> None:
    """A tool is seen only in what it does; in all of its jails something lingers."""
    outline = Outline("all", When.LINGERS, ("start", "check", LINGER, "stop", LET_GO, "start"))
    steps = lifecycle_of(TOOL, outline).steps
    assert [step.shown for step in steps] == [
        *("start", LINGERS, "stop", "(nothing lingers any more)", "start"),
    ]
    assert getattr(steps[1], "others", None) == ("db",)
