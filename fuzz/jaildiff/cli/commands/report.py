"""`jaildiff report`: findings summed up for people."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from jaildiff.cli.exit_codes import BAD_INPUT
from jaildiff.cli.kernels_option import Kernels, kernels_option
from jaildiff.cli.options import Reader, as_json, extra
from jaildiff.cli.terminal import complain, out, say_json
from jaildiff.differ.comparison import LANDED, Comparison, comparison, named
from jaildiff.findings import baseline as baselines
from jaildiff.findings.findings_file import FINDINGS
from jaildiff.profiles.for_users import for_users
from jaildiff.search.hunt.hunt import Hunt
from jaildiff.search.hunt.hunt_run import Job
from jaildiff.support.errors import InputError

if TYPE_CHECKING:
    from jaildiff.findings.reports.parts.results import Searched


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--out",
    "target",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for report.html, report.md and report.csv; default: the folder itself.",
)
@click.option(
    "--explored",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Add a search: the output of `jaildiff explore --json`.",
)
@click.option(
    "--designs",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Add the other designs: the output of `jaildiff designs --json`.",
)
@kernels_option
@as_json
def report(
    kernels: Kernels,
    folder: Path,
    target: Path | None,
    explored: Path | None,
    designs: Path | None,
    as_json: bool,
) -> int:
    """Sum up a folder of findings for people: one HTML page, Markdown, CSV.

    FOLDER comes from `jaildiff fuzz`, `explore` or `campaign`, or has programs (.jd), which are run
    first.  About the landed patch the page begins with what it means to administrators: an example
    configuration and the tools that manage jails are tried on FreeBSD 14 and on 15.

    A heat map shows what the programs in FOLDER cover, and the first 5,000 of a campaign. If there
    are more findings than fit into a page, report.json has all of them and their witnesses.
    """
    with extra("report"):
        from jaildiff.findings.reports.parts.results import (  # noqa: PLC0415  # pandas is slow to load
            read_designs,
            read_explored,
        )
        from jaildiff.findings.reports.write_report import write_report  # noqa: PLC0415  # the same

    asked = None if kernels.names is None else str(kernels.names)
    explored_there = read_explored(explored) if explored else None
    others = read_designs(designs) if designs else ()
    reader = Reader()
    with findings_in(folder, kernels.comparison, reader) as found:

        def run(names: str) -> "Searched":
            ran = searched_in(folder, names, kernels, reader)
            return replace(ran, explored=explored_there, designs=others)

        paths = write_report(found, target or folder, asked, lambda: for_users(LANDED), run)
    written = [str(path) for path in paths]
    if as_json:
        say_json({"written": written})
    else:
        for path in written:
            out.say(path)
    return BAD_INPUT if reader.failed else 0


@contextmanager
def findings_in(folder: Path, compared: Comparison, reader: Reader) -> Iterator[Path]:
    """The folder if it has findings or no programs, else what its programs show."""
    if (folder / FINDINGS).exists() or not any(folder.glob("*.jd")):
        yield folder
        return
    with TemporaryDirectory(prefix="jaildiff-") as name:
        job = Job(Hunt(baselines.load(None, compared), compared), Path(name))
        for entry in reader.entries((folder,), suffix=".jd"):
            job.run(entry.program)
        job.save()
        if job.trouble:
            raise job.trouble
        yield Path(name)


def searched_in(folder: Path, names: str, kernels: Kernels, reader: Reader) -> "Searched":
    """What was run for the findings in a folder, which are of the kernels of these names."""
    from jaildiff.findings.reports.parts.results import Searched  # noqa: PLC0415  # pandas is slow to load
    from jaildiff.search.campaign.searched import searched  # noqa: PLC0415  # the same

    try:
        compared = comparison(kernels.names or named(names, kernels.modules))
    except InputError as error:  # Findings of somebody's own kernel do not say where it is.
        complain(f"nothing is told of what was covered: {error} (see --kernel-module)")
        return Searched()
    programs = (one.program for one in reader.entries((folder,), suffix=".jd"))
    return searched(folder, programs, compared)
