import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from jaildiff.cli.main import cli
from jaildiff.differ.comparison import LANDED, Named, comparison
from jaildiff.findings.baseline import parse as parse_baseline
from jaildiff.kernels.fault import Fault, load
from jaildiff.programs.loading import read_programs
from jaildiff.selftest.ground import Ground, all_grounds, ground
from jaildiff.selftest.rule_trial import (
    UNCLAIMED,
    Evidence,
    check_witnesses,
    disagrees,
    gather,
    noticed,
    unclaimed,
)
from jaildiff.selftest.summary import SelfTest, check_gone
from jaildiff.selftest.trial import Trial, run_clean, run_correction, run_fault
from jaildiff.support.errors import InputError
from tests.known import entry_text

ROOT = Path(__file__).parents[3]
CORPUS = ROOT / "corpus"
FAULTS = load()
CORRECTIONS = [fault for fault in FAULTS.values() if fault.gone]
KEYS = {
    "faults",
    "found",
    "kind_right",
    "root_right",
    "median_seconds",
    "false_alarms",
    "clean_ops",
}


GROUNDS = all_grounds()
GROUND = GROUNDS[0]


def run(*args: str) -> Result:
    # Through the whole command line: click keeps with a command which options mean help.
    command = ["selftest", *args, "--corpus", str(CORPUS)]
    return CliRunner().invoke(cli, command, standalone_mode=False, catch_exceptions=False)


def self_test(**changes: object) -> SelfTest:
    test = SelfTest(GROUNDS, CORPUS, seeds=1, seconds=5)
    for name, value in changes.items():
        setattr(test, name, value)
    return test


def found(fault: str = "get-leaks", **changes: object) -> Trial:
    trial = Trial(fault, 1, found=True, kind_right=True, side_right=True, root_right=True)
    for name, value in changes.items():
        setattr(trial, name, value)
    return trial


def test_without_a_fault_nothing_is_found() -> None:
    """Sound models give no news."""
    trial = run_clean(GROUND, 1, 20_000)
    assert not trial.found
    assert trial.ops >= 20_000


def test_what_is_known_is_no_false_alarm() -> None:
    """With an empty baseline the same run does find something."""
    trial = run_clean(Ground(LANDED, parse_baseline("", "x", LANDED)), 1, 20_000)
    assert trial.found


def test_a_hunt_ends_with_its_time() -> None:
    """A fault that is not met is not found, and the hunt says how much it looked at."""
    trial = run_fault(FAULTS["N2-exhaustion-corrected"], GROUND, 1, 0.2)
    assert not trial.found
    assert trial.ops > 0


@pytest.mark.parametrize("fault", CORRECTIONS, ids=lambda fault: fault.id)
def test_a_corrected_kernel_is_silent(fault: Fault) -> None:
    """What the landed patch does wrong is gone, and nothing else appears."""
    witnesses = self_test().witnesses(fault)
    assert run_correction(fault, GROUND, 1, 0.5, witnesses) is None


def test_a_correction_that_corrects_nothing_is_noticed() -> None:
    """What should be gone and is not is named; so is what appears."""
    n1, n3 = FAULTS["N1-presumed-parent-corrected"], FAULTS["N3-failed-create-corrected"]
    witnesses = self_test().witnesses(n3)
    mixed = Fault("x", "x", "x", "new", n1.edits, frozenset(), n3.gone)
    complaint = run_correction(mixed, GROUND, 1, 0.1, witnesses)
    assert complaint == "still there: ['failed-create-renumbers']"
    assert "not shown" in str(run_correction(mixed, GROUND, 1, 0.1, []))
    faulty = FAULTS["attach-takes-two-references"]
    mixed = Fault("x", "x", "x", "new", faulty.edits, frozenset(), n3.gone)
    assert "unexplained in" in str(run_correction(mixed, GROUND, 1, 5, witnesses))


