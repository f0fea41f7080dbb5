import json
import os
import subprocess
import sys

import pytest

from jaildiff.differ.comparison import LANDED, LANDED_NAMES
from jaildiff.differ.diff import diff
from jaildiff.differ.steps.lockstep import Lockstep
from jaildiff.findings.baseline import Baseline
from jaildiff.findings.finding import findings_of
from jaildiff.programs.op_language import parse
from jaildiff.programs.program import Program
from jaildiff.search.campaign.batch import (
    Batch,
    Scout,
    Sighting,
    generator_digest,
    prologue,
    replay,
    run_batch,
    shorten,
)
from jaildiff.search.generator.generate import generate
from jaildiff.search.hunt.hunt import Hunt
from tests.house.tools import ROOT

SIZE = 64
SEED = 5
PRINT = f"""
import json
from dataclasses import asdict
from jaildiff.differ.comparison import LANDED_NAMES
from jaildiff.search.campaign.batch import Batch, run_batch
tally = run_batch(Batch(LANDED_NAMES, {SEED}, 1, {SIZE}))
first = {{key: asdict(value) for key, value in tally.first.items()}}
print(json.dumps([tally.ops, tally.programs, tally.counts, first], sort_keys=True))
"""


def shown_by(program: Program) -> set[str]:
    return {f.fingerprint for f in findings_of(program, Baseline([]), diff(program, LANDED))}


def in_a_fresh_process(hash_seed: str) -> object:
    environment = os.environ | {"PYTHONHASHSEED": hash_seed}
    answer = subprocess.check_output(
        [sys.executable, "-c", PRINT], cwd=ROOT, env=environment, text=True
    )
    return json.loads(answer)


def test_a_batch_is_a_pure_function() -> None:
    """The same batch gives the same in any process, whatever ran there before."""
    run_batch(Batch(LANDED_NAMES, SEED, 2, SIZE))
    tally = run_batch(Batch(LANDED_NAMES, SEED, 1, SIZE))
    here = [tally.ops, tally.programs, dict(tally.counts)]
    one, other = in_a_fresh_process("1"), in_a_fresh_process("2")
    assert one == other
    assert isinstance(one, list)
    assert one[:3] == here


def test_what_is_seen_first_is_shown_there() -> None:
    """The program of each sighting shows the class, and ends with the call that does."""
    for number in range(2):
        for fingerprint, sighting in run_batch(
            Batch(LANDED_NAMES, SEED, number, SIZE)
        ).first.items():
            program = sighting.program(SEED, LANDED)
            assert len(program.calls) == sighting.calls
            assert fingerprint in shown_by(program)


def test_the_first_batch_speaks_for_the_others() -> None:
    """A class that the first batch shows is counted in later ones, but not seen first there."""
    first, second = (
        run_batch(Batch(LANDED_NAMES, SEED, 0, SIZE)),
        run_batch(Batch(LANDED_NAMES, SEED, 1, SIZE)),
    )
    assert first.counts.keys() & second.counts.keys()
    assert not first.first.keys() & second.first.keys()
    assert first.first.keys() == first.counts.keys()


def test_counts_are_those_of_a_hunt() -> None:
    """The first batch sees the classes that a hunt sees, and counts the roots as often."""
    hunt = Hunt(Baseline([]), LANDED)
    for number in range(SIZE):
        hunt.try_program(generate(SEED, number))
    tally = run_batch(Batch(LANDED_NAMES, SEED, 0, SIZE))
    roots = {key: found.count for key, found in hunt.findings.items() if found.kind == "root"}
    assert tally.ops == hunt.ops
    assert {key: tally.counts[key] for key in roots} == roots
    assert tally.counts.keys() <= hunt.findings.keys()


def test_a_mistake_of_ours_ends_one_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that breaks is remembered with its place; the other programs are run."""
    step = Lockstep.step

    def broken(self: Lockstep, *args: object, **more: object) -> object:
        if self.index == 2:
            raise AssertionError("kassert: a reference too many")
        return step(self, *args, **more)  # type: ignore[arg-type]  # passed through

    monkeypatch.setattr(Lockstep, "step", broken)
    tally = Scout(LANDED, {}).look_at([(number, generate(SEED, number)) for number in range(4)])
    assert tally.programs == 4
    ((place, sighting),) = tally.crashes.items()
    assert "kassert: a reference too many" in place
    assert sighting.number == 0


def test_a_given_program_is_its_own_witness() -> None:
    """A program from a file is seen with its text, for nobody can make it again."""
    text = (ROOT / "corpus/rules/failed-create-renumbers.jd").read_text(encoding="utf-8")
    tally = replay(LANDED_NAMES, text)
    assert tally.first
    for fingerprint, sighting in tally.first.items():
        assert fingerprint in shown_by(sighting.program(0, LANDED))


def test_the_shortest_program_shows_the_class() -> None:
    """Shortening keeps what it is about, and says so if there is nothing to keep."""
    fingerprint, sighting = next(iter(prologue(LANDED_NAMES, SEED, SIZE).tally.first.items()))
    text = shorten(LANDED_NAMES, SEED, fingerprint, sighting).text
    assert text is not None
    program = parse(text, "").program
    assert fingerprint in shown_by(program)
    assert len(program.calls) <= sighting.calls
    assert shorten(LANDED_NAMES, SEED, "0" * 16, Sighting(0, 1)).text is None


def test_the_generator_has_a_digest() -> None:
    """It tells seeds apart, and is the same each time."""
    assert generator_digest(1) == generator_digest(1) != generator_digest(2)
