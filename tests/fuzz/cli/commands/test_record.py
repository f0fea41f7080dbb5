"""`jaildiff record`."""

import json
import subprocess
from pathlib import Path
from shutil import which

import pytest

from tests.command import jaildiff
from tests.house.tools import ROOT

PROGRAM = 'jaildiff 1\n\np1: jail_set(CREATE, name="a", persist)\n'


def test_a_kit_for_a_machine(tmp_path: Path) -> None:
    """It has the recorder, the programs as JSON, and the script, which refuses this machine."""
    (tmp_path / "p.jd").write_text(PROGRAM)
    answer = jaildiff(tmp_path, "record", "--kit", "kit", "p.jd")
    assert answer.returncode == 0
    assert (
        answer.stderr == "1 programs; copy kit to the machine and run there: sh kit/record-all.sh\n"
    )
    kit = tmp_path / "kit"
    names = ["programs.jsonl", "record-all.sh", "record.py"]
    assert sorted(path.name for path in kit.iterdir()) == names
    assert json.loads((kit / "programs.jsonl").read_text())["ops"][0]["op"] == "jail_set"
    refused = subprocess.run(
        ["/bin/sh", "record-all.sh"], cwd=kit, capture_output=True, text=True, check=False
    )
    assert (refused.returncode, refused.stderr) == (4, "record-all: this is not FreeBSD\n")


@pytest.mark.parametrize(
    ("newer", "message"),
    [
        ("", "record-all: there is no Python 3.9 or newer: pkg install -y python3\n"),
        ("python3.11", ""),
    ],
)
def test_the_script_takes_a_python_that_is_new_enough(
    tmp_path: Path, newer: str, message: str
) -> None:
    """One that is too old is passed over; if there is no other, the script says what it needs."""
    (tmp_path / "p.jd").write_text(PROGRAM)
    jaildiff(tmp_path, "record", "--kit", "kit", "p.jd")
    commands = {"uname": "echo FreeBSD", "id": "echo 0", "jls": ":", "tail": ":", "tar": ":"}
    commands |= {"freebsd-version": ":", "sysctl": ":", "python3": "exit 1"}
    for name, text in (commands | ({newer: "echo $0 $* >>ran"} if newer else {})).items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    for name in ("dirname", "mkdir", "basename"):
        (tmp_path / name).symlink_to(str(which(name)))
    found = subprocess.run(
        ["/bin/sh", "kit/record-all.sh"],
        cwd=tmp_path,
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (found.returncode, found.stderr) == (4 if message else 0, message)
    if not message:
        assert "record.py --hold fd" in (tmp_path / "ran").read_text()


def test_what_harms_a_machine_is_left_out(tmp_path: Path) -> None:
    """Of which the models panic, or which leaves a jail for good; it is said why."""
    (tmp_path / "p.jd").write_text(PROGRAM)
    leaking = ROOT / "corpus" / "descriptors" / "rules" / "attach-by-descriptor-leaks.jd"
    panicking = ROOT / "corpus" / "rules" / "lost-parent-panic.jd"
    answer = jaildiff(tmp_path, "record", "--kit", "kit", "p.jd", leaking, panicking)
    leak, panic, done = answer.stderr.splitlines()
    assert leak.startswith(
        f"left out: {leaking.stem} ({leaking}): by the models, descriptors, when "
    )
    assert panic.startswith(
        f"left out: {panicking.stem} ({panicking}): by the models, new panics: "
    )
    assert done.startswith("1 programs; ")


@pytest.mark.parametrize(("text", "code"), [(PROGRAM, 4), ("nonsense", 2)])
def test_here_nothing_is_recorded(tmp_path: Path, text: str, code: int) -> None:
    """Linux is no FreeBSD; and what is no program is refused before that."""
    (tmp_path / "p.jd").write_text(text)
    assert jaildiff(tmp_path, "record", "p.jd").returncode == code


def test_a_dry_run(tmp_path: Path) -> None:
    """It shows the calls with their bytes."""
    (tmp_path / "p.jd").write_text(PROGRAM)
    answer = jaildiff(tmp_path, "record", "--dry-run", "p.jd")
    assert "    p1: jail_set(1: name=6100, persist=NULL)\n" in answer.stdout
