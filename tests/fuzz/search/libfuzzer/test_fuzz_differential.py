"""The Atheris target, as a function and as the program that engines start."""

import os
import re
import subprocess
import sys
import traceback
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jaildiff.differ.comparison import LANDED, RULEBOOKS
from jaildiff.differ.verdict.landed import rules
from jaildiff.differ.verdict.rule import Verdict
from jaildiff.differ.verdict.rulebook import NO_RULES
from jaildiff.findings.baseline import Baseline, load
from jaildiff.kernels.invariants import BY_ID as INVARIANTS
from jaildiff.search.libfuzzer.decode import decode

ATHERIS = "needs atheris, which the extra `atheris` installs where there are wheels of it"
pytest.importorskip("atheris", reason=ATHERIS)

import_module(
    "jaildiff.differ.steps.lockstep"
)  # First, so that the tests that follow get it as it is.
target = import_module("jaildiff.search.libfuzzer.fuzz_differential")

ROOT = Path(__file__).parents[4]
CORPUS = sorted((ROOT / "corpus").rglob("*.jd"))
WITNESSES = ROOT / "corpus" / "rules"
TARGET = ROOT / "fuzz" / "jaildiff" / "search" / "libfuzzer" / "fuzz_differential.py"

BUGS = [rule.id for rule in rules.RULES if rule.verdict is Verdict.BUG]
UNKNOWN = Baseline([])


def witness(rule: str) -> bytes:
    return (WITNESSES / f"{rule}.jd").read_bytes()


def raised_in(data: bytes) -> str:
    """The name of the innermost function in which the target raises."""
    with pytest.raises(target.FoundError) as found:
        target.TestOneInput(data)
    return traceback.extract_tb(found.tb)[-1].name


def run(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Start the target as an engine does: by its absolute path, from anywhere."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [TARGET, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_the_corpus_shows_nothing_new(path: Path) -> None:
    """Every program of the corpus, known mistakes included, passes."""
    target.TestOneInput(path.read_bytes())


@given(st.binary(max_size=300))
def test_any_bytes_pass(data: bytes) -> None:
    """No byte string is malformed, and none shows what is not known."""
    target.TestOneInput(data)


@pytest.mark.parametrize("rule", BUGS)
def test_a_bug_is_named_by_its_rule(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug that is not in the baseline is raised in a function that is named after its rule."""
    monkeypatch.setattr(target, "BASELINE", UNKNOWN)
    assert raised_in(witness(rule)) == rule.replace("-", "_")


def test_what_no_rule_claims_is_named_by_its_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """A root that no rule explains is raised in a function named after call and surface."""
    monkeypatch.setitem(RULEBOOKS, LANDED.judged_as, NO_RULES)
    assert raised_in(witness("dying-jid-reused")) == "unexplained_JailSet_errno"


def test_a_broken_invariant_is_named_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown violation is raised in a function named after invariant and kernel."""
    entries = [entry for entry in load(None, LANDED).entries if entry.rule not in INVARIANTS]
    monkeypatch.setattr(target, "BASELINE", Baseline(entries))
    assert raised_in(witness("nested-rename-loses-parent")) == "names_extend_parents_new"


def test_names_are_letters_and_underscores() -> None:
    """No digits: tools that compare names take them for addresses and drop them."""
    with pytest.raises(target.FoundError) as found:
        target.stop("d1: rule-with 2 digits", "why", decode(b""))
    assert re.fullmatch("[A-Za-z_]+", traceback.extract_tb(found.tb)[-1].name)


def test_the_program_is_in_the_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever sees the exception can paste the program, and sees it again."""
    monkeypatch.setattr(target, "BASELINE", UNKNOWN)
    with pytest.raises(target.FoundError) as found:
        target.TestOneInput(witness("failed-create-renumbers"))
    text = str(found.value)
    assert raised_in(text[text.index("jaildiff 1") :].encode()) == "failed_create_renumbers"


def test_the_target_is_a_program() -> None:
    """Engines execute the file itself."""
    assert TARGET.read_text().startswith("#!/usr/bin/env python3\n")
    assert os.access(TARGET, os.X_OK)


def test_the_target_runs(tmp_path: Path) -> None:
    """A run over seeds succeeds and keeps what is new in the first folder."""
    grown = tmp_path / "grown"
    grown.mkdir()
    ended = run(tmp_path, "-runs=300", "-seed=1", grown, WITNESSES)
    assert ended.returncode == 0, ended.stderr
    assert list(grown.iterdir())


def test_the_target_merges(tmp_path: Path) -> None:
    """-merge=1, for which the engine starts the file once more, keeps the seeds."""
    merged = tmp_path / "merged"
    merged.mkdir()
    ended = run(tmp_path, "-merge=1", merged, WITNESSES)
    assert ended.returncode == 0, ended.stderr
    assert len(list(merged.iterdir())) > len(list(WITNESSES.glob("*.jd"))) / 2
