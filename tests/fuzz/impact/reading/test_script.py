"""A script of jail commands, and what is more than that."""

from pathlib import Path

import pytest

from jaildiff.impact.reading.disk import text_of
from jaildiff.impact.reading.script import Script, read_script
from jaildiff.impact.source_location import SourceLocation
from jaildiff.support.errors import InputError
from tests.impacts import conf


def script(folder: Path, text: str) -> Script:
    """A script, read from a folder."""
    path = folder / "up.sh"
    path.write_text(text, encoding="utf-8")
    return read_script(path, text_of(path), None)


def test_commands_have_their_lines(tmp_path: Path) -> None:
    """Comments, set and continued lines are understood; a quoted word is one word."""
    text = (
        "#!/bin/sh\nset -e\n\n# make it\n/usr/sbin/jail -c name=a \\\n   persist  # now\n"
        "jail -m name=a host.hostname='two words; really'\nservice jail restart web\n"
    )
    path = tmp_path / "up.sh"
    path.write_text(text, encoding="utf-8")
    default = conf(tmp_path, "web { persist; }\n")
    found = read_script(path, text_of(path), default).commands
    place = str(tmp_path / "up.sh")
    assert [(run.argv, run.place) for run in found] == [
        (("jail", "-c", "name=a", "persist"), SourceLocation(place, 5)),
        (("jail", "-m", "name=a", "host.hostname=two words; really"), SourceLocation(place, 7)),
        (("service", "jail", "restart", "web"), SourceLocation(place, 8)),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "for j in a b; do",
        "jail -c name=$1 persist",
        "jls -d | grep web",
        "mount -t nullfs /a /b",
        'jail -r "$NAME"',
        "jail -r web && jail -c web",
        "rm -rf /jails",
        "jail -r `cat list`",
        "jail -c name=a 'persist",
    ],
)
def test_a_script_that_does_more_is_refused_at_its_line(tmp_path: Path, line: str) -> None:
    """It is pointed to where a whole script can be run, or told that it is no line of a shell."""
    with pytest.raises(InputError, match=r"jaildiff sandbox|not a line of a shell") as caught:
        script(tmp_path, f"jls\n{line}\n")
    assert caught.value.line == 2


def test_the_jail_conf_of_a_command_is_read(tmp_path: Path) -> None:
    """-f names it, beside the script; it is run with its whole name, and shown as typed."""
    conf(tmp_path, "web { persist; }\n")
    found = script(tmp_path, "jail -f jail.conf -c web\n")
    (run,) = found.commands
    assert run.argv == ("jail", "-f", str(tmp_path / "jail.conf"), "-c", "web")
    assert run.shown == "jail -f jail.conf -c web"
    assert [one.name for one in found.configurations[0].jails] == ["web"]


def test_a_jail_conf_that_is_not_there_is_told(tmp_path: Path) -> None:
    """With the line of the command that needs it."""
    with pytest.raises(InputError, match=r"found no .*none\.conf") as caught:
        script(tmp_path, "jls\njail -f none.conf -c web\n")
    assert caught.value.line == 2


def test_a_script_without_commands_is_none(tmp_path: Path) -> None:
    """An empty file asks nothing."""
    with pytest.raises(InputError, match="expected commands of jails, found none"):
        script(tmp_path, "#!/bin/sh\n# nothing\n")
