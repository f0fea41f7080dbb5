"""docs/record.md: its commands are commands."""

import re

import pytest

from tests.command import jaildiff
from tests.house.tools import ROOT

PAGE = (ROOT / "docs" / "record.md").read_text(encoding="utf-8")
COMMANDS = sorted(set(re.findall(r"jaildiff (record|conform|judge)", PAGE)))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_exists(command: str) -> None:
    """An option that the page gives to a command is in its help."""
    shown = jaildiff(ROOT, command, "--help").stdout
    for line in re.findall(rf"jaildiff {command} ([^\n`]*)", PAGE):
        for option in re.findall(r"--[a-z-]+", line):
            assert option in shown


def test_all_holders_are_told() -> None:
    """What --hold takes is on the page."""
    shown = jaildiff(ROOT, "record", "--help").stdout
    (holders,) = re.findall(r"--hold \[([^\]]*)\]", shown)
    assert all(f"`{holder}`" in PAGE or f"--hold {holder}" in PAGE for holder in holders.split("|"))
