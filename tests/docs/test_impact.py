"""docs/impact.md: its examples come true."""

import json
import re
import textwrap
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.command import jaildiff
from tests.house.tools import ROOT

PAGE = (ROOT / "docs" / "impact.md").read_text(encoding="utf-8")
BLOCKS = [
    textwrap.dedent(block) for block in re.findall(r"(?m)(?:^    .*\n(?:\n(?=    ))?)+", PAGE)
]
ANSWERS = [index for index, block in enumerate(BLOCKS) if block.startswith("jail.conf: ")]


@pytest.mark.parametrize("index", ANSWERS)
def test_an_answer_is_what_is_printed(tmp_path: Path, index: int) -> None:
    """A jail.conf of the page is answered as the page says, from the first line on."""
    (tmp_path / "jail.conf").write_text(BLOCKS[index - 1], encoding="utf-8")
    answer = jaildiff(tmp_path, "impact", "jail.conf")
    printed = answer.stdout.splitlines()
    for line in BLOCKS[index].splitlines():
        assert line in printed
    assert answer.returncode == (1 if "breaks" in printed[0] else 0)


def test_the_page_shows_an_affected_one_and_one_that_is_not() -> None:
    """Both kinds of answer are there to be compared."""
    first_lines = [BLOCKS[index].splitlines()[0] for index in ANSWERS]
    assert any("Not affected" in line for line in first_lines)
    assert any("breaks" in line for line in first_lines)


def test_every_option_of_the_page_is_one(tmp_path: Path) -> None:
    """What the page types, --help knows."""
    helped = jaildiff(tmp_path, "impact", "--help").stdout
    options = set(re.findall(r"--(?:fail-on|short|json|html|markdown)\b", PAGE))
    assert len(options) == 5
    assert all(option in helped for option in options)


def test_the_hook_and_the_workflow_are_what_their_readers_take() -> None:
    """pre-commit's hook runs our command on jail.conf files; the workflow is YAML with jobs."""
    yaml = YAML(typ="safe")
    (hook,) = yaml.load(ROOT / ".pre-commit-hooks.yaml")
    assert hook["entry"].startswith("jaildiff impact")
    assert f"id: {hook['id']}" in PAGE
    for name, wanted in (
        ("etc/jail.conf", True),
        ("jail.conf.d/web.conf", True),
        ("a.conf", False),
    ):
        assert (re.search(hook["files"], name) is not None) == wanted
    (workflow,) = (yaml.load(block) for block in BLOCKS if block.startswith("name: "))
    assert json.dumps(workflow["jobs"]).count("jaildiff impact") == 1
