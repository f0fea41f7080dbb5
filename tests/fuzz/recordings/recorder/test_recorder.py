"""The whole recorder, on a C library whose calls a model answers."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import count, islice
from pathlib import Path

import pytest

from jail_kernel.call import (
    JAIL_CREATE,
    JAIL_OWN_DESC,
    Close,
    Exit,
    Fork,
    Hold,
    JailAttach,
    JailGet,
    JailRemove,
    JailSet,
)
from jaildiff.cli.commands.record import harm
from jaildiff.kernels.registry import DESCRIPTORS, KERNELS, Model
from jaildiff.programs.json_form import program_to_json
from jaildiff.programs.loading import read_programs
from jaildiff.programs.program import Program
from jaildiff.recordings.conform import Tally, conform
from jaildiff.recordings.recorder.main import main
from jaildiff.recordings.recorder.ops import why_not
from jaildiff.recordings.recorder.recorder import FLOOR
from jaildiff.search.generator.generate import generate
from tests.house.tools import ROOT
from tests.standin import ModelKernel, StandIn, is_running

CORPUS = {
    False: ("traces/cases", "traces/idioms", "traces/random", "scenarios", "rules"),
    True: (
        "descriptors/directed.",
        "descriptors/directed-old",
        "descriptors/random-features",
        "descriptors/random-nofeature",
        "descriptors/rules",
    ),
}  # with or without descriptors
THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
OF_EACH, GENERATED = (120, 600) if THOROUGH else (12, 40)  # programs
STRIDE = 1 if THOROUGH else 9  # from one call at which the recorder is killed to the next


@pytest.fixture(params=["legacy", "new", "descriptors"])
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ModelKernel]:
    """Return a machine with one of the kernels."""
    kernel = ModelKernel(KERNELS[request.param], tmp_path / "socket")
    yield kernel
    kernel.close()


def record(folder: Path, programs: Sequence[Program], key: str) -> int:
    """Record programs on the machine of a folder; the exit code of the recorder."""
    rows = [json.dumps(program_to_json(program)) + "\n" for program in programs]
    (folder / "programs.jsonl").write_text("".join(rows))
    words = [str(folder / "programs.jsonl"), "--output", str(folder / "out.jsonl"), "--key", key]
    return main(words, StandIn(folder / "socket"))


def agreement(model: Model, path: Path) -> Tally:
    """Hold a model against a recording."""
    tally = Tally(model.key)
    for entry in read_programs(path):
        conform(model, entry, tally)
    return tally


def can_be_done(program: Program) -> bool:
    """Say whether a machine could perform a program, and would survive it."""
    return why_not(program_to_json(program), FLOOR) is None and harm(program) is None


def corpus(*, descriptors: bool) -> Iterator[Program]:
    """Yield programs of the corpus that can be recorded, some of each part."""
    for part in CORPUS[descriptors]:
        path = next((ROOT / "corpus").glob(f"{part}*"))
        found = (entry.program for entry in read_programs(path))
        yield from islice(filter(can_be_done, found), OF_EACH)


def generated(*, descriptors: bool) -> Iterator[Program]:
    """Yield generated programs that can be recorded."""
    made = (generate(1, number, descriptors=descriptors) for number in count())
    yield from filter(can_be_done, made)


def left(machine: ModelKernel) -> tuple[int, int, list[int]]:
    """Return how many jails and holders are left, and which processes in jails."""
    kernel = machine.kernel
    inside = [pid for pid, proc in kernel.procs.items() if proc.cred.prison is not kernel.prison0]
    return len(kernel.allprison), len(kernel.resources), inside


@pytest.mark.timeout(3600)
def test_a_recording_agrees_with_the_model(machine: ModelKernel, tmp_path: Path) -> None:
    """Programs of the corpus and generated ones, a thousand of them at night, are answered through
    processes, pipes and iovecs as the model answers them at once; nothing is left of them.
    """
    which = machine.model is DESCRIPTORS
    programs = [*corpus(descriptors=which), *islice(generated(descriptors=which), GENERATED)]
    assert len(programs) >= (1000 if THOROUGH else 80)
    assert record(tmp_path, programs, machine.model.key) == 0
    tally = agreement(machine.model, tmp_path / "out.jsonl")
    assert tally.disagreements == []
    assert tally.programs == len(programs)
    assert left(machine) == (0, 0, [])


HELD = Program(
    "held",
    (
        JailSet(1, JAIL_CREATE, (("jid", 5), ("name", "a"), ("persist", True))),
        Fork(1, 2),
        JailAttach(2, 5),
        Hold(2, "r"),
        Fork(2, 3),
        JailRemove(1, 5),
        JailSet(1, JAIL_CREATE, (("name", "b"), ("persist", True))),
        Exit(2),
    ),
)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("who", ["worker", "supervisor"])
def test_a_recorder_that_is_killed_cleans_up(
    machine: ModelKernel, tmp_path: Path, who: str
) -> None:
    """kill -9 of either of its processes, at whatever call: the other one removes all jails and
    lets go of what is held, no process is left, and what was recorded can be read.
    """
    step = 1
    while killed_at(machine, tmp_path, who, machine.calls + step):
        assert gone(machine), (who, step)
        step += STRIDE
    assert step > 20
    assert list(read_programs(tmp_path / "out.jsonl"))


def killed_at(machine: ModelKernel, folder: Path, who: str, call: int) -> bool:
    """Record in a process of its own that is killed at a call; whether there was such a call."""

    def strike(child: int) -> None:
        for pid in [child] if who == "supervisor" else children(child):
            os.kill(pid, signal.SIGKILL)

    os.waitpid(in_background(machine, folder, strike, at=call), 0)
    return machine.calls >= call


def in_background(
    machine: ModelKernel, folder: Path, strike: Callable[[int], None], *, at: int
) -> int:
    """Record in a process of its own, in a group of its own, that is struck at a call."""
    ready, tell = os.pipe()
    child = os.fork()
    if child == 0:
        os.setsid()
        os.read(ready, 1)
        os._exit(record(folder, [HELD] * 2, machine.model.key))

    def before(number: int) -> None:
        if number == at:
            strike(child)

    machine.before = before
    os.write(tell, b"x")
    for descriptor in (ready, tell):
        os.close(descriptor)
    return child


def children(pid: int) -> list[int]:
    """Return the children of a process."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(one) for one in found[:1]]


