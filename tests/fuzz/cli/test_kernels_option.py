import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from jaildiff.cli.main import cli
from jaildiff.support.errors import InputError
from tests.programs import CORPUS

FIX = "new+N3-failed-create-corrected"
KNOWN_BUG = CORPUS / "rules" / "failed-create-renumbers.jd"


def invoke(*args: object) -> Result:
    return CliRunner().invoke(cli, [*map(str, args)], standalone_mode=False, catch_exceptions=False)


@pytest.mark.parametrize(
    "args",
    [
        ("run", KNOWN_BUG),
        ("minimize", KNOWN_BUG),
        ("fuzz", "--runs", 1),
        ("explore", "tiny", "--depth", 1),
        ("campaign", "c", "--runs", 1),
        ("merge", "out", CORPUS / "rules"),
        ("bench", "--time", 1),
        ("selftest",),
        ("triage",),
        ("rules", "list"),
    ],
    ids=lambda args: args[0],
)
def test_an_unknown_kernel(
    args: tuple[object, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every command that compares takes --kernels, and refuses what is no kernel."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"no kernel 'nev' \(did you mean 'new'\?\)"):
        invoke(*args, "--kernels", "legacy,nev")


def test_run_another_comparison() -> None:
    """Both kernels are named above the answers; what is written is of two others."""
    answer = invoke("run", KNOWN_BUG, "--kernels", f"legacy,{FIX}")
    assert f"kernel{FIX}" in "".join(answer.stdout.split())
    assert answer.return_value == 0


def test_run_without_a_rulebook() -> None:
    """What differs is unexplained, and fails the run."""
    answer = invoke("run", KNOWN_BUG, "--kernels", f"new,{FIX}", "--json")
    (found,) = json.loads(answer.stdout)["divergences"]
    assert (found["verdict"], found["rule"]) == ("unexplained", None)
    assert answer.return_value == 1


def test_a_program_names_its_kernels(tmp_path: Path) -> None:
    """Its answers are held for these two, and left alone for any other two."""
    text = KNOWN_BUG.read_text(encoding="utf-8")
    own = tmp_path / "own.jd"
    own.write_text(text.replace("jaildiff 1\n", f"jaildiff 1\nkernels new {FIX}\n"))
    assert invoke("run", own).return_value == 1  # It was written for legacy and new.
    assert invoke("run", "--rewrite", own, "--fail-on", "bug").return_value == 1
    assert f"kernels new {FIX}" in own.read_text(encoding="utf-8")
    assert "root unexplained -" in own.read_text(encoding="utf-8")
    assert invoke("run", own, "--kernels", "legacy,new").return_value == 0


def test_findings_of_another_comparison_are_refused(tmp_path: Path) -> None:
    """Both comparisons are named."""
    out = tmp_path / "f"
    invoke("fuzz", "--runs", 30, "--seed", 1, "--corpus", KNOWN_BUG, "--out", out)
    for command in ("report", "triage"):
        with pytest.raises(InputError, match=r"expected findings of new,new.*of legacy,new"):
            invoke(command, out, "--kernels", "new,new")


def test_a_baseline_of_another_comparison_is_refused(tmp_path: Path) -> None:
    """Both comparisons are named."""
    own = tmp_path / "own.toml"
    own.write_text('kernels = "new,new"\n')
    with pytest.raises(
        InputError, match=r"expected a baseline of legacy,new, found one of new,new"
    ):
        invoke("run", KNOWN_BUG, "--baseline", own)
    assert invoke("run", KNOWN_BUG, "--baseline", own, "--kernels", "new,new").return_value == 0


def test_a_campaign_keeps_its_kernels(tmp_path: Path) -> None:
    """A campaign goes on with the kernels that it was begun with."""
    args = ("campaign", tmp_path / "c", "--runs", 256, "--workers", 1, "--seed", 1)
    invoke(*args, "--kernels", "new,new")
    with pytest.raises(InputError, match="expected the kernels of this campaign, new,new"):
        invoke(*args)


def test_kernels() -> None:
    """Every kernel with what it is, and the comparisons that can be judged."""
    told = json.loads(invoke("kernels", "--json").stdout)
    assert {"legacy", "new"} <= {kernel["name"] for kernel in told["kernels"]}
    assert "legacy,new" in told["judged"]
    assert "legacy,new" in invoke("kernels").stdout


def test_rules_of_a_comparison_without_a_rulebook() -> None:
    """The comparisons that have one are named."""
    answer = CliRunner().invoke(cli, ["rules", "list", "--kernels", "new,new"])
    assert answer.exit_code == 2
    assert "new,new has no rulebook; there is one for: legacy,new" in answer.output


def test_conform_any_kernel() -> None:
    """An edited kernel is held against the answers of another one by its key."""
    args = ("--key", "new", CORPUS / "traces" / "cases.jsonl.zst")
    assert invoke("conform", "--kernel", FIX, *args).return_value == 1
    assert invoke("conform", "--kernel", "new", KNOWN_BUG).return_value == 0
