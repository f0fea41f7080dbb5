"""What a developer runs before a commit: `make check`, pre-commit's hooks, the speller."""

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from ruamel.yaml import YAML

from tests.house.tools import ROOT

MAKEFILE = (ROOT / "Makefile").read_text()


def hooks() -> Iterator[dict[str, str]]:
    """The hooks of .pre-commit-config.yaml."""
    (repo,) = YAML(typ="safe").load(ROOT / ".pre-commit-config.yaml")["repos"]
    yield from repo["hooks"]


def lint_commands() -> set[str]:
    """The programs that `make lint` runs."""
    (recipe,) = re.findall(r"^lint:.*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)
    return set(re.findall(r"\$\(BIN\)/(\w+)", recipe))


def test_hooks_run_what_make_lint_runs() -> None:
    """A commit is held to the linters of `make lint`, of the same installation."""
    entries = [hook["entry"].split() for hook in hooks()]
    tools = {words[0] for words in entries if words[0] != "make"}
    assert tools == {f".venv/bin/{command}" for command in lint_commands()}


def test_a_push_runs_a_target_of_the_makefile() -> None:
    """What pre-push runs is there."""
    targets = [hook["entry"].removeprefix("make ") for hook in hooks() if "stages" in hook]
    assert targets == ["check"]
    assert re.search(r"^check: lint ", MAKEFILE, re.MULTILINE)


@pytest.mark.parametrize(
    ("text", "code"),
    [("a prison and a jail\n", 0), ("a prison \x61dn a jail\n", 65)],  # Escaped from the speller.
)
def test_the_speller_speaks(text: str, code: int) -> None:
    """What is misspelt is found, with the settings of pyproject.toml."""
    command = [sys.executable, "-m", "codespell_lib", "--toml", str(ROOT / "pyproject.toml"), "-"]
    answer = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    assert answer.returncode == code, answer.stderr
