import pytest

from jail_kernel.call import Call
from jaildiff.differ.comparison import LANDED
from jaildiff.differ.diff import diff
from jaildiff.programs.program import Program
from jaildiff.search.bench.crowds import (
    CROWDS,
    DEPTH,
    HOLDERS,
    JAILS,
    PROCESSES,
    Crowd,
    Garbled,
    restart,
)


@pytest.mark.parametrize("jails", JAILS[:2])
def test_a_crowd_is_as_large_as_it_says(jails: int) -> None:
    """So many jails live in either kernel, some nested, some with a process, before and after."""
    crowd = Crowd(jails, LANDED)
    for _ in range(3):
        for k in (crowd.lockstep.old, crowd.lockstep.new):
            assert len(k.allprison) == jails
            assert sum(pr.parent is not k.prison0 for pr in k.allprison) == 3 * jails // 10
            assert sum(bool(pr.procs) for pr in k.allprison) == 2 * jails // 10
        assert crowd.mix() > 0


def test_the_mix_needs_experiments() -> None:
    """The mixed ops make the kernels diverge, and end with nothing that differs."""
    crowd = Crowd(JAILS[0], LANDED)
    crowd.mix()
    assert crowd.lockstep.diverged
    assert crowd.lockstep.differences.now == {}


@pytest.mark.parametrize("name", [name for name in CROWDS if f"{JAILS[-1]} jails" not in name])
def test_no_op_of_a_mix_is_refused_by_both(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each op works in at least one kernel, and a second round does as much."""
    refused: list[Call] = []
    call = Crowd.call

    def watched(crowd: Crowd, each: Call) -> int:
        answer = call(crowd, each)
        if all(result.errno for result in crowd.lockstep.answers):
            refused.append(each)
        return answer

    crowd = CROWDS[name](LANDED)
    monkeypatch.setattr(Crowd, "call", watched)
    assert crowd.mix() == crowd.mix()
    assert refused == []


def test_what_the_other_crowds_are() -> None:
    """So many processes are in one jail, so many holders keep it, so deep are jails nested."""
    new = CROWDS[f"{PROCESSES} processes in a jail"](LANDED).lockstep.new
    assert len(new.prid[1].procs) > PROCESSES
    assert len(CROWDS[f"{HOLDERS} holders of a jail"](LANDED).lockstep.new.resources) == HOLDERS
    names = [pr.name for pr in CROWDS[f"{DEPTH} deep"](LANDED).lockstep.new.allprison]
    assert max(name.count(".") for name in names) == DEPTH - 1


def test_a_garbled_name_stays_garbled() -> None:
    """It is in both kernels, before and after a round."""
    crowd = Garbled(JAILS[0], LANDED)
    for _ in range(2):
        for k in (crowd.lockstep.old, crowd.lockstep.new):
            assert [pr.name for pr in k.garbled] == ["g.b.c"]
        crowd.mix()


def test_invariants_are_looked_at_in_a_crowd() -> None:
    """After each op they are known to hold, but for those of a garbled name."""
    crowd, garbled = Crowd(JAILS[0], LANDED), Garbled(JAILS[0], LANDED)
    crowd.mix()
    assert crowd.walk.sound
    assert not garbled.walk.every_op


def test_a_restart_has_a_root_and_echoes() -> None:
    """The kernels differ in each restart, and are alike after it."""
    calls = (*restart(2), *restart(3))
    found = diff(Program("two", calls), LANDED).divergences
    assert [(d.step, d.kind) for d in found if d.kind == "root"] == [(4, "root"), (12, "root")]
    assert {d.step for d in found if d.kind == "echo"} == {5, 6, 7, 13, 14, 15}