def test_every_fault_has_a_ground() -> None:
    """Faults of the patch are hunted between its kernels, those of the kernel with descriptors in a
    comparison of that with itself; in any other comparison the rules of the patch are no matter.
    """
    test = self_test()
    found = {(f.model, test.ground(f).comparison.name) for f in FAULTS.values()}
    landed = {(model, "legacy,new") for model in ("legacy", "new", "rules")}
    assert found == landed | {("descriptors", "descriptors,descriptors")}
    other = ground(comparison(Named("new", "descriptors")))
    assert {f.model for f in FAULTS.values() if other.has(f)} == {"new", "descriptors"}


def test_there_are_enough_faults_of_descriptors() -> None:
    """At least thirty, and each is in a function of that kernel."""
    ours = [fault for fault in FAULTS.values() if fault.model == "descriptors"]
    assert len(ours) >= 30
    files = {edit.file for fault in ours for edit in fault.edits}
    assert {file.partition("/")[0] for file in files} == {"descriptor_model"}


def test_the_own_mistakes_of_a_kernel_are_no_news() -> None:
    """A kernel that is compared with itself: what it breaks alike on both sides is known, while it
    would be a false alarm to somebody who knows nothing.
    """
    own = GROUNDS[1]
    assert not run_clean(own, 1, 5_000).found
    ignorant = Ground(own.comparison, parse_baseline("", "x", LANDED))
    assert run_clean(ignorant, 1, 5_000).found


@pytest.mark.parametrize(
    "name", ["close-keeps-opener", "fork-does-not-count-files", "meta-key-goes-last"]
)
def test_a_fault_of_descriptors_is_found_and_named(name: str) -> None:
    """Its kind, its side, and the step where it shows first."""
    trial = run_fault(FAULTS[name], GROUNDS[1], 1, 10)
    assert (trial.found, trial.kind_right, trial.side_right, trial.root_right) == (True,) * 4
    assert trial.side == "new"


def test_a_fault_of_the_rules_is_noticed() -> None:
    """By the corpus; sound rules agree with every line of it."""
    known_steps = gather(CORPUS, LANDED, 1, 20)
    assert [one.where for one in known_steps if disagrees(LANDED.rulebook, one)] == []
    assert noticed(FAULTS["rule-nothing-visible"], known_steps) is not None
    assert noticed(FAULTS["rule-panic-of-both"], known_steps) is not None


def test_seeded_roots_are_evidence_against_wide_rules() -> None:
    """A rule that claims what a fault of a model makes is too wide."""
    trial = run_fault(FAULTS["create-updates"], GROUND, 1, 10)
    (one,) = unclaimed([trial, Trial("none", 1)])
    assert (one.where, one.written) == ("fault create-updates", UNCLAIMED)
    assert isinstance(one, Evidence)


def test_a_rule_without_a_witness_is_named(tmp_path: Path) -> None:
    """The self-test does not start without the programs that it tests the rules with."""
    check_witnesses(CORPUS, LANDED.rulebook)
    with pytest.raises(InputError, match=r"rule .*: expected a program here"):
        check_witnesses(tmp_path, LANDED.rulebook)


def test_a_baseline_with_unknown_keys_is_refused(tmp_path: Path) -> None:
    """The file is named, and nothing is run."""
    path = tmp_path / "odd.toml"
    path.write_text(entry_text("refs-accounted", odd="1"))
    with pytest.raises(InputError, match=r"odd\.toml.*expected a known key, found 'odd'"):
        run("--fault", "get-leaks", "--baseline", str(path))


def test_json_has_the_sums(tmp_path: Path) -> None:
    """One fault of each sort: the keys are there, and the exit code is 0."""
    names = ("attach-takes-two-references", "N4-foreign-dying-jail-corrected", "rule-by-jid-only")
    args = [arg for name in names for arg in ("--fault", name)]
    plot = tmp_path / "times.svg"
    answer = run(
        *args, "--seeds", "2", "--time", "1", "--clean-ops", "2000", "--json", "--plot", str(plot)
    )
    sums = json.loads(answer.output)
    assert sums.keys() >= KEYS
    assert (sums["faults"], sums["found"], sums["false_alarms"]) == (3, 3, 0)
    assert (sums["kind_right"], sums["root_right"], sums["passed"]) == (3, 3, True)
    assert (sums["kind_share"], sums["root_share"]) == (1, 1)
    assert answer.return_value == 0
    assert plot.read_text(encoding="utf-8").startswith("<?xml")


