import pytest

from jail_kernel.state import JAIL_MAX
from jaildiff.differ.comparison import Comparison
from jaildiff.differ.steps.lockstep import Lockstep
from jaildiff.kernels.registry import LEGACY, NEW
from jaildiff.programs.loading import read_programs
from jaildiff.programs.program import Program
from new_model.deltas import DELTAS
from tests.deltas import ALL, EDITS, NEEDS, closed, without
from tests.programs import REUSED, TRACES, ZOMBIE_5, program, steps, trace
from tests.truth import Tally, Trial, judge, run

PROGRAMS = 300
OFF = frozenset
STALE = (  # What each delta alone changes, and what must be off to have it back.
    ("p1: jail_set(CREATE, jid=5, persist)", {"D1"}),
    ("p1: jail_set(UPDATE|DYING, jid=5, persist)", {"D1", "D3", "D6"}),
    ('p1: jail_set(UPDATE|DYING, name="a", persist)', {"D4", "D6"}),
)


# DELTAS


def test_every_delta_can_be_switched_off() -> None:
    """The edits are those of the deltas that the marks cite, and each changes the model."""
    assert [*EDITS] == [delta.id for delta in DELTAS]
    assert all(OFF(NEEDS.get(delta, set()) | {delta}) in closed() for delta in EDITS)
    assert all(without(off).handlers != NEW.handlers for off in closed())


@pytest.mark.parametrize("name", TRACES)
def test_without_all_deltas_the_new_kernel_is_the_old_one(name: str) -> None:
    """On every recorded program all deltas off answer and write as legacy_model does."""
    for entry in read_programs(trace(name)):
        lockstep = Lockstep(
            entry.program.jail_max, Comparison(LEGACY, without(ALL)), entry.program.setup
        )
        for call in entry.program.calls:
            assert lockstep.step(call) is None
            assert not lockstep.diverged
            if lockstep.panicked:
                break


def test_without_none_it_is_the_new_one() -> None:
    """The way the edits are loaded changes nothing."""
    lockstep = Lockstep(JAIL_MAX, Comparison(NEW, without(OFF())))
    assert all(lockstep.step(call) is None for call in program(*REUSED).calls)


@pytest.mark.parametrize(("line", "off"), STALE)
def test_what_a_delta_brought(line: str, off: set[str]) -> None:
    """Where one delta decides, the smallest set that makes the step the old one contains it."""
    calls = program(*ZOMBIE_5, line).calls
    agrees = []
    for deltas in closed():
        lockstep = Lockstep(JAIL_MAX, Comparison(LEGACY, without(deltas)))
        if all(lockstep.step(call) is None for call in calls):
            agrees.append(deltas)
    assert agrees[0] == off
    assert all(deltas >= off for deltas in agrees)


# TRUTH


def test_attribution_is_true() -> None:
    """Of the echoes of generated programs no link is false and hardly one is missing."""
    tally = run(seed=41, programs=PROGRAMS)
    report = "\n".join(tally.lines())
    assert tally.counts["links true"] > PROGRAMS, report
    assert tally.share("named") == 1, report
    assert tally.share("true") > 0.98, report
    assert not any(what.endswith(": no") for what in tally.counts), report


def trial(found: Program) -> Trial:
    return Trial(found, list(steps(found)))


def test_the_truth_is_found_without_healing() -> None:
    """A reused jid is told from a refused update by what has to be off."""
    found = trial(
        program(*REUSED, "p1: jail_get(0, jid=999999)", "p1: jail_get(DYING, jid=999999)")
    )
    assert found.alone(6) == {4: OFF({"D1"})}
    assert found.together(6) == set()


def test_a_wrong_link_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """An attribution that names no root for an echo disagrees with the truth."""
    monkeypatch.setattr("tests.truth.causes", lambda *_: {6: ()})
    tally = Tally()
    judge(trial(program(*REUSED, *["p1: jail_get(DYING, jid=999999)"] * 2)), tally)
    assert tally.share("true") == 0
    assert len(tally.disagreements) == 4
