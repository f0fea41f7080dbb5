"""Compare this tree's speed with another commit's: run each one's own `fuzz`, in turns.

python -m tests.speed_against COMMIT --turns 5
"""

import argparse
import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from jaildiff.search.bench.phases import SEED
from jaildiff.search.bench.records.record import write_record
from jaildiff.search.bench.spread import spread
from jaildiff.support.errors import InputError
from tests.house.tools import ROOT

COLD = 1_500  # programs in which most findings are new
MINUTE = 20_000  # about those of a first minute


def against(commit: str, turns: int) -> dict[str, object]:
    """Ops per second of `fuzz` there and here, and how many times as fast it is here.

    Each run starts with an empty folder and includes shortening.  "cold" and "first minute" are
    runs of so many programs; "later" is what the second run does after as many as the first.
    Raises InputError if the commit does not exist.
    """
    rates: dict[str, list[dict[str, float]]] = {"there": [], "here": []}
    with tree(commit) as there:
        for _ in range(turns):
            for name, root in (("there", there), ("here", ROOT)):
                rates[name].append(rates_of(root))
    found = {
        name: {phase: spread(turn[phase] for turn in measured) for phase in measured[0]}
        for name, measured in rates.items()
    }
    ratios = {
        phase: spread(
            here[phase] / there[phase] for there, here in zip(*rates.values(), strict=True)
        )
        for phase in found["here"]
    }
    return {"commit": commit, **found, "ratio": ratios}


def rates_of(root: Path) -> dict[str, float]:
    """Ops per second of processor time of a tree's `fuzz`, by phase."""
    few, many = timed(root, COLD), timed(root, MINUTE)
    later = many[0] - few[0], many[1] - few[1]
    phases = {"cold": few, "first minute": many, "later": later}
    return {phase: ops / seconds for phase, (ops, seconds) in phases.items()}


@contextmanager
def tree(commit: str) -> Iterator[Path]:
    """A temporary folder with the files of a commit."""
    if commit.startswith("-"):
        raise InputError("COMMIT", 0, 0, f"expected a commit, found {commit!r}")
    # From the top: below it only what is there would be in the archive.
    top = git("rev-parse", "--show-toplevel").stdout.decode("utf-8", "surrogateescape").strip()
    archive = git("-C", top or ".", "archive", "--format=zip", commit)
    if archive.returncode:
        why = archive.stderr.decode("utf-8", "replace").strip()
        raise InputError("COMMIT", 0, 0, f"expected a commit, found {commit!r}: {why}")
    with TemporaryDirectory() as folder:
        with ZipFile(BytesIO(archive.stdout)) as files:
            files.extractall(folder)
        yield Path(folder)


def git(*words: str) -> "subprocess.CompletedProcess[bytes]":
    """What git says where we are."""
    command = ["git", *words]
    return subprocess.run(command, capture_output=True, check=False)


def package_of(root: Path) -> str:
    """The package with the command line in a tree; once it was the folder itself."""
    return "jaildiff" if (root / "fuzz" / "jaildiff").is_dir() else "fuzz"


def timed(root: Path, programs: int) -> tuple[int, float]:
    """The ops of so many programs in a tree's `fuzz`, and the seconds of processor time."""
    with TemporaryDirectory() as out:
        options = ["--runs", str(programs), "--seed", str(SEED), "--out", out, "--json"]
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        done = subprocess.run(
            [sys.executable, "-m", package_of(root), "fuzz", *options],
            cwd=root,
            env={**os.environ, "PYTHONPATH": f"{root / 'fuzz'}:{root}"},
            capture_output=True,
            check=False,
        )
        seconds = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    if done.returncode not in (0, 1) or not done.stdout:
        why = done.stderr.decode("utf-8", "replace").strip()
        raise InputError(str(root), 0, 0, f"its fuzz failed: {why}")
    ops: int = json.loads(done.stdout)["ops"]
    return ops, seconds


def main() -> None:
    """The command line: print the numbers as JSON, or write them with the machine to a file."""
    parser = argparse.ArgumentParser(prog="python -m tests.speed_against")
    parser.add_argument("commit")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--record", type=Path, metavar="FILE")
    options = parser.parse_args()
    numbers = against(options.commit, options.turns)
    if options.record:
        write_record(options.record, {"against": numbers})
    else:
        json.dump(numbers, sys.stdout, indent=2)


if __name__ == "__main__":
    main()
