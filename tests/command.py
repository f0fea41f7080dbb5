"""The command line as a user starts it: in a process and a folder of its own."""

import os
import subprocess
import sys
from pathlib import Path

from tests.house.tools import ROOT


def jaildiff(folder: Path, *args: object, **more: object) -> "subprocess.CompletedProcess[str]":
    """How a command ends, and what it says; `more` is for subprocess.run."""
    return subprocess.run(  # type: ignore[call-overload, no-any-return]  # `more` is any of many
        [sys.executable, "-m", "fuzz", *map(str, args)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        **more,
    )
