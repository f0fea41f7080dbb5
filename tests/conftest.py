"""Hypothesis profiles: HYPOTHESIS_PROFILE names one, else `ci` where CI is set, else `dev`.

No profile has a deadline: the programs differ a hundredfold in length, and a busy machine is no
bug of ours.  What hangs is stopped by pytest-timeout.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("dev", deadline=None)

# The same commit must always get the same answer, on every machine: no random seed, and no
# database through which an earlier run could speak.  Finding new failures is nightly's work.
settings.register_profile("ci", deadline=None, derandomize=True, database=None, print_blob=True)

# New seeds each night and many more of them; failures are kept in the database for a replay.
settings.register_profile(
    "nightly", deadline=None, derandomize=False, max_examples=5000, print_blob=True
)

# A few examples of each property, for `make check`: what is broken grossly shows at once.
settings.register_profile("check", deadline=None, derandomize=True, database=None, max_examples=5)

settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev")
)


@pytest.fixture
def deep_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder 1,500 levels deep, with an empty program at the bottom."""
    top = tmp_path / "deep"
    folders = [top / "d"]
    top.mkdir()
    while len(folders) <= 1500:
        folders[-1].mkdir()
        folders.append(folders[-1] / "d")
    program = folders[-1].with_name("bottom.jd")
    program.write_text("jaildiff 1\n")
    yield top
    program.unlink()  # Python's own rmtree does not get down there.
    for folder in reversed(folders[:-1]):
        folder.rmdir()


# What takes minutes, most of it in processes of its own; `make test-all` runs it, too.
SLOW = (
    "docs/test_freebsd_14_to_15.py",
    "fuzz/cli/sandbox/",
    "fuzz/findings/reproduce/test_bundle.py",
    "fuzz/findings/reproduce/test_reproducers.py",
    "fuzz/hosts/sandbox/",
    "fuzz/impact/test_shapes.py",
    "fuzz/recordings/recorder/",
    "fuzz/search/bench/test_speed.py",
    "fuzz/search/designs/",
    "mutation/test_trial.py",
    "platform/test_release.py",
    "test_impact_truth.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is slow."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            name = item.path.relative_to(here).as_posix()
            if name.startswith(SLOW):
                item.add_marker(pytest.mark.slow)
