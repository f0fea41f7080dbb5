"""A pytest plugin: programs in the op language (.jd) are tests.

    pytest --jaildiff-kernels legacy,new corpus/

Each file is a test.  It runs on both kernels, and every answer and verdict beside a line must come
true.  `-p no:jaildiff` turns the plugin off.

pytest loads this module in every project that has jaildiff installed, so it imports nothing; what a
program needs is loaded when the first one is collected.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_jaildiff.program_file import ProgramFile

REWRITTEN = ("jaildiff", "rewritten")  # the property of a test whose file was updated


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options, for the command line or `addopts`."""
    group = parser.getgroup("jaildiff", "programs for FreeBSD jail kernels (.jd)")
    group.addoption(
        "--jaildiff-kernels",
        metavar="OLD,NEW",
        help="The kernels to compare; default: those that a program names, else legacy,new.  "
        "Programs that were written for others are skipped.",
    )
    group.addoption(
        "--jaildiff-kernel-module",
        action="append",
        default=[],
        metavar="PACKAGE",
        help="A Python package with a kernel of your own; repeatable.",
    )
    group.addoption(
        "--jaildiff-rewrite",
        action="store_true",
        help="Update the answers and verdicts beside the lines instead of checking them.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Check that the requested kernels exist, whatever is collected."""
    if config.getoption("jaildiff_kernels") is not None:
        from pytest_jaildiff.program_file import check_kernels  # noqa: PLC0415  # see the module

        check_kernels(config)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "ProgramFile | None":
    """A program is a test."""
    if file_path.suffix != ".jd":
        return None
    from pytest_jaildiff.program_file import ProgramFile  # noqa: PLC0415  # see the module

    return ProgramFile.from_parent(parent, path=file_path)


def pytest_report_teststatus(
    report: pytest.CollectReport | pytest.TestReport,
) -> tuple[str, str, str] | None:
    """Count tests whose file was updated separately."""
    # Reports from other processes have lists where ours have tuples.
    if report.when == "call" and REWRITTEN in map(tuple, report.user_properties):
        return "rewritten", "W", "REWRITTEN"
    return None
