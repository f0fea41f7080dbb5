import json
import os
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from jail_kernel.call import (
    JAIL_ATTACH,
    JAIL_CREATE,
    JAIL_DYING,
    JAIL_UPDATE,
    Call,
    Drop,
    Exit,
    Fork,
    Hold,
    JailRemove,
    JailSet,
    Result,
)
from jail_kernel.freeze import freeze, thaw
from jail_kernel.kernel import Kernel
from jail_kernel.proc import OK
from jaildiff.cli.exit_codes import FOUND, INTERRUPTED
from jaildiff.cli.main import cli
from jaildiff.differ.annotate import check
from jaildiff.differ.comparison import LANDED, Named, comparison
from jaildiff.differ.diff import diff
from jaildiff.differ.steps.lockstep import Lockstep
from jaildiff.differ.verdict.rule import Verdict
from jaildiff.findings import baseline as baselines
from jaildiff.findings.finding import Finding, findings_of
from jaildiff.kernels.registry import LEGACY, NEW, PROPOSALS
from jaildiff.programs.commands.command import Op
from jaildiff.programs.loading import read_programs
from jaildiff.programs.program import Program
from jaildiff.search.exhaustive.explore import Explorer
from jaildiff.search.exhaustive.states import STOPPED, States, has_written
from jaildiff.search.exhaustive.universe import DESCRIPTOR, SMALL, TINY, WIDE, Universe, all_calls

BASELINE = baselines.load(None, LANDED)
BARE = replace(TINY, name="bare", holders=())  # what dies is held by killed processes only


@cache
def explored(universe: Universe, depth: int | None) -> Explorer:
    """A finished search."""
    explorer = Explorer(universe, BASELINE, LANDED)
    for _ in explorer.run(depth):
        pass
    return explorer


def judged(calls: tuple[Op, ...], jail_max: int) -> dict[str, Finding]:
    """What the differ finds in a program, by fingerprint."""
    program = Program("x", calls, jail_max)
    return {f.fingerprint: f for f in findings_of(program, BASELINE, diff(program, LANDED))}


def walk(universe: Universe, rng: Random, length: int) -> tuple[Lockstep, list[Call]]:
    """A program of random calls that do something, and where it has led."""
    lockstep = Lockstep(universe.jail_max, LANDED)
    program: list[Call] = []
    kinds: dict[type, list[Call]] = {}
    for call in all_calls(universe):
        kinds.setdefault(type(call), []).append(call)
    for _ in range(40 * length):
        call = rng.choice(rng.choice(list(kinds.values())))
        step = lockstep.step(call)
        if step is not None or lockstep.old.before or lockstep.new.before:
            program.append(call)
        if lockstep.panicked or len(program) == length:
            break
    return lockstep, program


# THE SEARCH


def test_a_small_enough_universe_closes() -> None:
    """A search ends by itself when every pair has been met, and everything in it is explained."""
    explorer = explored(BARE, None)
    assert explorer.closed
    assert explorer.unexplained == 0
    assert sum(level.states for level in explorer.levels) == len(explorer.known) == 752
    rules = {f.rule for f in explorer.findings.values() if f.kind == "root"}
    assert rules >= {"dying-jid-reused", "failed-create-renumbers", "resurrection-withdrawn"}


def test_a_depth_is_kept() -> None:
    """A search to a depth tries all programs of so many calls, and does not claim more."""
    explorer = explored(SMALL, 2)
    assert not explorer.closed
    assert [(level.depth, level.states) for level in explorer.levels] == [(0, 1), (1, 31)]
    assert [level.transitions for level in explorer.levels] == [820, 31 * 820]


def test_witnesses_replay_and_are_shortest() -> None:
    """Each class has a witness that shows it, at its end, and none of an earlier level does."""
    explorer = explored(BARE, None)
    assert explorer.unconfirmed == 0
    lengths = [len(program.calls) for program in explorer.witnesses.values()]
    assert lengths == sorted(lengths)
    for fingerprint, program in explorer.witnesses.items():
        assert fingerprint in judged(program.calls, program.jail_max)
        assert fingerprint not in judged(program.calls[:-1], program.jail_max)


def test_random_programs_find_nothing_else() -> None:
    """Every class that a random program of the universe shows is among those of the search."""
    known = explored(BARE, None).findings
    found: dict[str, Finding] = {}
    for seed in range(400):
        _, program = walk(BARE, Random(seed), 14)
        found |= judged(tuple(program), BARE.jail_max)
    assert len(found) >= 5
    assert found.keys() <= known.keys()


