"""Reproducers, run: what they expect is checked, and not hoped."""

import subprocess
from pathlib import Path

import pytest

from fuzz.differ.comparison import LANDED
from fuzz.findings.baseline import load
from fuzz.findings.reproduce.forms.as_atf import INTERPRETER, identifier, kyuafile
from fuzz.findings.reproduce.reproducer import Form, reproducer
from fuzz.findings.reproduce.telling import tell_program
from fuzz.kernels.registry import Model
from fuzz.programs.op_language import Script
from fuzz.support.errors import InputError
from tests.debian import needs
from tests.programs import CORPUS, corpus_script
from tests.standins import standins

pytest_plugins = ["pytester"]

BASELINE = load(None, LANDED)
CHECK = ("shellcheck", "--shell=sh")
# Witnesses that no script can reproduce, and why.
INEXPRESSIBLE = {
    "deprecated-flag-warned": "no system call does this",
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
    text = reproducer(script, LANDED, BASELINE, form)
    path.write_text(text.replace(INTERPRETER, "/usr/bin/atf-sh", 1), encoding="utf-8")
    path.chmod(0o755)
    return path


@each
def test_a_script_tells_the_kernels_apart(path: Path, tmp_path: Path) -> None:
    """On the kernel that is right a script ends with 0, on the other one with 1."""
    found = corpus_script(path)
    script = written(tmp_path, found, Form.SH)
    right, other = kernels_of(found)
    for number, (model, code, last) in enumerate(
        (
            (right, 0, "This kernel answers as expected."),
            (other, 1, "This kernel answers otherwise."),
        )
    ):
        with standins(tmp_path / str(number), model) as env:
            answer = subprocess.run(
                ["/bin/sh", script], env=env, capture_output=True, text=True, check=False
            )
        assert (answer.returncode, answer.stderr) == (code, ""), answer.stdout
        assert answer.stdout.splitlines()[-1] == last


def kyua(folder: Path, model: Model, test: Path, *settings: str) -> str:
    """What kyua says of a test on a kernel: passed, failed, expected_failure, skipped."""
    (folder / "Kyuafile").write_text(kyuafile((test.name,)))
    with standins(folder / f"{model.name}{len(settings)}", model) as env:
        answer = subprocess.run(
            ["/usr/bin/kyua", *settings, "test"],
            cwd=folder,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
    (line,) = [row for row in answer.stdout.splitlines() if row.startswith(f"{test.name}:")]
    return line.partition("  ->  ")[2].partition("  [")[0].partition(":")[0]


@each
def test_kyua_tells_the_kernels_apart(path: Path, tmp_path: Path) -> None:
    """A right kernel passes an ATF test, the other one fails as expected."""
    needs("kyua", "atf-sh")
    found = corpus_script(path)
    test = written(tmp_path, found, Form.ATF)
    right, other = kernels_of(found)
    assert kyua(tmp_path, right, test) == "passed"
    assert kyua(tmp_path, other, test) == "expected_failure"


def test_a_mended_kernel_is_noticed(tmp_path: Path) -> None:
    """Once a kernel that is expected to fail does not, the test fails, so that somebody looks."""
    needs("kyua", "atf-sh")
    path = CORPUS / "rules" / "nested-update-refused.jd"
    test = written(tmp_path, corpus_script(path), Form.ATF)
    test.write_text(test.read_text().replace("-ge 1500000", "-ge 1400000"))
    assert kyua(tmp_path, LANDED.old, test) == "failed"


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


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_scenarios(path: Path, tmp_path: Path) -> None:
    """Long stories, too: one that a script can tell ends as it should on both kernels."""
    found = corpus_script(path)
    script = written(tmp_path, found, Form.SH)
    codes: list[int] = []
    for model in kernels_of(found):
        with standins(tmp_path / str(len(codes)), model) as env:
            answer = subprocess.run(
                ["/bin/sh", script], env=env, capture_output=True, text=True, check=False
            )
            codes.append(answer.returncode)
    assert codes == [0, 1]
