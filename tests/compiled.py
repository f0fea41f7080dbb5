"""Whether a compiled jaildiff says what the source says.

    python -m tests.compiled .venv/compiled

It runs the recordings, the tests of the differ, and many generated programs.
"""

import argparse
import os
import shlex
import subprocess
import sys
from filecmp import cmpfiles
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from prison.source import VARIABLE
from tests.house.tools import ROOT

SEED = "20"
PROGRAMS = "20000"
SEEN_BY_TESTS = ("tests", "corpus", "docs", "pyproject.toml", "README.md")


def run(words: list[str], **settings: str) -> int:
    """The exit code of a command, which runs away from the source."""
    click.echo(f"+ {shlex.join(words)}")
    with TemporaryDirectory() as folder:
        for name in SEEN_BY_TESTS:
            Path(folder, name).symlink_to(ROOT / name)
        return subprocess.run(words, cwd=folder, env=os.environ | settings, check=False).returncode


def must(words: list[str], **settings: str) -> None:
    """Run a command that has to succeed."""
    if run(words, **settings) != 0:
        sys.exit(f"failed: {' '.join(words)}")


def differing(one: Path, other: Path) -> list[str]:
    """The names of files that two folders do not have alike."""
    names = sorted({path.name for folder in (one, other) for path in folder.iterdir()})
    _, differs, missing = cmpfiles(one, other, names, shallow=False)
    return sorted(differs + missing)


def main() -> None:
    """Run everything, and stop at the first thing that differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("place", type=Path, help="virtual environment with the compiled build")
    python = str(parser.parse_args().place.absolute() / "bin" / "python")
    jaildiff = [python, "-m", "fuzz"]
    version = subprocess.run([*jaildiff, "--version"], cwd="/", check=True, capture_output=True)
    if b"(compiled)" not in version.stdout:
        sys.exit(f"not compiled: {version.stdout.decode()}")
    for kernel in ("legacy", "new"):
        must([*jaildiff, "conform", "--kernel", kernel, "corpus/traces"])
    must([*jaildiff, "conform", "--kernel", "descriptors", "--key", "main", "corpus/descriptors"])
    must([python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/fuzz/differ"])
    with TemporaryDirectory() as folder:
        for name, settings in (("compiled", {}), ("source", {VARIABLE: "1"})):
            words = ["fuzz", "--seed", SEED, "--runs", PROGRAMS, "--out", str(Path(folder, name))]
            if run([*jaildiff, *words], **settings) > 1:
                sys.exit(f"failed: {' '.join(words)}")
        if differs := differing(Path(folder, "compiled"), Path(folder, "source")):
            sys.exit(f"the compiled build says something else in {', '.join(differs)}")
    click.echo(f"the compiled build says of {PROGRAMS} programs what the source says")


if __name__ == "__main__":
    main()
