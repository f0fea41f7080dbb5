"""`jaildiff report`: findings summed up for people."""

from pathlib import Path

import click

from fuzz.cli.kernels_option import Kernels, kernels_option
from fuzz.cli.options import as_json, extra
from fuzz.cli.terminal import out, say_json


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--out",
    "target",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for report.html, report.md and report.csv; default: the folder itself.",
)
@kernels_option
@as_json
def report(kernels: Kernels, folder: Path, target: Path | None, as_json: bool) -> int:
    """Sum up a folder of findings for people: one HTML page, Markdown, CSV."""
    with extra("report"):
        from fuzz.findings.reports.write_report import write_report  # noqa: PLC0415  # pandas is slow to load

    asked = None if kernels.names is None else str(kernels.names)
    written = [str(path) for path in write_report(folder, target or folder, asked)]
    if as_json:
        say_json({"written": written})
    else:
        for path in written:
            out.say(path)
    return 0
