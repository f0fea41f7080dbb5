"""The pages that a command writes are as it writes them today."""

from pathlib import Path

import pytest

from tests.command import jaildiff
from tests.house.tools import ROOT

PAGES = {
    "designs.md": ("designs", "--runs", "20", "--seed", "1"),
    "fork-lock.md": ("designs", "--ask", "fork-lock"),
}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_not_stale(name: str, tmp_path: Path) -> None:
    """The command is run once more and writes the same."""
    fresh = tmp_path / name
    done = jaildiff(ROOT, *PAGES[name], "--markdown", fresh)
    assert (done.returncode, done.stderr) == (0, "")
    how = f"stale; write it anew: jaildiff {' '.join(PAGES[name])} --markdown docs/{name}"
    assert fresh.read_text(encoding="utf-8") == (ROOT / "docs" / name).read_text("utf-8"), how


def test_the_questions_are_answered_in_it() -> None:
    """What the review asked stands in the page, with what happens."""
    text = (ROOT / "docs" / "designs.md").read_text(encoding="utf-8")
    assert "What happens to jails 42 to 50?" in text
    assert "echo bug automatic-jids-shifted" in text
    assert "What breaks with duplicate jids?" in text
    assert "jaildiff designs --runs 20 --seed 1" in text
