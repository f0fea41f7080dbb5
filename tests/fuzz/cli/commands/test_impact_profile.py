"""`jaildiff impact --profile`: one tool, all of them, and what a CI makes of it."""

import json
import re

import pytest
from click.testing import CliRunner, Result

from jaildiff.cli.main import cli
from jaildiff.profiles.loading import profiles


def impact(*words: str) -> Result:
    """The command, in this process."""
    return CliRunner().invoke(cli, ["impact", "--profile", *words], standalone_mode=False)


def test_a_tool_that_is_not_affected() -> None:
    """It is told so in the first line, with what was read of the tool at the end."""
    done = impact("bastille")
    lines = done.stdout.splitlines()
    assert done.return_value == 0
    assert lines[0].startswith("Bastille (profile bastille): Not affected: ")
    assert lines[-1].startswith("Read: BastilleBSD/bastille@")


def test_a_tool_that_breaks() -> None:
    """What it does, what it saw, what it sees, why, since when, and what to do."""
    done = impact("iocage")
    assert done.return_value == 1
    for line in (
        "iocage as it was until July 2025 (profile iocage): 1 thing breaks, 1 changes, for ioc-web",
        "1. Breaks, always, for ioc-web",
        "    On 14: works",
        "    Since: jail(8) of 15.0",
        "    Write instead: leave out 'allow.dying;' in /var/run/jail.ioc-web.conf",
    ):
        assert line in done.stdout.splitlines()


@pytest.mark.parametrize(
    ("name", "fail_on", "code"),
    [
        ("bastille", "any", 0),
        ("puppet-jails-jid", "changes", 0),
        ("puppet-jails-jid", "any", 1),
        ("tredly", "breaks", 0),
        ("tredly", "changes", 1),
        ("all", "breaks", 1),
    ],
)
def test_what_a_ci_stops_at(name: str, fail_on: str, code: int) -> None:
    """--fail-on counts what was found for the tools that were asked for."""
    assert impact(name, "--fail-on", fail_on, "--short").return_value == code


def test_all_are_a_table() -> None:
    """A line for each tool; those that are affected are told in full below."""
    lines = impact("all").stdout.splitlines()
    assert re.match(r"FreeBSD 15 breaks 1 of \d+ tools \(iocage\), ", lines[0])
    assert [line.split()[0] for line in lines[2:4]] == ["tool", "iocage"]
    assert {line.split()[0] for line in lines[3 : 3 + len(profiles())]} == {*profiles()}
    assert "Tredly (profile tredly): 1 thing changes, for trd-1f7c" in lines
    assert not any(line.startswith("Bastille") for line in lines)


def test_a_line_for_each() -> None:
    """--short is for logs."""
    lines = impact("all", "--short").stdout.splitlines()
    assert [re.findall(r"\(profile (.+?)\)", line) for line in lines] == [[n] for n in profiles()]


def test_json_is_a_line_for_each() -> None:
    """Each line is a value with the name of the profile."""
    shown = [json.loads(line) for line in impact("all", "--json").stdout.splitlines()]
    assert [one["profile"] for one in shown] == list(profiles())
    assert {one["impact"] for one in shown} == {"breaks", "changes", "improves", "nothing"}


def test_markdown_is_a_page() -> None:
    """Of all tools it is a page with a section for each; of one tool it is its section."""
    page = impact("all", "--markdown").stdout
    assert page.startswith("# ")
    section = impact("pot", "--markdown").stdout
    assert section.startswith("## pot")
    assert section.splitlines()[2] in page.splitlines()


def test_a_page(tmp_path_factory: pytest.TempPathFactory) -> None:
    """--html writes all that was tried."""
    path = tmp_path_factory.mktemp("page") / "tools.html"
    impact("tredly", "--html", str(path), "--short")
    assert "Tredly (profile tredly)" in path.read_text(encoding="utf-8")


def test_other_kernels() -> None:
    """The kernels are a choice here, too: without a new one the warning of jail(8) is left."""
    done = impact("puppet-jails-jid", "--kernels", "legacy,legacy", "--short")
    assert "Not affected" in done.stdout
    assert "1 thing changes" in impact("tredly", "--kernels", "new,new", "--short").stdout


def test_a_slip_is_helped() -> None:
    """A profile that is not there, or FILES beside one, are mistakes of usage."""
    known = impact("iocgae")
    assert "did you mean 'iocage'" in str(known.exception)
    both = impact("iocage", "jail.conf")
    assert "takes the place of FILES" in str(both.exception)
