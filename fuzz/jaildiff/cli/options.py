"""Shared by the commands: options, reading programs, optional libraries."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import wraps
from math import isfinite
from pathlib import Path
from typing import Any

import click

from jaildiff.cli.terminal import complain, say_command
from jaildiff.findings.baseline import Baseline
from jaildiff.findings.reports.ci_outcome import FailOn, Outcome, Place, Problem
from jaildiff.findings.reports.github import SUMMARY_VARIABLE, annotations, job_summary
from jaildiff.findings.triage import check
from jaildiff.programs.json_form import COLUMNS
from jaildiff.programs.loading import Entry, program_files, read_file
from jaildiff.support.errors import InputError
from jaildiff.support.extras import MissingLibraryError, needs
from jaildiff.support.files import write_atomic


class Seconds(click.FloatRange):
    """A time: a finite number of seconds."""

    name = "seconds"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """The number."""
        seconds: float = super().convert(value, param, ctx)
        if not isfinite(seconds):
            self.fail(f"{value!r} is not a number of seconds.", param, ctx)
        return seconds


as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
output = click.Path(path_type=Path, dir_okay=False)
files = click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
baseline_option = click.option(
    "--baseline",
    "baseline_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="TOML file of known mistakes; default: those of legacy and new.",
)


@dataclass(frozen=True, slots=True)
class Ci:
    """What a CI system wants written, and what should fail it."""

    fail_on: FailOn
    sarif: Path | None
    junit: Path | None
    github: bool

    def write(self, outcome: Outcome) -> None:
        """Write the requested files."""
        if self.sarif:
            from jaildiff.findings.reports.sarif import sarif  # noqa: PLC0415  # it loads importlib.metadata

            write_atomic(self.sarif, sarif(outcome))
        if self.junit:
            write_atomic(self.junit, junit_renderer()(outcome))

    def annotate(self, outcome: Outcome, *, err: bool) -> None:
        """Print annotations if they were requested, on stderr if stdout has JSON.  Add to the job's
        summary if there is one.
        """
        if not self.github:
            return
        for line in annotations(outcome):
            say_command(line, err=err)
        path = os.environ.get(SUMMARY_VARIABLE)
        if path:
            with Path(path).open("a", encoding="utf-8") as file:
                file.write(job_summary(outcome))


def ci_options(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command the options for CI, as one value: its argument `ci`."""

    @click.option(
        "--fail-on",
        type=click.Choice([str(least) for least in FailOn]),
        default=str(FailOn.BUG),
        show_default=True,
        help="What makes the exit code 1.  bug: a bug that is not known, or something unexplained; "
        "unexplained: only that; any: any difference.",
    )
    @click.option("--sarif", type=output, help="Write the findings as SARIF 2.1.0.")
    @click.option("--junit", type=output, help="Write the findings as JUnit XML.")
    @click.option("--github", is_flag=True, help="Print failures as GitHub annotations.")
    @wraps(command)
    def with_ci(
        fail_on: str, sarif: Path | None, junit: Path | None, github: bool, **others: object
    ) -> int:
        if junit:
            junit_renderer()  # Report a missing library before the work.
        return command(ci=Ci(FailOn(fail_on), sarif, junit, github), **others)

    return with_ci


def junit_renderer() -> Callable[[Outcome], str]:
    """The function that writes JUnit XML."""
    with extra("ci"):
        from jaildiff.findings.reports.junit import junit  # noqa: PLC0415  # an optional library

    return junit


def today() -> date:
    """The date by which entries of a baseline expire."""
    return datetime.now(UTC).date()


def problems_of(
    baseline: Baseline, classes: Iterable[str], *, complete: bool = False
) -> list[Problem]:
    """Report what is wrong with a baseline's entries after a run, on stderr."""
    problems = [
        Problem(Place(baseline.where, max(one.entry.line, 1)), one.text, one.fails)
        for one in check(baseline, classes, today(), complete=complete)
        if one.text
    ]
    for problem in problems:
        complain(f"{'' if problem.fails else 'warning: '}{problem}")
    return problems


class Reader:
    """Reads programs.  Reports files that cannot be read, and goes on with the others."""

    def __init__(self) -> None:
        self.failed = False

    def entries(
        self, paths: tuple[Path, ...], suffix: str = "", columns: Sequence[str] | None = COLUMNS
    ) -> Iterator[Entry]:
        """Every program of every readable file with such a suffix."""
        for path in paths:
            unread: list[InputError] = []
            try:
                found = program_files(path, unread)
            except InputError as error:
                self.complain(error)
                continue
            for file in (file for file in found if file.name.endswith(suffix)):
                try:
                    yield from read_file(file, columns)
                except InputError as error:
                    self.complain(error)
            for one in unread:
                self.complain(one)

    def complain(self, error: InputError) -> None:
        """Say what is wrong with a file."""
        self.failed = True
        complain(error)


@contextmanager
def extra(name: str) -> Iterator[None]:
    """Say what to install if an optional library is missing."""
    try:
        with needs(name):
            yield
    except MissingLibraryError as error:
        raise click.ClickException(str(error)) from None