def test_a_plain_search_finds_the_same() -> None:
    """Without tables, symmetries and scars, the programs of up to 5 calls show just the same."""
    found: dict[str, Finding] = {}
    programs: list[tuple[Call, ...]] = [()]
    for _ in range(5):
        longer: dict[object, tuple[Call, ...]] = {}
        for program in programs:
            for call in all_calls(TINY):
                tried = (*program, call)
                lockstep = Lockstep(TINY.jail_max, LANDED)
                step = [lockstep.step(each) for each in tried][-1]
                pair = freeze(lockstep.old), freeze(lockstep.new)
                fresh = not lockstep.panicked and longer.setdefault(pair, tried) is tried
                if step is not None or fresh:
                    found |= judged(tried, TINY.jail_max)
        programs = list(longer.values())
    assert found.keys() == explored(TINY, 5).findings.keys()


def test_a_fault_is_found_with_its_shortest_witness(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new kernel in which the last holder keeps the jail's reference: three calls show it."""

    def leaky(k: Kernel, call: Drop) -> Result:
        cred = k.resources.get(call.res)
        if cred is None:
            return LEGACY.handlers[Drop](k, call)
        k.set_resource(call.res, None)
        k.lock(cred)
        cred.ref -= 1
        return OK

    assert isinstance(NEW.handlers, dict)
    monkeypatch.setitem(NEW.handlers, Drop, leaky)
    explorer = Explorer(TINY, BASELINE, LANDED)
    for _ in explorer.run(3):
        pass
    found = [f for f in explorer.findings.values() if f.rule == "refs-accounted"]
    assert [(f.side, f.kind) for f in found] == [("new", "violation")]
    # The holder must be the last one, so its process has to leave in between.
    hold, leave, drop = explorer.witnesses[found[0].fingerprint].calls
    assert (hold, drop) == (Hold(1, "r"), Drop("r"))
    assert isinstance(leave, Exit | JailSet)
    assert explorer.unexplained == 1  # The root: no rule knows of such a step.


def test_a_panic_that_only_an_experiment_meets_is_no_root() -> None:
    """The old kernel would panic in a state that only the new kernel has reached."""
    flags = JAIL_CREATE | JAIL_UPDATE | JAIL_ATTACH | JAIL_DYING
    program = (
        JailSet(1, JAIL_CREATE, (("name", "a"), ("persist", True))),
        JailSet(1, JAIL_CREATE, (("name", "a.b"), ("persist", True))),
        Fork(1, 2),
        JailSet(1, JAIL_UPDATE | JAIL_ATTACH, (("jid", 2), ("name", "b"))),
        JailRemove(2, 2),
        JailSet(2, flags, (("jid", 2), ("name", "a"))),
    )
    lockstep = Lockstep(SMALL.jail_max, LANDED)
    for call in program:
        lockstep.step(call)
    explorer = Explorer(SMALL, BASELINE, LANDED)
    old, new = map(explorer.states.number, (lockstep.old, lockstep.new))
    explorer.meet(old, new, (), 0, 0)
    experiments = explorer.states.row(explorer.new[-1]).shape.experiments.values()
    results = explorer.states.answers.results
    assert any(results[found.old].panicked for found in experiments)
    explorer.expand(len(explorer.new) - 1)
    assert explorer.verdicts
    assert not any(root.old.panicked or root.new.panicked for root in explorer.verdicts)


# STATES AND SYMMETRY


@cache
def states(universe: Universe) -> States:
    return States(universe, LANDED)


@settings(max_examples=60)
@given(st.sampled_from([SMALL, WIDE]), st.integers(0, 10_000), st.data())
def test_renamed_pairs_have_one_canonical_form(
    universe: Universe, seed: int, data: st.DataObject
) -> None:
    """Whatever processes, holders and names are called, the pair is the same."""
    explorer = explored(universe, 1)
    lockstep, _ = walk(universe, Random(seed), 6)
    old, new = freeze(lockstep.old), freeze(lockstep.new)
    renaming = data.draw(st.sampled_from(explorer.group.renamings))
    number = explorer.states.number
    one = explorer.canonical(number(lockstep.old), number(lockstep.new), ())
    twins = [thaw(renaming.frozen(frozen)) for frozen in (old, new)]
    other = explorer.canonical(number(twins[0]), number(twins[1]), ())
    assert one[:3] == other[:3]
    # The canonical form is the pair itself, renamed.
    made = explorer.group.renamings[one[3]]
    assert explorer.states.frozen(one[0]) == made.frozen(old)
    assert explorer.states.frozen(one[1]) == made.frozen(new)


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.data())
def test_renamed_programs_lead_to_renamed_states(seed: int, data: st.DataObject) -> None:
    """To rename the calls is to rename kernels and answers: what the search rests on."""
    renaming = data.draw(st.sampled_from(explored(WIDE, 1).group.renamings))
    _, program = walk(WIDE, Random(seed), 8)
    for model in (LEGACY, NEW):
        k = Kernel(WIDE.jail_max)
        twin = thaw(renaming.frozen(freeze(k)))
        for call in program:
            result = model.step(k, call)
            assert model.step(twin, renaming.call(call)) == renaming.answer(call, result)
            if result.panicked:
                break
            assert freeze(twin) == renaming.frozen(freeze(k))


