"""The recorder's command line."""

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from jail_kernel.call import JAIL_CREATE, JailSet
from jaildiff.kernels.registry import NEW
from jaildiff.programs.loading import read_programs
from jaildiff.recordings.recorder.main import main, release
from jaildiff.recordings.recorder.ops import why_not
from jaildiff.recordings.recorder.recorder import FLOOR
from tests.standin import ModelKernel, StandIn

PARAMS = {"name": "a", "persist": True}
CREATE = {"op": "jail_set", "pid": 1, "flags": ["create"], "params": PARAMS}
ONE = {"format": 1, "id": "one", "ops": [CREATE]}


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[ModelKernel]:
    """Return a machine with the new kernel."""
    kernel = ModelKernel(NEW, tmp_path / "socket")
    yield kernel
    kernel.close()


def run(
    folder: Path,
    *words: str,
    programs: Sequence[object] = (ONE,),
    text: str | None = None,
) -> int:
    """Run the recorder in a folder, on the machine that is there; its exit code."""
    rows = "".join(json.dumps(program) + "\n" for program in programs)
    (folder / "programs.jsonl").write_text(rows if text is None else text)
    return main([str(folder / "programs.jsonl"), *words], StandIn(folder / "socket"))


def test_a_recording_is_read_as_one(
    machine: ModelKernel, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """It has the program, and under the key the answers; it is said where jids started."""
    assert run(tmp_path, "--output", str(tmp_path / "out.jsonl"), "--key", "mine") == 0
    assert capfd.readouterr().err == (
        f"record: automatic jids go on from {FLOOR + 1} here; they are written as from 1 on\n"
        "record: 1 programs recorded, 0 not performed\n"
    )
    (entry,) = read_programs(tmp_path / "out.jsonl", columns=None)
    assert entry.recorded == {"mine": {"results": [{"errno": None, "ret": 1, "errmsg": None}]}}
    assert machine.kernel.allprison == []


def test_answers_are_called_after_the_release(
    machine: ModelKernel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So nobody takes a recording of 14 for one of the new kernel."""
    system = SimpleNamespace(sysname="FreeBSD", release="14.3-RELEASE-p2")
    monkeypatch.setattr(os, "uname", lambda: system)
    assert run(tmp_path, "--output", str(tmp_path / "out.jsonl")) == 0
    (entry,) = read_programs(tmp_path / "out.jsonl", columns=None)
    assert [*(entry.recorded or {})] == ["freebsd-14.3"]
    assert machine.kernel.allprison == []


def test_where_jails_are_nothing_is_recorded(
    machine: ModelKernel, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """They are named and left alone."""
    machine.step(JailSet(1, JAIL_CREATE, (("name", "mine"), ("persist", True))))
    assert run(tmp_path) == 4
    assert capfd.readouterr().err == "record: there are jails here: mine\n"
    assert len(machine.kernel.allprison) == 1


def test_elsewhere_nothing_is_recorded(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """On another system than FreeBSD the recorder says so."""
    (tmp_path / "programs.jsonl").write_text(json.dumps(ONE))
    assert main([str(tmp_path / "programs.jsonl")]) == 4
    assert capfd.readouterr().err == "record: not FreeBSD: see jaildiff record --kit\n"


def test_a_dry_run_only_shows(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Each call with its bytes; it runs everywhere."""
    assert run(tmp_path, "--dry-run", programs=[{**ONE, "ops": [CREATE, 5]}]) == 0
    assert capfd.readouterr().out.splitlines() == [
        "# one: can be performed",
        "    p1: jail_set(1: name=6100, persist=NULL)",
        "    nothing: 5 is no op",
    ]


def test_bad_input_is_named(
    machine: ModelKernel, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The file, the line, what was expected; exit code 2, and the kernel is asked nothing."""
    for text, expected in (
        ("{", "programs.jsonl:1: expected JSON: "),
        (json.dumps(ONE) + "\n[]\n", "programs.jsonl:2: expected a program with a list of ops"),
    ):
        assert run(tmp_path, text=text) == 2
        assert expected in capfd.readouterr().err
    assert machine.calls == 0


def test_a_full_disk(
    machine: ModelKernel, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """It is said, with exit code 4, and nothing is left of the program."""
    assert run(tmp_path, "--output", "/dev/full") == 4
    assert "No space left on device" in capfd.readouterr().err
    assert machine.kernel.allprison == []


@pytest.mark.parametrize(
    ("op", "reason"),
    [
        ({"op": "poke", "lastprid": 5}, "no system call does what poke does"),
        ({"op": "fork_begin", "pid": 1, "child": 2}, "no system call does what fork_begin does"),
        ({"op": "jail_get", "pid": 1, "flags": [], "by": {}, "want": []}, "it has wish lists"),
        ({"op": "command", "argv": ["jls"]}, "it has commands"),
        (
            {"op": "jail_set", "pid": 1, "flags": [], "params": {"jid": FLOOR + 1}},
            f"its jid {FLOOR + 1} is where the machine's automatic jids are now",
        ),
    ],
)
def test_what_cannot_be_performed_is_named(
    machine: ModelKernel,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    op: dict[str, object],
    reason: str,
) -> None:
    """The others are recorded; exit code 1."""
    assert why_not({"ops": [op]}, FLOOR) == reason
    out = str(tmp_path / "out.jsonl")
    assert run(tmp_path, "--output", out, programs=[{"id": "not", "ops": [op]}, ONE]) == 1
    assert f"record: not: not performed: {reason}" in capfd.readouterr().err
    assert [entry.program.id for entry in read_programs(out, columns=None)] == ["one"]
    assert machine.kernel.allprison == []


def test_malformed_ops_are_answered_by_the_recorder(machine: ModelKernel, tmp_path: Path) -> None:
    """As are unknown processes and names that are taken: such answers come from no kernel."""
    ops: list[object] = [
        {"op": "jail_attach", "pid": 1, "jid": "x"},
        {"op": "nonsense"},
        {"op": "exit", "pid": 9},
        {"op": "fork", "pid": 1, "child": 1},
        {"op": "hold", "pid": 1, "res": "r"},
        {"op": "hold", "pid": 1, "res": "r"},
        {"op": "drop", "res": "other"},
    ]
    out = tmp_path / "out.jsonl"
    assert run(tmp_path, "--output", str(out), programs=[{**ONE, "ops": ops}]) == 0
    results = json.loads(out.read_text())[release()]["results"]
    assert [result["errno"] for result in results] == [
        "EBADOP",
        "EBADOP",
        "ESRCH",
        "EEXIST",
        None,
        "EEXIST",
        "ENOENT",
    ]
    assert os.getpid() not in machine.holders.values()
