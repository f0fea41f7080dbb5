"""`jaildiff upstream`: the known mistakes of the patch, for whoever looks after the kernel."""

from collections.abc import Sequence
from pathlib import Path

import click

from jaildiff.cli.terminal import out
from jaildiff.differ.comparison import LANDED_NAMES
from jaildiff.findings.reproduce.accounts import ACCOUNTS, Account
from jaildiff.findings.reproduce.bundle import WITNESSES, Effect, write_bundle
from jaildiff.kernels.named import kernel
from jaildiff.programs.loading import Entry, read_programs
from jaildiff.search.hunt.hunt import budgeted_programs
from jaildiff.selftest.correction_effect import effect

SEED = 1


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--corpus",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("corpus"),
    show_default=True,
    help="The corpus in jaildiff's source, which has the programs and recordings.",
)
@click.option(
    "--runs",
    type=click.IntRange(min=0),
    default=2000,
    show_default=True,
    help="Generated programs for measuring each correction.",
)
def upstream(folder: Path, corpus: Path, runs: int) -> int:
    """Write a bundle about the known mistakes of the landed patch into DIR.

    Each mistake gets a folder.  It has an account of one page (what, since when, who is hit, the
    shortest commands, where in the kernel, a correction in words and its measured effect), ATF
    tests, the programs that they were made from, and recordings of the kernel code.  DIR itself has
    an index and a Kyuafile.

    Exit codes: 0 written, 2 usage or bad input, 3 internal error, 4 trouble with the machine.
    """
    if not (corpus / WITNESSES).is_dir():
        raise click.UsageError(
            f"{corpus} is no corpus of jaildiff; a clone has one: --corpus CLONE/corpus"
        )
    programs = [entry.program for entry in read_programs(corpus / WITNESSES)]
    programs += budgeted_programs(SEED, seconds=None, runs=runs)

    def measure(account: Account, recorded: Sequence[Entry]) -> Effect:
        corrected = kernel(f"{LANDED_NAMES.new}+{account.correction}")
        return effect(account.mistake, corrected, programs, recorded)

    for mistake in write_bundle(folder, corpus, ACCOUNTS, measure):
        out.say(f"{folder / mistake}")
    out.say(f"{folder / 'README.md'}")
    return 0
