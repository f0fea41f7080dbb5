"""The profiles that are shipped: they run, they are honest about what they rest on."""

import re

import pytest

from jaildiff.differ.comparison import LANDED
from jaildiff.impact.acts import FAILS, WORKS
from jaildiff.impact.describe.judging import Effect
from jaildiff.impact.lifecycle import When
from jaildiff.impact.lifecycle_runs.comparing import Columns
from jaildiff.impact.lifecycle_runs.comparing_acts import living
from jaildiff.impact.lifecycle_runs.running import Column, run_lifecycle
from jaildiff.profiles.loading import profiles
from jaildiff.profiles.profile import Basis, Profile
from jaildiff.profiles.tool_lifecycles import (
    Outline,
    installation_of_tool,
    lifecycle_of,
    lifecycles_of,
)
from jaildiff.profiles.trial import Verdict, acts_of
from tests.profiles import tried

ALL = list(profiles().values())
every_profile = pytest.mark.parametrize("profile", ALL, ids=[one.name for one in ALL])
COLUMNS = Columns.of(LANDED)
every_column = pytest.mark.parametrize(
    "column", [COLUMNS.before, COLUMNS.between, COLUMNS.after], ids=["before", "between", "after"]
)

# What a command says of a configuration that is wrong, or that the models do not know.
MISTAKE = re.compile(
    "syntax error|unknown parameter|unexpected EOF|unterminated|No such file|usage:|not a directory"
)


@pytest.fixture(scope="module")
def verdicts() -> dict[str, Verdict]:
    """What came of trying all of them."""
    return {profile.name: tried(profile, LANDED) for profile in ALL}


def test_there_are_enough() -> None:
    """At least fifteen tools, most of them read in full."""
    assert len(ALL) >= 15
    assert sum(one.basis is Basis.SOURCE for one in ALL) >= 15


@every_profile
@every_column
def test_a_profile_starts_and_ends_its_jails(profile: Profile, column: Column) -> None:
    """After the start all its jails live, after the stop, or at last the destruction, none: so that
    "the same on both" is never said of a tool that does nothing on either.
    """
    outline = Outline("x", When.ALWAYS, ("start", "stop", "destroy"))
    lifecycle = lifecycle_of(profile, outline)
    first, *_, last = run_lifecycle(installation_of_tool(profile), lifecycle, column)
    assert first.exit == WORKS
    assert set(profile.jails) <= dict(living(first)).keys()
    assert not set(profile.jails) & dict(living(last)).keys()


@every_profile
@every_column
def test_no_idiom_is_misspelt(profile: Profile, column: Column) -> None:
    """No command complains of its own syntax, of a parameter or of a file that is not there."""
    said = [
        (command.text, line)
        for _, seen in acts_of(profile, column)
        for command in seen.commands
        for line in (command.out + command.err).splitlines()
        if MISTAKE.search(line)
    ]
    assert said == []


@every_profile
def test_all_works_on_14_when_nothing_lingers(profile: Profile) -> None:
    """What fails on 14 in an ordinary life would be a mistake of the profile."""
    failing = [
        (lifecycle.title, seen.commands[-1].text)
        for lifecycle in lifecycles_of(profile)
        if lifecycle.when is When.ALWAYS
        for seen in run_lifecycle(installation_of_tool(profile), lifecycle, COLUMNS.before)
        if seen.exit == FAILS
    ]
    assert failing == []


@every_profile
def test_users_notice_what_was_found(profile: Profile, verdicts: dict[str, Verdict]) -> None:
    """What the profile says of its users is what running it shows."""
    assert verdicts[profile.name].effect is profile.expected


@every_profile
def test_fixes_help(profile: Profile, verdicts: dict[str, Verdict]) -> None:
    """Each fix was tried on both releases: nothing breaks or changes with it any more, and what
    worked on 14 still does.
    """
    assert [one for one in verdicts[profile.name].fixes if not one.helps] == []


@every_profile
def test_what_breaks_or_changes_has_a_fix(profile: Profile, verdicts: dict[str, Verdict]) -> None:
    """Nobody is told of a trouble without being told what to do."""
    verdict = verdicts[profile.name]
    assert bool(verdict.fixes) == (verdict.effect in (Effect.BREAKS, Effect.CHANGES))


@every_profile
def test_commits_are_whole(profile: Profile) -> None:
    """A source can be looked up: its commit is not shortened."""
    assert [s for s in profile.sources if len(s.commit) != 40] == []
