"""docs/sandbox.md: what it shows is what happens."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tools import ROOT

PAGE = (ROOT / "docs" / "sandbox.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```sh\n(.*?)```\n\nprints\n\n```\n(.*?)```", PAGE, re.DOTALL)


def test_there_are_examples() -> None:
    """Each block of shell is followed by what it prints."""
    assert len(EXAMPLES) == PAGE.count("```sh") == 3


@pytest.mark.parametrize(("script", "expected"), EXAMPLES)
def test_an_example_prints_what_it_says(tmp_path: Path, script: str, expected: str) -> None:
    """An example is run as it stands; its output begins with what the page shows."""
    answer = subprocess.run(
        ["/bin/sh", "-c", f'jaildiff() {{ "{sys.executable}" -m jaildiff "$@"; }}\n{script}'],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.stderr == ""
    assert answer.stdout.startswith(expected)
    assert answer.returncode == int("why:" in expected)
