from pathlib import Path

import pytest

from tests.command import jaildiff
from tests.house.tools import ROOT

KNOWN = ROOT / "corpus" / "rules" / "failed-create-renumbers.jd"


@pytest.mark.parametrize("start", ["734ec299*", "734ec299", "73", "734ec299d5"])
def test_fingerprints_may_be_short(tmp_path: Path, start: str) -> None:
    """The first digits of a fingerprint are enough, written as in a baseline or not."""
    found = jaildiff(tmp_path, "minimize", "--fingerprint", "734ec299*", "--json", KNOWN)
    assert found.returncode == 0
    done = jaildiff(tmp_path, "minimize", "--fingerprint", start, KNOWN)
    known = start[:8] == "734ec299"[: len(start)] and len(start) <= 9
    assert (done.returncode == 0) == known


def test_what_a_program_does_not_show(tmp_path: Path) -> None:
    """Whoever asks for another class is told which there are."""
    done = jaildiff(tmp_path, "minimize", "--fingerprint", "00", KNOWN)
    assert done.returncode == 2
    assert "expected a program that shows it, found 734ec299" in done.stderr
