"""Mutation testing of the kernels: `python -m tests.mutation.run [FILE...]`, or `make mutation`.

First every mutant is held to a sample of the recordings, to the corpus and to generated programs;
then those that are left, to all recordings of both kernels.
"""

import gc
import sys
from collections import Counter
from collections.abc import Iterable
from itertools import islice

import click

from jaildiff.kernels.edited import Edit
from jaildiff.programs.json_form import program_to_json
from jaildiff.programs.loading import read_programs
from jaildiff.support.errors import InputError
from tests.mutation import survivors
from tests.mutation.harness import CORPUS, Row
from tests.mutation.journal import SURVIVED, UNDECIDED, Journal, digest
from tests.mutation.mutants import Mutant, mutants
from tests.mutation.trial import PARTS, attempt

ROOT = CORPUS.parent
JOURNAL = ROOT / "mutation.jsonl"
KERNELS = ("new_model", "jail_kernel")
TRIED_WITH = ("corpus", "fuzz", "legacy_model", "new_model", "jail_kernel", "jail_source")
SAMPLE = 32  # one recording in 32 is in the sample


def main(arguments: list[str]) -> int:
    """Try the mutants of some files, or of all, and show a table; 1 if one survives unexplained
    or an explanation is out of date.
    """
    known = survivors.load()
    files = sorted(arguments or kernel_files())
    found = [mutant for file in files for mutant in mutants(file, read(file))]
    paths = (path for folder in TRIED_WITH for path in sorted((ROOT / folder).rglob("*")))
    journal = Journal(JOURNAL, digest(path for path in paths if path.suffix not in ("", ".pyc")))
    sample = recordings(SAMPLE)
    control(sample)
    for mutant in found:
        if mutant.digest not in journal.outcomes:
            journal.note(mutant.digest, ask(mutant, sample, UNDECIDED))
    undecided = [mutant for mutant in found if journal.outcomes[mutant.digest] == UNDECIDED]
    everything = recordings() if undecided else []
    for mutant in undecided:
        journal.note(mutant.digest, ask(mutant, everything, SURVIVED, thorough=True))
    show_table(found, journal)
    survived = [m.name for m in found if journal.outcomes[m.digest] == SURVIVED]
    unexplained, stale = survivors.held(known, survived, files)
    show("survives unexplained", unexplained)
    show("does not survive, but is explained", stale)
    return 1 if unexplained or stale else 0


def kernel_files() -> list[str]:
    """The sources that are mutated."""
    return [f"{kernel}/{path.name}" for kernel in KERNELS for path in (ROOT / kernel).glob("*.py")]


def read(file: str) -> str:
    """The text of a source."""
    try:
        return (ROOT / file).read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(file, 0, 0, f"expected a source: {error.strerror}") from None


def recordings(step: int = 1) -> list[Row]:
    """One recorded program in `step`, as plain data that any copy of our modules can read."""
    entries = islice(read_programs(CORPUS / "traces"), 0, None, step)
    rows = [(program_to_json(entry.program), entry.recorded or {}) for entry in entries]
    gc.freeze()  # A child that collects garbage would else copy and walk all of them.
    return rows


def control(rows: list[Row]) -> None:
    """Raise RuntimeError unless sources that are changed in nothing pass the test, both where one
    model is loaded afresh and where everything is.
    """
    for file in ("jail_kernel/reference.py", "jail_kernel/kernel.py"):
        part, number = attempt(Edit(file, read(file), read(file) + "# Nothing.\n"), rows)
        if part != "survived":
            raise RuntimeError(f"{file}, not mutated, fails at {part} {number}")


def ask(mutant: Mutant, rows: list[Row], passed: str, *, thorough: bool = False) -> str:
    """The part that a mutant fails, or what is said of one that passes.

    A recording that told it apart is the first to be asked about the next.
    """
    part, number = attempt(mutant.edit, rows, thorough=thorough)
    if part == "traces":
        rows.insert(0, rows.pop(number))
    return passed if part == "survived" else part


def show_table(found: Iterable[Mutant], journal: Journal) -> None:
    """How many mutants each file has, and what came of them."""
    counts: dict[str, Counter[str]] = {}
    for mutant in found:
        part = journal.outcomes[mutant.digest]
        for title in (mutant.file, "all"):
            counts.setdefault(title, Counter()).update(["mutants", part])
    columns = ("mutants", *PARTS)
    click.echo(" " * 24 + "".join(f"{column:>10}" for column in columns))
    for title in sorted(counts, key=lambda title: (title == "all", title)):
        cells = "".join(f"{counts[title][column]:>10}" for column in columns)
        click.echo(f"{title:24}{cells}")


def show(title: str, names: Iterable[survivors.Name]) -> None:
    """Mutants, as changes of a line."""
    for file, function, was, becomes in names:
        click.echo(f"\n{title}: {file} {function}\n    - {was}\n    + {becomes}")


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except InputError as error:
        click.echo(error, err=True)
        sys.exit(2)
