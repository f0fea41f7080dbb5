"""Sandboxes as a user starts them."""

import os
import subprocess
import sys
from pathlib import Path

from tests.house.tools import ROOT

BARE = (
    "from jaildiff.hosts.sandbox.linux import namespaces\n"
    "namespaces.possible = lambda folder: False\n"
    "from jaildiff.cli.main import main\n"
    "main()\n"
)


def sandboxed(
    folder: Path, script: str, *options: str, bare: bool = False
) -> "subprocess.CompletedProcess[str]":
    """Run a script of sh(1) in a sandbox; `bare`: as where there are no namespaces."""
    start = ["-c", BARE] if bare else ["-m", "jaildiff"]
    return subprocess.run(
        [sys.executable, *start, "sandbox", "--timeout", "60", *options, "--", "sh", "-c", script],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def printed(folder: Path, script: str, *options: str, bare: bool = False) -> str:
    """Run a script that succeeds and says nothing on standard error; what it prints."""
    answer = sandboxed(folder, script, *options, bare=bare)
    assert (answer.returncode, answer.stderr) == (0, "")
    return answer.stdout
