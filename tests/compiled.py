"""Whether a compiled jaildiff says what the source says.

    python -m tests.compiled .venv/compiled

It runs the recordings, the tests of the differ, and many generated programs.
"""

import argparse
import os
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from filecmp import cmpfiles
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from jail_source.build import OURS, VARIABLE
from tests.house.tools import ROOT

SEED = "20"
PROGRAMS = "20000"
FEW = "5000"
LOADED = f"""
import sys
import jaildiff.cli.main
ours = [one for name, one in sys.modules.items() if name.partition(".")[0] in {OURS}]
sys.stdout.write(" ".join(one.__name__ for one in ours if not one.__file__.endswith(".py")))
"""
SEEN_BY_TESTS = ("tests", "corpus", "docs", "pyproject.toml", "README.md")


def run(words: list[str], settings: dict[str, str], most: int) -> None:
    """Run a command away from the source; its exit code may be `most`, or less."""
    with TemporaryDirectory() as folder:
        for name in SEEN_BY_TESTS:
            Path(folder, name).symlink_to(ROOT / name)
        env = os.environ | settings
        ended = subprocess.run(
            words, cwd=folder, env=env, check=False, capture_output=True, text=True
        )
    click.echo(f"+ {shlex.join(words)}\n{ended.stdout[-200:]}{ended.stderr}")
    if not 0 <= ended.returncode <= most:  # Negative: a signal ended it.
        sys.exit(f"failed with {ended.returncode}: {shlex.join(words)}")


def differing(one: Path, other: Path) -> list[str]:
    """The names of files that two folders do not have alike."""
    names = sorted({path.name for folder in (one, other) for path in folder.iterdir()})
    _, differs, missing = cmpfiles(one, other, names, shallow=False)
    return sorted(differs + missing)


def main() -> None:
    """Run everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("place", type=Path, help="virtual environment with the compiled build")
    parser.add_argument("--quick", action="store_true", help="fewer programs, and no tests")
    given = parser.parse_args()
    python = str(given.place.absolute() / "bin" / "python")
    programs = FEW if given.quick else PROGRAMS
    jaildiff = [python, "-m", "jaildiff"]
    version = subprocess.run([*jaildiff, "--version"], cwd="/", check=True, capture_output=True)
    if b"(compiled)" not in version.stdout:
        sys.exit(f"not compiled: {version.stdout.decode()}")
    text_only = os.environ | {VARIABLE: "1"}
    if mixed := subprocess.check_output([python, "-c", LOADED], cwd="/", env=text_only, text=True):
        sys.exit(f"compiled although the source was asked for: {mixed}")
    held = [["--kernel", "legacy", "corpus/traces"], ["--kernel", "new", "corpus/traces"]]
    held.append(["--kernel", "descriptors", "corpus/descriptors"])
    tests = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/fuzz/differ"]
    with TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = []
        for name, settings in (("source", {VARIABLE: "1"}), ("compiled", {})):  # the longest first
            words = ["fuzz", "--seed", SEED, "--runs", programs, "--out", str(Path(folder, name))]
            jobs.append(pool.submit(run, [*jaildiff, *words], settings, 1))
        jobs += [] if given.quick else [pool.submit(run, tests, {}, 0)]
        jobs += [pool.submit(run, [*jaildiff, "conform", *words], {}, 0) for words in held]
        for job in jobs:
            job.result()
        if differs := differing(Path(folder, "compiled"), Path(folder, "source")):
            sys.exit(f"the compiled build says something else in {', '.join(differs)}")
    click.echo(f"the compiled build says of {programs} programs what the source says")


if __name__ == "__main__":
    main()
