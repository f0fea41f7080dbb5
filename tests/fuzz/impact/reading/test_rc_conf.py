"""What rc.conf says of jails."""

from pathlib import Path

import pytest

from jaildiff.impact.reading.rc_conf import read_rc_conf
from jaildiff.impact.source_location import SourceLocation
from jaildiff.support.errors import InputError


def test_the_line_of_the_flags_is_kept() -> None:
    """It is what a warning comes from."""
    found = read_rc_conf(Path("rc.conf"), 'a=1\njail_flags="-d"\n')
    assert found.flags == SourceLocation("rc.conf", 2)
    assert read_rc_conf(Path("rc.conf"), "a=1\n").flags is None


def test_jails_that_rc_conf_itself_describes_are_refused() -> None:
    """The script would make a jail.conf of them; the line is told, and what to do."""
    with pytest.raises(InputError, match=r"put them into a jail\.conf") as caught:
        read_rc_conf(Path("rc.conf"), 'jail_enable="YES"\njail_web_rootdir="/jails/web"\n')
    assert caught.value.line == 2
