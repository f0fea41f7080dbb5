"""Trying a tool and its fixes on both releases."""

from collections.abc import Mapping
from dataclasses import replace

from jaildiff.differ.comparison import LANDED
from jaildiff.impact.acts import ToolCommand
from jaildiff.impact.describe.judging import Effect
from jaildiff.profiles.loading import profiles
from jaildiff.profiles.profile import Fix, Profile
from jaildiff.profiles.trial import TriedFix, changes, judge, try_fix
from tests.fuzz.profiles.tools import tool

WARNS = tool(start="jail -c name=web persist allow.dying", stop="jail -r web")


def fix(**idioms: str) -> Fix:
    """Other idioms."""
    files: Mapping[str, str] = {}
    return Fix("x", "users", files, {name: (ToolCommand(text),) for name, text in idioms.items()})


def tried(profile: Profile, other: Fix) -> TriedFix:
    """What comes of a fix."""
    return try_fix(profile, other, LANDED)


def test_the_worst_is_the_effect() -> None:
    """One thing that breaks outweighs what improves; nothing at all is no effect."""
    start, stop = "jail -c jid=5 name=web persist", "jail -r web"
    assert judge(tool(start=start, stop=stop, wait="jls -d -j 5"), LANDED).effect is Effect.BREAKS
    assert judge(tool(start="jail -c name=web persist", stop=stop), LANDED).effect is None


def test_a_fix_is_tried() -> None:
    """A fix helps if nothing breaks or changes with it, and 14 is none the worse for it."""
    assert tried(WARNS, fix(start="jail -c name=web persist")).helps
    useless = tried(WARNS, fix(start="jail -c name=web persist allow.nodying"))
    assert [finding.effect for finding in useless.left] == [Effect.CHANGES]
    worse = tried(WARNS, fix(start="jail -c name=web"))
    assert (worse.left, worse.worse, worse.helps) == ((), ("start", "stop", "restart"), False)


def test_only_what_helps_is_told() -> None:
    """What to write instead is a fix that was seen to help, and nothing for what improves."""
    useless, good = "jail -c name=web persist allow.nodying", "jail -c name=web persist"
    for other, instead in ((useless, ()), (good, ("leave out 'allow.dying' of start",))):
        verdict = judge(replace(WARNS, fixes=(fix(start=other),)), LANDED)
        assert [one.instead for one in verdict.findings] == [instead]
    improves = tool(start="jail -c jid=5 name=web persist", stop="jail -r web")
    verdict = judge(replace(improves, fixes=(fix(start=good),)), LANDED)
    assert [one.instead for one in verdict.findings] == [()]


def test_a_fix_shows_what_it_changes() -> None:
    """Lines of files, and words of commands, that go and that come."""
    for name, expected in (
        ("cbsd", "leave out 'allow.dying = \"1\";' in /usr/jails/ftmp/jail1.conf"),
        ("tredly", "leave out 'allow.dying' of start"),
    ):
        profile = profiles()[name]
        assert list(changes(profile, profile.fixes[0])) == [expected]
    added = fix(stop="jail -R web")
    assert list(changes(WARNS, added)) == ["leave out '-r' of stop", "add '-R' of stop"]
