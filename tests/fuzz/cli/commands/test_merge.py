from pathlib import Path

import pytest

from tests.command import jaildiff
from tests.house.tools import ROOT

RULE = ROOT / "corpus" / "rules" / "failed-create-renumbers.jd"


@pytest.mark.parametrize("out", [".", "../here", "../here/."])
def test_into_where_we_are(tmp_path: Path, out: str) -> None:
    """The folder that is written may be the one in which we are."""
    here = tmp_path / "here"
    here.mkdir()
    done = jaildiff(here, "merge", out, RULE)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(list(here.glob("*.jd"))) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["here"]


def test_into_the_root(tmp_path: Path) -> None:
    """What can hold no programs is refused."""
    done = jaildiff(tmp_path, "merge", "/", RULE)
    assert done.returncode == 2
    assert done.stderr == "jaildiff: /: expected a folder for programs, found the root\n"
