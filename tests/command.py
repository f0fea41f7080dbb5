"""The command line as a user starts it: in a process and a folder of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO

from tests.house.tools import ROOT


def jaildiff(
    folder: Path,
    *args: object,
    before: Callable[[], None] | None = None,
    stdin: IO[str] | None = None,
) -> "subprocess.CompletedProcess[str]":
    """How a command ends, and what it says; `before` is called in the process, ahead of it."""
    return subprocess.run(
        [sys.executable, "-m", "fuzz", *map(str, args)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=stdin,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=before,  # The tests have no threads.
    )
