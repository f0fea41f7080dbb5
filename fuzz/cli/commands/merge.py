"""`jaildiff merge`: corpora made one."""

import json
from functools import partial
from pathlib import Path

import click

from fuzz.cli.kernels_option import Kernels, kernels_option
from fuzz.cli.options import BAD_INPUT, as_json
from fuzz.search.corpus.features import features
from fuzz.search.corpus.merge import merge as merge_corpora


@click.command()
@click.argument("out", type=click.Path(path_type=Path, file_okay=False))
@click.argument(
    "folders", metavar="IN...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@kernels_option
@as_json
def merge(kernels: Kernels, out: Path, folders: tuple[Path, ...], as_json: bool) -> int:
    """Write to OUT as few programs as show all that those in IN, and in OUT, show.

    A program is kept for a class, a rule or a pair of answers that no other one shows.  The files
    are named after their contents, without stories and expectations; those in IN stay as they are.

    Exit codes: 0 done, 2 done but with files that hold no program, or not done and OUT untouched.
    """
    merged = merge_corpora(out, folders, partial(features, comparison=kernels.comparison))
    for complaint in merged.foreign:
        click.echo(f"jaildiff: {complaint}; left alone", err=True)
    if as_json:
        click.echo(json.dumps(merged.json()))
    else:
        click.echo(
            f"{merged.read:,} programs read, {len(merged.kept):,} kept, {merged.dropped:,} show "
            f"nothing more, {merged.features:,} features, {len(merged.foreign)} files left alone"
        )
    return BAD_INPUT if merged.foreign else 0
