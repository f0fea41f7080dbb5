"""`jaildiff merge`: join corpora."""

from functools import partial
from pathlib import Path

import click

from jaildiff.cli.exit_codes import BAD_INPUT
from jaildiff.cli.kernels_option import Kernels, kernels_option
from jaildiff.cli.options import as_json
from jaildiff.cli.terminal import complain, out, say_json
from jaildiff.search.corpus.features import features
from jaildiff.search.corpus.merge import merge as merge_corpora


@click.command()
@click.argument("target", metavar="OUT", type=click.Path(path_type=Path, file_okay=False))
@click.argument(
    "folders", metavar="IN...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@kernels_option
@as_json
def merge(kernels: Kernels, target: Path, folders: tuple[Path, ...], as_json: bool) -> int:
    """Write to OUT the fewest programs that show everything that those in IN and OUT show.

    A program is kept for a class, a rule or a pair of answers that no other one shows.  Files are
    named after their contents, and have no stories or expected answers.  Those in IN are not
    changed.

    Exit codes: 0 done, 2 done but with files that hold no program, or not done and OUT untouched.
    """
    merged = merge_corpora(target, folders, partial(features, comparison=kernels.comparison))
    for complaint in merged.foreign:
        complain(f"{complaint}; left alone")
    if as_json:
        say_json(merged.json())
    else:
        out.say(
            f"{merged.read:,} programs read, {len(merged.kept):,} kept, {merged.dropped:,} show "
            f"nothing more, {merged.features:,} features, {len(merged.foreign)} files left alone"
        )
    return BAD_INPUT if merged.foreign else 0