def gone(machine: ModelKernel) -> bool:
    """Say whether nothing is left, after a while at most."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        machine.bury()
        if left(machine)[:2] == (0, 0) and not others(machine):
            return True
        time.sleep(0.02)
    return False


def others(machine: ModelKernel) -> list[int]:
    """Return the processes of recorders that still run."""
    return [
        pid for pid in machine.kernel.procs if pid != 1 and is_running(pid) and pid != os.getpid()
    ]


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("machine", ["new"], indirect=True)
def test_a_signal_to_all_of_it(
    machine: ModelKernel, tmp_path: Path, ending: signal.Signals
) -> None:
    """Ctrl-C, a shutdown, a lost connection: all is cleaned up, and what was recorded stays."""
    machine.kernel.lastprid = FLOOR
    child = in_background(machine, tmp_path, lambda child: os.killpg(child, ending), at=40)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 4
    assert gone(machine)
    whole, cut = read_programs(tmp_path / "out.jsonl")
    assert whole.program.calls == HELD.calls
    assert len(cut.program.calls) < len(HELD.calls)


@pytest.mark.parametrize("machine", ["new"], indirect=True)
def test_a_holder_that_cannot_be_made(
    machine: ModelKernel, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The program is recorded up to there, and the next one whole."""

    class NoHolder(StandIn):
        def hold(self, res: str) -> int:
            raise OSError(f"no room for {res}")

    rows = [json.dumps(program_to_json(program)) + "\n" for program in (HELD, CLOSING)]
    (tmp_path / "programs.jsonl").write_text("".join(rows))
    words = [str(tmp_path / "programs.jsonl"), "--output", str(tmp_path / "out.jsonl")]
    assert main(words, NoHolder(tmp_path / "socket")) == 1
    assert "record: held: cut short, --hold fd: no room for r\n" in capfd.readouterr().err
    found = read_programs(tmp_path / "out.jsonl", columns=None)
    lengths = [len(entry.program.calls) for entry in found]
    assert lengths == [3, len(CLOSING.calls)]
    assert left(machine) == (0, 0, [])


CLOSING = Program(
    "closing",
    (
        JailSet(1, JAIL_CREATE | JAIL_OWN_DESC, (("name", "a"), ("persist", True), ("desc", -1))),
        Fork(1, 2),
        JailAttach(2, 1),
        Fork(2, 3),
        Close(1, 3),
        Close(2, 3),
        Close(3, 3),
        Exit(3),
        JailGet(1, 0, (("jid", 1),)),
    ),
)


@pytest.mark.parametrize("machine", ["descriptors"], indirect=True)
def test_the_last_close_ends_those_who_called_it(machine: ModelKernel, tmp_path: Path) -> None:
    """It removes the caller's own jail: the call is recorded, and the caller is killed."""
    assert record(tmp_path, [CLOSING], machine.model.key) == 0
    assert agreement(machine.model, tmp_path / "out.jsonl").complete
    results = json.loads((tmp_path / "out.jsonl").read_text())["descriptors"]["results"]
    assert results[0]["fd"] == 3
    assert [result["errno"] for result in results[4:]] == [None, None, None, None, "ENOENT"]
