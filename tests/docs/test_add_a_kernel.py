import re
import shutil
from pathlib import Path

import pytest

from tests.house.tools import ROOT
from tests.pages import blocks, commands, shell

PAGE = ROOT / "docs" / "add-a-kernel.md"
EXPECTED = {  # exit codes other than 0, by what a command begins with
    "jaildiff conform": 1,
    "jaildiff fuzz --kernels new,fixed": 1,
    "jaildiff explore": 0,
}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like a checkout: the model to copy, and the corpus."""
    folder = tmp_path_factory.mktemp("checkout")
    shutil.copytree(ROOT / "new_model", folder / "new_model")
    (folder / "corpus").symlink_to(ROOT / "corpus")
    return folder


def test_every_command_works(checkout: Path) -> None:
    """The page is followed word for word; each command ends as the page says."""
    answers = {}
    for block in blocks(PAGE):
        for line in commands(block):
            expected = next((c for start, c in EXPECTED.items() if line.startswith(start)), 0)
            answer = answers[line] = shell(line, checkout)
            assert answer.returncode == expected, (line, answer.stdout, answer.stderr)
            assert "Traceback" not in answer.stderr
    assert (checkout / "what-changed" / "report.html").is_file()
    listed = next(a.stdout for line, a in answers.items() if line.startswith("jaildiff kernels"))
    assert "fixed" in listed
    met = next(a.stdout for line, a in answers.items() if "fuzz --kernels new,fixed" in line)
    for count in (r"[1-9]\d* classes unexplained", r"[1-9]\d* classes bug", "0 classes known bug"):
        assert re.search(rf"(?m)^ *{count}$", met), met
    told = next(a.stdout for line, a in answers.items() if line.startswith("jaildiff run"))
    assert "kernel fixed" in told


def test_the_page_has_commands() -> None:
    """The test above cannot pass for want of blocks."""
    assert len(blocks(PAGE)) == 7