@settings(max_examples=15)
@given(st.integers(0, 10_000))
def test_a_row_found_by_renaming_is_the_row_found_by_stepping(seed: int) -> None:
    """What every op does from a renamed state needs no kernel to be known."""
    table = states(TINY)
    lockstep, _ = walk(TINY, Random(seed), 8)
    number = table.number(lockstep.new)
    twin = table.rename(1, number)
    row, stepped = table.row(twin), table.step_all(twin)
    assert row.shape.answers == stepped.shape.answers
    for op in table.ops:
        assert [row.after(side, op) for side in (0, 1)] == [
            stepped.after(side, op) for side in (0, 1)
        ]
    assert row.shape.active == stepped.shape.active
    verdicts = [
        {op: (x.old, x.new, x.traces, x.verdict) for op, x in each.shape.experiments.items()}
        for each in (row, stepped)
    ]
    assert verdicts[0] == verdicts[1]


def test_an_op_that_wrote_nothing_left_the_state_as_it_was() -> None:
    """Objects that are locked and not changed make no new state, so they need not be frozen."""
    locked = written = 0
    for seed in range(10):
        lockstep, _ = walk(TINY, Random(seed), 8)
        k = thaw(freeze(lockstep.new))
        before = freeze(k)
        for call in all_calls(TINY):
            if not NEW.step(k, call).panicked:
                changed = has_written(k)
                assert changed or freeze(k) == before
                written += changed
                locked += bool(k.before) and not changed
            k.rollback()
    assert locked
    assert written


def test_a_withdrawn_resurrection_is_judged_by_what_is_beside_it() -> None:
    """Only an alive jail under its jid on the other side can change the verdict."""
    explorer = explored(TINY, 5)
    table = explorer.states
    beside = {True: 0, False: 0}
    for old, new in sorted(set(zip(explorer.old, explorer.new, strict=True))):
        for op, own in table.row(old).shape.experiments.items():
            after = table.row(new).after(1, op)
            if own.withdrawn and after != STOPPED:
                judged = table.judge(thaw(table.frozen(old)), table.calls[op], table.kernel(after))
                assert judged is not None
                assert table.judge_beside(old, op, after) == judged[0]
                beside[judged[0] != own.verdict] += 1
    assert all(beside.values())


@settings(max_examples=40)
@given(st.sampled_from([TINY, WIDE]), st.integers(0, 10_000))
def test_what_differs_is_what_the_lockstep_says(universe: Universe, seed: int) -> None:
    """Differences of a pair do not depend on the way there."""
    lockstep, _ = walk(universe, Random(seed), 10)
    explorer = explored(universe, 1)
    pair = tuple(explorer.states.number(k) for k in (lockstep.old, lockstep.new))
    now = {(key, what) for key, found in lockstep.differences.now.items() for what in found}
    if not lockstep.panicked:
        assert explorer.apart.differing((pair[0], pair[1])) == now


# THE COMMAND


@pytest.mark.parametrize("design", [*PROPOSALS])
def test_designs_can_be_explored(design: str) -> None:
    """What differs inside and is seen by nobody is no root, and nothing is left to explain but what
    has no answer.
    """
    compared = comparison(Named("legacy", design))
    explorer = Explorer(TINY, baselines.load(None, compared), compared)
    for _ in explorer.run(4):
        pass
    rules = {found.rule for found in explorer.all_findings() if found.verdict == "unexplained"}
    assert rules <= {"undefined-by-this-design"}
    assert explorer.findings


