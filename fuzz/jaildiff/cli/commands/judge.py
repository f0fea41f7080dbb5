"""`jaildiff judge`: a kernel judged by a recording."""

from collections import defaultdict
from pathlib import Path

import click

from jail_source.build import run_text_only
from jaildiff.cli import console
from jaildiff.cli.exit_codes import BAD_INPUT, FOUND
from jaildiff.cli.kernels_option import Kernels, kernels_option
from jaildiff.cli.options import Reader, as_json, files
from jaildiff.cli.terminal import complain, say_json
from jaildiff.differ.comparison import Named, comparison
from jaildiff.kernels.fault import load
from jaildiff.recordings.conform import with_key
from jaildiff.recordings.judge_kernel import KernelVerdict
from jaildiff.support.errors import InputError

LATER = Named("new", "descriptors")  # FreeBSD 15 with descriptors of jails


@click.command()
@click.option(
    "--key",
    metavar="NAME",
    help="Name of the recording in the files; default: new, else the only one there is.",
)
@kernels_option
@files
@as_json
def judge(kernels: Kernels, key: str | None, files: tuple[Path, ...], as_json: bool) -> int:
    """Say whether a recorded kernel is the new one, the old one, or what is wrong with it.

    FILES are recordings (.jsonl, .jsonl.zst) or folders of them.  Recorded states, processes and
    parameters are judged as well as the answers. With --kernels two other kernels are the standard.

    Without --kernels a kernel that does all that FreeBSD 15 with descriptors does is named as that.

    Exit codes: 0 it does what the new kernel does, or the one with descriptors; 1 it does not, 2
    usage or bad input.
    """
    run_text_only()  # The suspects are edited kernels.
    later = comparison(LATER) if kernels.names is None else None
    reader = Reader()
    key, entries = with_key(reader.entries(files, columns=None), key, "new")
    verdict = KernelVerdict(key, kernels.comparison, later=later)
    without: dict[str, list[list[str]]] = defaultdict(list)  # what the files have instead
    for entry in entries:
        if key not in (entry.recorded or {}):
            file = entry.where if entry.script else entry.where.rpartition(":")[0]
            without[file].append(list(entry.recorded or {}))
            continue
        try:
            verdict.add(entry)
        except InputError as error:
            reader.complain(error)
    for file, programs in without.items():
        reader.complain(missing(key, file, programs))
    if not verdict.judgements:
        if not reader.failed:
            complain("no recordings to judge")
        return BAD_INPUT
    verdict = verdict.settled()
    if verdict.not_compared:
        names = ", ".join(sorted(verdict.not_compared))
        complain(f"not compared, since only one side has them: {names}")
        if later and verdict.disagreeing and verdict.not_compared & later.new.allow.keys():
            complain(f"{later.new} has some of these: --kernels {LATER} holds it against that one")
    verdict.conclude(load().values())
    if as_json:
        for judged in verdict.judgements:
            say_json(judged.json())
        say_json(verdict.summary())
    else:
        console.show_judgements(verdict.judgements, verdict.summary(), verdict.reference.words)
    if reader.failed:
        return BAD_INPUT
    return FOUND if any(judged.step is not None for judged in verdict.judgements) else 0


def missing(key: str, file: str, programs: list[list[str]]) -> InputError:
    """The error for programs that have other recordings, or none."""
    keys = sorted({name for names in programs for name in names})
    found = f"found {', '.join(keys)}; say which with --key" if keys else "found none"
    number = "1 program" if len(programs) == 1 else f"{len(programs):,} programs"
    return InputError(file, 0, 0, f'expected a recording "{key}" of {number}, {found}')
