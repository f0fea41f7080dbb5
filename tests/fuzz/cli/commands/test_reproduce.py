from pathlib import Path

import pytest

from tests.command import jaildiff
from tests.house.tools import ROOT

WITNESS = ROOT / "corpus" / "rules" / "dying-jid-reused.jd"


@pytest.mark.parametrize("form", ["sh", "atf", "pytest"])
def test_a_file_or_standard_output(form: str, tmp_path: Path) -> None:
    """Both get the same text, and a file that is to be run can be."""
    shown = jaildiff(tmp_path, "reproduce", WITNESS, "--as", form)
    written = jaildiff(tmp_path, "reproduce", WITNESS, "--as", form, "--out", "it")
    assert (shown.returncode, written.returncode, written.stdout) == (0, 0, "")
    assert (tmp_path / "it").read_text() == shown.stdout
    assert bool((tmp_path / "it").stat().st_mode & 0o111) == (form != "pytest")


def test_whose_answers_are_expected(tmp_path: Path) -> None:
    """--expect names a kernel; one that is not there is a wrong use."""
    old = jaildiff(tmp_path, "reproduce", WITNESS, "--as", "sh", "--expect", "legacy")
    assert "# Expected is what the kernel legacy answers; new does not." in old.stdout
    odd = jaildiff(tmp_path, "reproduce", WITNESS, "--as", "sh", "--expect", "odd")
    assert (odd.returncode, odd.stdout) == (2, "")
    assert "no kernel 'odd'" in odd.stderr


POKED = """jaildiff 1
poke(lastdeadid=1)
p1: fork() = p2
p2: jail_set(CREATE|ATTACH, jid=5)
p1: jail_remove(5)
p1: jail_set(CREATE, jid=5, persist)
"""


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("jaildiff 1\np1: jail_remove(5)\n", "found.jd: the program shows no difference"),
        (
            POKED,
            "found.jd: no script can reproduce this: step 0: no system call does this",
        ),
        ("nothing", "found.jd:1:1: expected 'jaildiff 1'"),
    ],
)
def test_bad_input(text: str, why: str, tmp_path: Path) -> None:
    """The file is named, with the reason, and nothing is written."""
    (tmp_path / "found.jd").write_text(text)
    answer = jaildiff(tmp_path, "reproduce", "found.jd", "--as", "sh", "--out", "it")
    assert answer.returncode == 2
    assert why in answer.stderr
    assert not (tmp_path / "it").exists()


def test_no_op_language() -> None:
    """A recording is no finding."""
    answer = jaildiff(ROOT, "reproduce", "corpus/traces/cases.jsonl.zst", "--as", "sh")
    assert answer.returncode == 2
    assert "expected a program in the op language (.jd)" in answer.stderr