def test_the_table_says_what_is_missed() -> None:
    """A fault that is not found fails the self-test and is named."""
    answer = run(
        "--fault", "H10-vnet-jail-never-freed", "--seeds", "1", "--time", "0", "--clean-ops", "0"
    )
    assert answer.return_value == 1
    assert "missed: ['H10-vnet-jail-never-freed']" in answer.output
    assert "FAILED" in answer.output


@pytest.mark.parametrize(
    ("changes", "passed"),
    [
        ({"trials": {"a": [found()]}}, True),
        ({"trials": {"a": [found(), Trial("a", 2)]}}, False),
        ({"trials": {"a": [found(kind_right=False)]}}, False),
        ({"trials": {"a": [found(side_right=False)]}}, False),
        ({"trials": {"a": [found(root_right=False)]}}, False),
        ({"rules": {"r": None}}, False),
        ({"rules": {"r": "a witness"}}, True),
        ({"corrections": {"n": "still there"}}, False),
        ({"corrections": {"n": None}}, True),
        ({"clean": [found()]}, False),
    ],
)
def test_what_passes(changes: dict[str, object], passed: bool) -> None:
    """Everything found and judged right, and no false alarm; nothing less."""
    assert self_test(**changes).passed is passed


def test_most_seeds_decide() -> None:
    """A fault counts as rightly named if it is with most seeds; the shares are of all hunts."""
    right, wrong = found(), found(side_right=False)
    trials = {"a": [right, right, wrong], "b": [right, wrong, wrong], "c": [right, Trial("c", 2)]}
    sums = self_test(trials=trials, corrections={"n": None}, rules={"r": None, "s": "x"}).json()
    assert (sums["faults"], sums["found"]) == (6, 4)
    assert (sums["kind_right"], sums["root_right"]) == (3, 4)
    assert (sums["kind_share"], sums["root_share"]) == (0.5714, 1)


def test_a_fault_of_ones_own_can_be_shown_by_another(tmp_path: Path) -> None:
    """Faults of the rules and of the models may stand in one file of one's own."""
    text = (ROOT / "fuzz/jaildiff/kernels/faults/checks.toml").read_text(encoding="utf-8")
    text += (ROOT / "fuzz/jaildiff/kernels/faults/rules.toml").read_text(encoding="utf-8")
    for id_ in FAULTS:
        text = text.replace(f'"{id_}"', f'"own-{id_}"')
    own = tmp_path / "own.toml"
    own.write_text(text, encoding="utf-8")
    answer = run("--faults", str(own), "--fault", "own-rule-nested-means-any", "--clean-ops", "0")
    assert answer.return_value == 0


def test_an_interrupt_keeps_what_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends the run; the trials that are over are still told."""

    def interrupt(*_: object) -> Trial:
        raise KeyboardInterrupt

    monkeypatch.setattr("jaildiff.selftest.summary.run_clean", interrupt)
    answer = run("--fault", "get-leaks", "--seeds", "1", "--time", "5", "--json")
    assert json.loads(answer.output)["found"] == 1
    assert answer.return_value == 130


def test_scripts_can_be_read() -> None:
    """The corpus that the rules are tested with has programs with verdicts in it."""
    assert any(entry.script for entry in read_programs(CORPUS / "rules"))


def test_corrections_end_rules_that_there_are() -> None:
    """What a correction is said to end is a rule; a slip is answered with the one meant."""
    test = self_test()
    for fault in FAULTS.values():
        check_gone(fault, test.ground(fault).comparison.rulebook)
    odd = replace(CORRECTIONS[0], gone=frozenset({"failed-create-renumber"}))
    message = f"fault {odd.id}: there is no rule .*did you mean 'failed-create-renumbers'"
    with pytest.raises(InputError, match=message) as raised:
        test.run([odd], 0, print)
    assert raised.value.path == odd.where == "fuzz/jaildiff/kernels/faults/corrections.toml"
