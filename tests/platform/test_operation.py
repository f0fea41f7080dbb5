"""The systemd unit, the cron line and the container file, without systemd, cron and containers."""

import json
import os
import shlex
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command import jaildiff
from tests.debian import needs
from tests.house.tools import ROOT

FOLDER = ROOT / "operation"
UNIT = FOLDER / "jaildiff-campaign.service"
PROGRAM = "/usr/local/bin/jaildiff"


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A program of that name, which takes a moment where others take a night."""
    path = tmp_path / "bin" / "jaildiff"
    path.parent.mkdir()
    path.write_text(
        f"#!/bin/sh\nexport PYTHONPATH={ROOT}\n"
        f'case "$*" in *--status*) more= ;; *) more="--runs 1 --seed 1 --workers 1" ;; esac\n'
        f'exec {sys.executable} -m fuzz "$@" $more\n'
    )
    path.chmod(0o755)
    return path


# SYSTEMD


def setting(name: str) -> str:
    """The value of a setting of the unit."""
    (found,) = [
        line.partition("=")[2]
        for line in UNIT.read_text().splitlines()
        if line.startswith(f"{name}=")
    ]
    return found


def verify(unit: Path) -> "subprocess.CompletedProcess[str]":
    """What systemd says of a unit."""
    command = ["/usr/bin/systemd-analyze", "verify", "--man=no", "--recursive-errors=no"]
    return subprocess.run([*command, str(unit)], capture_output=True, text=True, check=False)


def test_the_unit_is_valid(tmp_path: Path, program: Path) -> None:
    """systemd finds nothing wrong with it, once the program is where it says."""
    needs("systemd-analyze")
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace(PROGRAM, str(program)))
    answer = verify(unit)
    assert (answer.returncode, answer.stderr) == (0, "")


def test_a_broken_unit_is_seen(tmp_path: Path) -> None:
    """The same check complains of a program that is not there."""
    needs("systemd-analyze")
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text())
    answer = verify(unit)
    assert (answer.returncode != 0) == (not Path(PROGRAM).exists())


def test_the_command_of_the_unit(tmp_path: Path, program: Path) -> None:
    """It is one of ours, keeps to the folder that the unit is given, and a stop is no failure."""
    words = shlex.split(setting("ExecStart"))
    state = f"/var/lib/{setting('StateDirectory')}/"
    words = [word.replace(state, f"{tmp_path}/") for word in words]
    answer = subprocess.run([program, *words[1:]], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    assert (tmp_path / "campaign" / "findings.jsonl").is_file()
    assert "143" in setting("SuccessExitStatus").split()


# CRON


def cron_line() -> tuple[list[str], str]:
    """When, and what."""
    (line,) = [
        line for line in (FOLDER / "jaildiff.cron").read_text().splitlines() if line[:1].isdigit()
    ]
    *when, command = line.split(None, 5)
    return when, command


def test_the_cron_line(tmp_path: Path, program: Path) -> None:
    """Five times and a command without %: silent if nothing is news, loud otherwise."""
    when, command = cron_line()
    assert len(when) == 5
    assert "%" not in command
    env = {"HOME": str(tmp_path), "PATH": f"{program.parent}:{os.environ['PATH']}"}
    night = ["/bin/sh", "-c", command]
    quiet = subprocess.run(night, env=env, capture_output=True, text=True, check=False)
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")
    assert "Exit code" not in quiet.stdout
    (tmp_path / "campaign" / "corpus" / "odd.txt").write_text("no program")
    loud = subprocess.run(night, env=env, capture_output=True, text=True, check=False)
    assert "odd.txt: not a program, left alone" in loud.stdout
    assert "Exit code of the last run: 2." in loud.stdout


# CONTAINER


def instructions() -> Iterator[tuple[str, str]]:
    """The instructions of the container file."""
    for line in (FOLDER / "Containerfile").read_text().splitlines():
        if line and not line.startswith("#"):
            name, _, words = line.partition(" ")
            yield name, words


@pytest.mark.timeout(600)
def test_the_container_file(tmp_path: Path) -> None:
    """Its commands make an installation that can do what the container is for."""
    source, data, place = (tmp_path / name for name in ("src", "data", "venv"))
    tracked = subprocess.run(
        [
            "/usr/bin/git",
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "*.py",
            "*.toml",
            "*.c",
            "*.sh",
            "*.md",
            "fuzz",
            "LICENSE",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in tracked.stdout.splitlines():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, source / name)
    venv.create(place, with_pip=True)
    env = os.environ | {"PATH": f"{place}/bin:{os.environ['PATH']}"}
    env.pop("PYTHONPATH", None)
    started: list[str] = []
    for name, words in instructions():
        here = words.replace("/src", str(source)).replace("/data", str(data))
        if name == "RUN":
            here = here.replace("chown 65534:65534", "test -d")
            subprocess.run(["/bin/sh", "-ec", here], env=env, check=True, stdout=subprocess.DEVNULL)
        elif name in {"ENTRYPOINT", "CMD"}:
            started += json.loads(here)
    answer = subprocess.run(
        [*started, "--runs", "1", "--seed", "1", "--workers", "1", "--junit", "junit.xml"],
        cwd=data,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    assert {path.name for path in data.iterdir()} == {"campaign", "junit.xml"}
    names = [name for name, _ in instructions()]
    assert names[0] == "FROM"
    assert names.index("USER") > max(at for at, name in enumerate(names) if name == "RUN")


def test_status_of_a_campaign_elsewhere(tmp_path: Path) -> None:
    """The command that the files name for a look at it exists."""
    answer = jaildiff(tmp_path, "campaign", "--status", "campaign")
    assert answer.returncode == 2
    assert "expected the folder of a campaign" in answer.stderr
