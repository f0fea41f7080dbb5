"""Pages of docs/ whose commands are run as they stand."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.house.tools import ROOT


def blocks(page: Path) -> list[str]:
    """The shell blocks of a page."""
    return re.findall(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


def shell(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run one command; `jaildiff` is the one under test."""
    script = f'jaildiff() {{ "{sys.executable}" -m jaildiff "$@"; }}\n{line}'
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        ["/bin/sh", "-e", "-c", script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def commands(block: str) -> list[str]:
    """The commands of a block: a line each, but for one with a text below it."""
    return [block] if "<<" in block else block.splitlines()