def run(*arguments: str) -> tuple[Any, str]:
    """What the command returns and prints."""
    result = CliRunner().invoke(cli, ["explore", *arguments], standalone_mode=False)
    assert result.exception is None, result.exception
    return result.return_value, result.stdout


def test_json() -> None:
    """The numbers of a search, for machines."""
    code, text = run("tiny", "--depth", "5", "--json")
    summary = json.loads(text)
    assert code == 0
    assert summary["universe"]["name"] == "tiny"
    assert (summary["depth"], summary["closed"], summary["unexplained"]) == (5, False, 0)
    assert summary["states"] == sum(level["states"] for level in summary["levels"])
    assert summary["transitions"] == summary["states"] * summary["universe"]["calls"]
    assert summary["classes"] == len(summary["findings"]) > 10
    assert summary["transitions_per_s"] > 0
    assert summary["bytes_per_pair"] >= 0
    assert all(finding["count"] > 0 for finding in summary["findings"])


def test_what_people_see() -> None:
    """A line for each depth, what is in the universe, and what has been covered."""
    code, text = run("tiny", "--depth", "2")
    assert code == 0
    words = " ".join(text.split())
    assert "1 6 558 0" in words
    assert "Universe tiny: JAIL_MAX 2" in words
    assert "Not closed: searched completely up to 2 calls. In no program" in words


def test_export(tmp_path: Path) -> None:
    """Witnesses are programs of the corpus, and come true."""
    code, _ = run("tiny", "--depth", "5", "--out", str(tmp_path / "out"))
    assert code == 0
    files = sorted((tmp_path / "out").glob("*.jd"))
    assert len(files) == len(explored(TINY, 5).findings)
    for file in files:
        (entry,) = read_programs(file)
        assert entry.script is not None
        assert check(entry.script, LANDED) == []


def test_news_fail(tmp_path: Path) -> None:
    """A bug that no baseline knows is a finding."""
    empty = tmp_path / "baseline.toml"
    empty.write_text("")
    code, _ = run("tiny", "--depth", "5", "--baseline", str(empty))
    assert code == FOUND


def test_interrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends a search, and what was found is told."""
    expand = Explorer.expand

    def stop(self: Explorer, node: int) -> None:
        if node == 60:
            raise KeyboardInterrupt
        expand(self, node)

    monkeypatch.setattr(Explorer, "expand", stop)
    code, text = run("tiny", "--json")
    summary = json.loads(text)
    assert code == INTERRUPTED
    assert summary["interrupted"]
    assert not summary["closed"]
    assert summary["depth"] == len(summary["levels"]) > 2


def test_the_same_bytes_every_time(tmp_path: Path) -> None:
    """A search depends on nothing but its universe, not even on the order in sets."""
    seen = []
    for seed in ("1", "2"):
        out = tmp_path / seed
        answer = subprocess.run(
            [
                sys.executable,
                "-m",
                "jaildiff",
                "explore",
                "tiny",
                "--json",
                "--depth=6",
                f"--out={out}",
            ],
            cwd=Path(__file__).parents[4],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        )
        summary = json.loads(answer.stdout)
        for timed in ("seconds", "cpu_seconds", "transitions_per_s", "bytes_per_pair"):
            del summary[timed]
        for level in summary["levels"]:
            del level["seconds"], level["cpu_seconds"]
        seen.append((summary, {file.name: file.read_bytes() for file in out.iterdir()}))
    assert seen[0] == seen[1]


def test_every_verdict_is_one_of_a_rule() -> None:
    """Nothing that tiny shows is unexplained."""
    assert {f.verdict for f in explored(TINY, 5).findings.values()} == {
        str(Verdict.INTENDED),
        str(Verdict.BUG),
    }


def test_a_universe_with_a_descriptor() -> None:
    """Within three calls all is explained, and the mistakes that show so soon are found."""
    compared = comparison(Named("new", "descriptors"))
    explorer = Explorer(DESCRIPTOR, baselines.Baseline([]), compared)
    for _ in explorer.run(3):
        pass
    assert (explorer.unexplained, explorer.unconfirmed, explorer.closed) == (0, 0, False)
    rules = {finding.rule for finding in explorer.all_findings()}
    assert rules >= {
        "attach-by-descriptor-leaks",
        "bad-descriptor-drops-callers-jail",
        "use-by-descriptor-takes-callers-limits",
    }
