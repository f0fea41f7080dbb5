"""The manual page says what --help says."""

import re
import subprocess

import click
import pytest

from jaildiff.cli.commands import COMMANDS
from jaildiff.cli.main import cli
from jaildiff.cli.manual import DATE, escaped, manual, paragraphs
from tests.debian import needs
from tests.house.tools import ROOT


def rendered() -> str:
    """The page as a terminal shows it, in lines as long as they are."""
    needs("mandoc")
    command = ["mandoc", "-T", "utf8", "-O", "width=400"]
    shown = subprocess.run(command, input=manual(), capture_output=True, text=True, check=True)
    return re.sub(r".\x08", "", shown.stdout)


def test_the_page_is_clean() -> None:
    """mandoc finds nothing to warn of."""
    needs("mandoc")
    command = ["mandoc", "-T", "lint", "-W", "warning"]
    linted = subprocess.run(command, input=manual(), capture_output=True, text=True, check=False)
    assert (linted.returncode, linted.stdout) == (0, "")


def test_every_command_and_option_is_there() -> None:
    """Each command has its section, each option its entry."""
    page = rendered()
    for name in COMMANDS:
        section = page.partition(f"\n   jaildiff {name}\n")[2]
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        context = click.Context(command, info_name=name)
        for option in command.params:
            record = isinstance(option, click.Option) and option.get_help_record(context)
            if record:
                assert record[0] in section, name


def test_the_date_is_that_of_the_release() -> None:
    """The page has the date that CHANGELOG.md gives the version."""
    log = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    year, month, day = re.findall(r"^## \[[\d.]+\] - (\d+)-(\d+)-(\d+)$", log, re.MULTILINE)[0]
    months = "January February March April May June July August September October November December"
    assert f"{months.split()[int(month) - 1]} {int(day)}, {year}" == DATE


@pytest.mark.parametrize(
    ("text", "roff"),
    [("a -c", r"a \-c"), (".conf", r"\&.conf"), ("'a'", r"\&'a'"), ("\\n", r"\en")],
)
def test_nothing_is_a_request(text: str, roff: str) -> None:
    """A dash stays a dash; what roff would obey is text."""
    assert escaped(text) == roff


def test_lines_that_stay() -> None:
    """A paragraph after a backspace keeps its lines; others break where a sentence ends."""
    text = "One. Two\nlines.\n\n\b\na\n  b\n\nThree."
    literal = [".Bd -literal -offset indent -compact", "a", "  b", ".Ed"]
    assert list(paragraphs(text)) == ["One.", "Two lines.", *literal, ".Pp", "Three."]
