"""Compare this tree's speed with another commit's: run each one's own `fuzz`, in turns."""

import json
import os
import resource
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from fuzz.search.bench.phases import SEED
from fuzz.search.bench.spread import Spread, spread
from fuzz.support.errors import InputError

HERE = Path(__file__).parents[3]  # the tree of this file
RUNS = 1_500


def against(commit: str, turns: int) -> dict[str, object]:
    """Ops per second of `fuzz` there and here, and how many times as fast it is here.

    Each run starts with an empty folder and includes shortening.  Raises InputError if the commit
    does not exist.
    """
    rates: dict[str, list[float]] = {"there": [], "here": []}
    with tree(commit) as there:
        for _ in range(turns):
            for name, root in (("there", there), ("here", HERE)):
                rates[name].append(rate(root))
    ratios = [here / there for there, here in zip(*rates.values(), strict=True)]
    found: dict[str, Spread] = {name: spread(measured) for name, measured in rates.items()}
    return {"commit": commit, **found, "ratio": spread(ratios)}


@contextmanager
def tree(commit: str) -> Iterator[Path]:
    """A temporary folder with the files of a commit."""
    if commit.startswith("-"):
        raise InputError("--against", 0, 0, f"expected a commit, found {commit!r}")
    # From the top: below it only what is there would be in the archive.
    top = git("rev-parse", "--show-toplevel").stdout.decode("utf-8", "surrogateescape").strip()
    archive = git("-C", top or ".", "archive", commit)
    if archive.returncode:
        why = archive.stderr.decode("utf-8", "replace").strip()
        raise InputError("--against", 0, 0, f"expected a commit, found {commit!r}: {why}")
    with TemporaryDirectory() as folder:
        with tarfile.open(fileobj=BytesIO(archive.stdout)) as files:
            files.extractall(folder, filter="data")
        yield Path(folder)


def git(*words: str) -> "subprocess.CompletedProcess[bytes]":
    """What git says where we are: a compiled build is in no repository of its own."""
    return subprocess.run(  # noqa: S603  # no shell
        ["git", *words],  # noqa: S607  # wherever git is
        capture_output=True,
        check=False,
    )


def rate(root: Path) -> float:
    """Ops per second of processor time of a tree's `fuzz`."""
    with TemporaryDirectory() as out:
        options = ["--runs", str(RUNS), "--seed", str(SEED), "--out", out, "--json"]
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        done = subprocess.run(  # noqa: S603  # the tree's own command
            [sys.executable, "-m", "fuzz", "fuzz", *options],
            cwd=root,
            env={**os.environ, "PYTHONPATH": str(root)},
            capture_output=True,
            check=False,
        )
        seconds = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    if done.returncode not in (0, 1) or not done.stdout:
        why = done.stderr.decode("utf-8", "replace").strip()
        raise InputError(str(root), 0, 0, f"its fuzz failed: {why}")
    ops: int = json.loads(done.stdout)["ops"]
    return ops / seconds
