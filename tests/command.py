"""The command line: called in this process, or, as a user starts it, in one of its own.

A process of its own is for what only a process has: signals, limits, pipes, the time of a start.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import IO
from unittest.mock import patch

import pytest

from jaildiff.cli.main import main
from tests.house.tools import ROOT

Answer = subprocess.CompletedProcess[str]


def jaildiff(folder: Path, *args: object, stdin: IO[str] | None = None) -> Answer:
    """How a command ends that is called from a folder, and what it says."""
    words = ["jaildiff", *map(str, args)]
    out, err = (TextIOWrapper(BytesIO(), "utf-8", write_through=True) for _ in range(2))
    with (
        chdir(folder),
        redirect_stdout(out),
        redirect_stderr(err),
        patch.multiple(sys, argv=words, stdin=stdin or sys.stdin),
        pytest.raises(SystemExit) as ended,
    ):
        main()
    code = ended.value.code
    assert isinstance(code, int)
    said = [stream.buffer.getvalue().decode() for stream in (out, err)]
    return subprocess.CompletedProcess(words, code, *said)


def process(folder: Path, *args: object, before: Callable[[], None] | None = None) -> Answer:
    """The same in a process of its own; `before` is called in it, ahead of the command."""
    return subprocess.run(
        [sys.executable, "-m", "jaildiff", *map(str, args)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=before,  # The tests have no threads.
    )
