"""What the commands share: exit codes, options, reading programs, optional libraries."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from fuzz.errors import InputError
from fuzz.source import Entry, program_files, read_programs

FOUND, BAD_INPUT, INTERNAL, INTERRUPTED = 1, 2, 3, 130

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
files = click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
baseline_option = click.option(
    "--baseline",
    "baseline_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="TOML file of known mistakes; default: those of the two kernels.",
)


class Reader:
    """Reads programs; complains of what cannot be read, and goes on with the other files."""

    def __init__(self) -> None:
        self.failed = False

    def entries(self, paths: tuple[Path, ...], suffix: str = "") -> Iterator[Entry]:
        """Every program of every file that can be read and whose name ends so."""
        for path in paths:
            try:
                found = program_files(path)
            except InputError as error:
                self.complain(error)
                continue
            for file in (file for file in found if file.name.endswith(suffix)):
                try:
                    yield from read_programs(file)
                except InputError as error:
                    self.complain(error)

    def complain(self, error: InputError) -> None:
        """Say what is wrong with a file."""
        self.failed = True
        click.echo(f"jaildiff: {error}", err=True)


@contextmanager
def extra(name: str) -> Iterator[None]:
    """Say what to install if an optional library is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        message = f"{error.name} is missing; install it with: pip install 'jaildiff[{name}]'"
        raise click.ClickException(message) from None
