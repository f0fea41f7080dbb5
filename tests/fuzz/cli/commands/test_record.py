"""`jaildiff record`."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.command import jaildiff
from tests.house.tools import ROOT

PROGRAM = 'jaildiff 1\n\np1: jail_set(CREATE, name="a", persist)\n'


def test_a_kit_for_a_machine(tmp_path: Path) -> None:
    """It has the recorder, the programs as JSON, and the script, which refuses this machine."""
    (tmp_path / "p.jd").write_text(PROGRAM)
    answer = jaildiff(tmp_path, "record", "--kit", "kit", "p.jd")
    assert answer.returncode == 0
    assert answer.stderr == "1 programs; copy kit to the machine and run: sh record-all.sh\n"
    kit = tmp_path / "kit"
    names = ["programs.jsonl", "record-all.sh", "record.py"]
    assert sorted(path.name for path in kit.iterdir()) == names
    assert json.loads((kit / "programs.jsonl").read_text())["ops"][0]["op"] == "jail_set"
    refused = subprocess.run(
        ["/bin/sh", "record-all.sh"], cwd=kit, capture_output=True, text=True, check=False
    )
    assert (refused.returncode, refused.stderr) == (4, "record-all: this is not FreeBSD\n")


def test_what_harms_a_machine_is_left_out(tmp_path: Path) -> None:
    """Of which the models panic, or which leaves a jail for good; it is said why."""
    (tmp_path / "p.jd").write_text(PROGRAM)
    leaking = ROOT / "corpus" / "descriptors" / "rules" / "attach-by-descriptor-leaks.jd"
    panicking = ROOT / "corpus" / "rules" / "lost-parent-panic.jd"
    answer = jaildiff(tmp_path, "record", "--kit", "kit", "p.jd", leaking, panicking)
    leak, panic, done = answer.stderr.splitlines()
    assert leak.startswith(f"left out: {leaking.stem}: by the models, descriptors, when all is")
    assert panic.startswith(f"left out: {panicking.stem}: by the models, new panics: ")
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
