import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from ruamel.yaml import YAML

from jaildiff.cli.main import cli
from tests.house.tools import ROOT

FOLDER = ROOT / ".github" / "workflows"
WORKFLOWS = sorted(FOLDER.glob("*.yml"))
PINNED = re.compile(r" uses: [\w./-]+@[0-9a-f]{40} # v[0-9.]+")

each = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)


def load(path: Path) -> Any:  # YAML
    """A workflow; read as YAML 1.2, where `on` is a word."""
    return YAML(typ="safe").load(path)


def commands(path: Path) -> Iterator[list[str]]:
    """The words of every `jaildiff` command line."""
    for job in load(path)["jobs"].values():
        for step in job["steps"]:
            for row in step.get("run", "").splitlines():
                if row.startswith("jaildiff "):  # A folded scalar is one row already.
                    yield shlex.split(row)[1:]


def steps(name: str) -> list[Any]:
    """The steps of all jobs of a workflow."""
    return [step for job in load(FOLDER / name)["jobs"].values() for step in job["steps"]]


def test_all_are_there() -> None:
    """The tests, the four of ClusterFuzzLite, and the night's."""
    assert [path.stem for path in WORKFLOWS] == [
        "cflite_batch",
        "cflite_build",
        "cflite_cron",
        "cflite_pr",
        "nightly",
        "test",
    ]


def test_schema() -> None:
    """Every workflow is valid by the schema of GitHub's workflows."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema=github-workflows"]
    answer = subprocess.run([*command, *WORKFLOWS], capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stderr) == (0, ""), answer.stdout


@each
def test_actions_are_pinned(path: Path) -> None:
    """An action is named by a commit, which cannot be moved, and by the version that it is."""
    rows = [row for row in path.read_text().splitlines() if " uses: " in row]
    assert rows
    assert [row for row in rows if not PINNED.search(row)] == []


def test_one_version_of_each_action() -> None:
    """No workflow is left behind when an action is updated."""
    uses = {use for path in WORKFLOWS for use in re.findall(r"uses: (\S+)", path.read_text())}
    assert len({use.partition("@")[0] for use in uses}) == len(uses)


@each
def test_permissions(path: Path) -> None:
    """Nothing is permitted by default; a job may read, and upload what it found."""
    workflow = load(path)
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        writes = [name for name, what in job["permissions"].items() if what != "read"]
        assert writes in ([], ["security-events"])
        assert job["timeout-minutes"] <= 150


@each
def test_no_credentials_stay(path: Path) -> None:
    """A checkout leaves no token behind for what runs later."""
    for step in steps(path.name):
        if "actions/checkout@" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] is False


def test_python_versions() -> None:
    """The tests run on every version that we say we support, and once with the make of BSD."""
    matrix = load(FOLDER / "test.yml")["jobs"]["test"]["strategy"]["matrix"]
    claimed = re.findall(r"Python :: (3\.\d+)", (ROOT / "pyproject.toml").read_text())
    assert matrix["python"] == claimed
    assert [more["make"] for more in matrix["include"]] == ["bmake"]


@pytest.mark.parametrize(
    ("name", "modes"),
    [
        ("cflite_pr.yml", ["code-change"]),
        ("cflite_batch.yml", ["batch"]),
        ("cflite_cron.yml", ["prune", "coverage"]),
        ("cflite_build.yml", []),
    ],
)
def test_modes(name: str, modes: list[str]) -> None:
    """Each workflow of ClusterFuzzLite builds what it runs, with one sanitizer, in its mode."""
    build = "google/clusterfuzzlite/actions/build_fuzzers"
    run = "google/clusterfuzzlite/actions/run_fuzzers"
    kinds = [step["uses"].partition("@")[0] for step in steps(name)]
    assert kinds == [build, run] * len(modes) or (kinds == [build] and not modes)
    options = [step["with"] for step in steps(name)]
    assert {option["language"] for option in options} == {"python"}
    assert [option["mode"] for option in options if "mode" in option] == modes
    for first, second in zip(options[::2], options[1::2], strict=False):
        assert first["sanitizer"] == second["sanitizer"]


@each
def test_commands(path: Path) -> None:
    """Every command line of ours is one that our command line understands."""
    for name, *args in commands(path):
        parent = click.Context(cli)
        command = cli.get_command(parent, name)
        if command is not None:
            command.make_context(name, args, parent=parent)


def test_night() -> None:
    """The night starts from what the last one kept, and what it finds is uploaded in any case."""
    night = steps("nightly.yml")
    used = [step.get("uses", "").partition("@")[0] for step in night]
    assert used.count("actions/cache") == 2
    for step in night:
        if step.get("uses", "").startswith(("github/codeql-action", "actions/upload-artifact")):
            assert step["if"] == "!cancelled()"
    shown = list(commands(FOLDER / "nightly.yml"))
    assert [command[0] for command in shown] == ["campaign", "report"]
