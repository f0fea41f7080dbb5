"""Jail managers run unmodified, on both kernels."""

from pathlib import Path

import pytest

from tests.house.tools import ROOT
from tests.sandboxes import printed, sandboxed

MANAGERS = ROOT / "tests" / "data" / "managers"
both_kernels = pytest.mark.parametrize("kernel", ["legacy", "new"])


@both_kernels
def test_a_manager_with_files(tmp_path: Path, kernel: str) -> None:
    """It creates, starts, enters, restarts, lists and destroys jails, by absolute names."""
    script = f"""
        export KEEPER_BASE={tmp_path}/keeper
        keeper={MANAGERS}/keeper
        $keeper create web 10.0.0.1; $keeper create db 10.0.0.2
        $keeper start web; $keeper list; $keeper cmd web pwd
        $keeper restart web; cat $KEEPER_BASE/web.log
        $keeper destroy web; $keeper list; jls -d name
        $keeper stop db; $keeper start web
        true
    """
    answer = sandboxed(tmp_path, script, "--kernel", kernel)
    assert answer.stdout.splitlines() == [
        "web: created",
        "web: up, 0 processes",
        "db Down",
        "web Up",
        "/root",
        "web: removed",
        "web: created",
        "web: up, 0 processes",
        "started in 1",
        "stopping",
        "started in 1",
        "web: removed",
        "db Down",
    ]
    assert answer.stderr == "keeper: db: is not running\nkeeper: web: there is no such jail\n"


NUMBERED = f"""
    export NUMBERED_BASE=$PWD/numbered
    numbered={MANAGERS}/numbered
    $numbered set 7 hostname=seven.example.org; $numbered set 7 children=2
    $numbered start 7; $numbered status
    jaildiff-hold nb-7
    $numbered stop 7
    $numbered start 7; echo $?; $numbered status
"""


def test_a_manager_with_fixed_jids_on_legacy(tmp_path: Path) -> None:
    """What lingers keeps the jid: the second start is refused."""
    answer = sandboxed(tmp_path, NUMBERED, "--kernel", "legacy")
    assert answer.stdout.splitlines() == [
        "7: started",
        "7 nb-7 false seven.example.org 2",
        "7: lingers",
        "1",
        "7 nb-7 true seven.example.org 2",
    ]
    assert answer.stderr == "numbered: jail: jail 7 already exists\n"


def test_a_manager_with_fixed_jids_on_new(tmp_path: Path) -> None:
    """What lingers loses the jid: the second start makes a new jail beside it."""
    assert printed(tmp_path, NUMBERED, "--kernel", "new").splitlines() == [
        "7: started",
        "7 nb-7 false seven.example.org 2",
        "7: lingers",
        "7: started",
        "0",
        "7 nb-7 false seven.example.org 2",
        "999999 nb-7 true seven.example.org 2",
    ]


@both_kernels
def test_a_farm_of_builders(tmp_path: Path, kernel: str) -> None:
    """Jails are made in parallel, jobs run in them, what they leave is killed by `kill -9 -1`."""
    script = f"{MANAGERS}/builder 3 'echo one' 'false' 'exit 2' 'hostname >/dev/null'"
    answer = sandboxed(tmp_path, script, "--kernel", kernel)
    assert answer.stdout.splitlines() == [
        "farm is up: 6 jails",
        "one",
        "4 jobs, 1 failed, 3 left-overs",
        "farm is down",
    ]
    assert answer.returncode == 1
