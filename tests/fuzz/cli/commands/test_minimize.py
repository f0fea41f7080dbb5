from pathlib import Path

import pytest

from tests.command import jaildiff
from tests.house.tools import ROOT

KNOWN = ROOT / "corpus" / "rules" / "failed-create-renumbers.jd"


@pytest.mark.parametrize("start", ["8062bbf6*", "8062bbf6", "80", "8062bbf6d5"])
def test_fingerprints_may_be_short(tmp_path: Path, start: str) -> None:
    """The first digits of a fingerprint are enough, written as in a baseline or not."""
    found = jaildiff(tmp_path, "minimize", "--fingerprint", "8062bbf6*", "--json", KNOWN)
    assert found.returncode == 0
    done = jaildiff(tmp_path, "minimize", "--fingerprint", start, KNOWN)
    known = start[:8] == "8062bbf6"[: len(start)] and len(start) <= 9
    assert (done.returncode == 0) == known


def test_what_a_program_does_not_show(tmp_path: Path) -> None:
    """Whoever asks for another class is told which there are."""
    done = jaildiff(tmp_path, "minimize", "--fingerprint", "00", KNOWN)
    assert done.returncode == 2
    assert "expected a program that shows it, found 8062bbf6" in done.stderr
