"""Reproducers, run: what they expect is checked, and not hoped."""

import subprocess
from pathlib import Path

import pytest

from jaildiff.differ.comparison import LANDED
from jaildiff.findings.baseline import load
from jaildiff.findings.reproduce.forms.as_atf import identifier, kyuafile
from jaildiff.findings.reproduce.reproducer import Form, reproducer
from jaildiff.findings.reproduce.telling import tell_program
from jaildiff.kernels.registry import KERNELS, Model
from jaildiff.programs.op_language import Script
from jaildiff.support.errors import InputError
from tests.debian import needs
from tests.in_sandbox import sandboxed
from tests.programs import CORPUS, corpus_script

pytest_plugins = ["pytester"]

BASELINE = load(None, LANDED)
NO_FAILURE = "Test case was expecting a failure but none were raised"
CHECK = ("shellcheck", "--shell=sh")
# Witnesses that no script can reproduce, and why.
INEXPRESSIBLE = {
    "deprecated-flag-warned": "scripts are made of calls",
    "failed-create-uses-jid": "alike",
    "false-no-jid-left": "poke",
    "fork-survives-removal": "fork_begin",
    "garbled-name-panic": "which kernel is right",
}
RULES = sorted((CORPUS / "rules").glob("*.jd"))
EXPRESSIBLE = [path for path in RULES if path.stem not in INEXPRESSIBLE]
SCENARIOS = sorted(
    path
    for number in ("10b", "12", "48b", "49a", "57a")
    for path in (CORPUS / "scenarios").glob(f"s{number}-*.jd")
)

each = pytest.mark.parametrize("path", EXPRESSIBLE, ids=lambda path: path.stem)


def kernels_of(script: Script) -> tuple[Model, Model]:
    """The kernel that is right, and the other."""
    told = tell_program(script, LANDED, BASELINE, None)
    return told.wanted, told.other


def written(folder: Path, script: Script, form: Form) -> Path:
    """A reproducer in a file of its own."""
    path = folder / f"{identifier(script.id)}_test"
    path.write_text(reproducer(script, LANDED, BASELINE, form), encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("path", EXPRESSIBLE[::4] + SCENARIOS, ids=lambda path: path.stem)
def test_a_script_tells_the_kernels_apart(path: Path, tmp_path: Path) -> None:
    """On the kernel that is right a script ends with 0, on the other one with 1."""
    found = corpus_script(path)
    script = written(tmp_path, found, Form.SH)
    right, other = kernels_of(found)
    for model, code, last in (
        (right, 0, "This kernel answers as expected."),
        (other, 1, "This kernel answers differently."),
    ):
        answer = sandboxed(tmp_path, model, "/bin/sh", script)
        assert (answer.status, answer.err) == (code, ""), answer.out
        assert answer.out.splitlines()[-1] == last


def test_a_script_names_the_command_that_answers_otherwise(tmp_path: Path) -> None:
    """A step may need several commands, so the step does not say what was tried."""
    found = corpus_script(CORPUS / "rules" / "failed-create-renumbers.jd")
    answer = sandboxed(tmp_path, kernels_of(found)[1], "sh", written(tmp_path, found, Form.SH))
    step, command, expected, what, _ = answer.out.splitlines()[-5:]
    assert step == "step 3: p1: jail_set(CREATE, jid=5, persist, nonsense)"
    assert command == "    command: jls -d -j 5 jid dying"
    assert (expected, what) == ("    expected: success", "    found: jls: jail 5 not found")


def test_scripts_can_be_run_one_after_the_other(tmp_path: Path) -> None:
    """Though the kernel goes on counting the jids of dying jails."""
    found = corpus_script(CORPUS / "rules" / "resurrected-with-stale-parameters.jd")
    script = written(tmp_path, found, Form.SH)
    assert "count_dead" in script.read_text(encoding="utf-8")
    answer = sandboxed(tmp_path, LANDED.new, "sh", "-c", f"sh {script} && sh {script}")
    assert answer.out.count("This kernel answers as expected.") == 2


def kyua(folder: Path, model: Model, test: Path) -> str:
    """What kyua says of a test on a kernel."""
    (folder / "Kyuafile").write_text(kyuafile((test.name,)))
    answer = sandboxed(folder, model, "kyua", "test")
    (line,) = [row for row in answer.out.splitlines() if row.startswith(f"{test.name}:")]
    return line.partition("  ->  ")[2].rpartition("  [")[0]


@each
def test_kyua_tells_the_kernels_apart(path: Path, tmp_path: Path) -> None:
    """A right kernel passes an ATF test, the other one fails as expected.

    A kernel with only that mistake corrected counts as the release that has it, so kyua tells that
    the failure which was expected did not come.
    """
    needs("kyua", "atf-sh")
    found = corpus_script(path)
    test = written(tmp_path, found, Form.ATF)
    right, other = kernels_of(found)
    passed = "passed" if right.name in KERNELS else f"failed: {NO_FAILURE}"
    assert kyua(tmp_path, right, test) == passed
    assert kyua(tmp_path, other, test).startswith("expected_failure: ")


@pytest.mark.parametrize("form", [Form.SH, Form.ATF])
@each
def test_scripts_are_clean(path: Path, form: Form, tmp_path: Path) -> None:
    """shellcheck has nothing to say."""
    needs("shellcheck")
    script = written(tmp_path, corpus_script(path), form)
    answer = subprocess.run([*CHECK, script], capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stdout) == (0, "")


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_a_pytest_test_tells_the_kernels_apart(path: Path, pytester: pytest.Pytester) -> None:
    """Any finding is a test in Python: the right kernel passes, the other one fails as expected."""
    found = corpus_script(path)
    if "which kernel is right" in INEXPRESSIBLE.get(path.stem, ""):
        with pytest.raises(InputError, match="--expect"):
            reproducer(found, LANDED, BASELINE, Form.PYTEST)
        return
    text = reproducer(found, LANDED, BASELINE, Form.PYTEST)
    (pytester.path / "test_found.py").write_text(text, encoding="utf-8")
    pytester.runpytest("--strict-markers").assert_outcomes(passed=1, xfailed=1)


@pytest.mark.parametrize("name", INEXPRESSIBLE)
def test_what_no_script_can_do_is_said(name: str) -> None:
    """It is refused, with the step and the reason, or with what is alike."""
    found = corpus_script(CORPUS / "rules" / f"{name}.jd")
    with pytest.raises(InputError, match=INEXPRESSIBLE[name]):
        reproducer(found, LANDED, BASELINE, Form.SH)
