"""What to write instead is told only if it was run, and helped."""

from pathlib import Path

from jaildiff.differ.comparison import LANDED
from jaildiff.impact.describe.remedies import candidates, helps, instead
from jaildiff.impact.lifecycle import Lifecycle, When, jail
from jaildiff.impact.lifecycle_runs.comparing import Columns, differences
from jaildiff.impact.lifecycle_runs.derive import lifecycles
from jaildiff.impact.lifecycle_runs.installation import Installation, installation_of
from jaildiff.impact.reading.rc_conf import NO_RC_CONF
from tests.impacts import DYING, NESTED, PLAIN, STATIC, by_reason, conf, told

COLUMNS = Columns.of(LANDED)


def test_a_nested_jail_is_changed_from_inside_its_parent(tmp_path: Path) -> None:
    """Both ways around the refused update are told: start it anew, or change it from inside."""
    (finding,) = told(tmp_path, NESTED).findings
    assert finding.instead == (
        "jail -r outer.inner; jail -c outer.inner   (the jail is stopped for it)",
        "jexec outer jail -m name=inner securelevel=3   (jail(8) must be there, in outer)",
    )


def test_without_a_jid_14_restarts_as_well(tmp_path: Path) -> None:
    """The line to leave out is named, with its place."""
    (finding,) = told(tmp_path, STATIC).findings
    assert finding.instead == (f"leave out jid = 5; ({tmp_path}/jail.conf:5)",)


def test_without_allow_dying_there_is_no_warning(tmp_path: Path) -> None:
    """The warning needs no more than that; what brings a jail back needs the jid gone, too."""
    impact = told(tmp_path, DYING)
    assert by_reason(impact, "U2").instead == (f"leave out allow.dying; ({tmp_path}/jail.conf:6)",)
    broken = impact.findings[0]
    assert broken.instead[0].startswith("jail -c web, and leave out allow.dying;")
    assert "jid = 5;" in broken.instead[0]


def test_what_does_not_help_is_not_told() -> None:
    """A rename by jid of a nested jail loses its name on 15, and no candidate mends that."""
    make = [
        jail("-c", "name=a", "persist", "children.max=1"),
        jail("-c", "name=a.b", "persist"),
    ]
    rename = jail("-m", "jid=2", "name=a.c")
    lifecycle = Lifecycle("rename", When.ALWAYS, ("a.b",), (*make, rename))
    (found,) = differences(Installation(), lifecycle, COLUMNS)
    assert instead(found, None, COLUMNS) == ""


def test_a_candidate_that_fails_is_refused(tmp_path: Path) -> None:
    """Of the candidates for a restart some do not help, and `helps` tells which."""
    found = conf(tmp_path, DYING)
    installation = installation_of(found, NO_RC_CONF)
    restart = next(
        one
        for tried in lifecycles(found)
        for one in differences(installation, tried, COLUMNS)
        if not one.warned
    )
    helpful = [helps(restart, one.lifecycle, COLUMNS) for one in candidates(restart, found)]
    assert True in helpful
    assert False in helpful


def test_a_script_is_told_the_command_without_the_option() -> None:
    """-d is left out of a command that needs it on neither system."""
    steps = jail("-c", "name=a", "persist"), jail("-d", "-m", "name=a", "securelevel=2")
    (found,) = differences(Installation(), Lifecycle("x", When.ALWAYS, ("a",), steps), COLUMNS)
    assert found.warned
    assert instead(found, None, COLUMNS) == "jail -m name=a securelevel=2"


def test_plain_is_plain(tmp_path: Path) -> None:
    """A configuration without jails has nothing to be mended."""
    assert told(tmp_path, PLAIN).findings == []
