"""`jaildiff judge`: a kernel judged by a recording."""

import json
from pathlib import Path

import click

from fuzz.cli import console
from fuzz.cli.options import BAD_INPUT, FOUND, Reader, as_json, files
from fuzz.kernels.fault import load
from fuzz.programs.json_form import COLUMNS
from fuzz.recordings.judge_kernel import Inquiry
from fuzz.support.errors import InputError


@click.command()
@click.option(
    "--key", default="new", show_default=True, metavar="NAME", help="Which recording of the file."
)
@files
@as_json
def judge(key: str, files: tuple[Path, ...], as_json: bool) -> int:
    """Say of a recorded kernel whether it is the new one, the old one, or what is wrong with it.

    FILES are recordings (.jsonl, .jsonl.zst) or folders of them.  States, processes and
    parameters that were recorded with the answers are judged, too.

    Exit codes: 0 it does all that the new kernel does, 1 it does not, 2 usage or bad input.
    """
    inquiry = Inquiry(key)
    reader = Reader()
    for entry in reader.entries(files, columns=tuple(dict.fromkeys((*COLUMNS, key)))):
        try:
            inquiry.add(entry)
        except InputError as error:
            reader.complain(error)
    if not inquiry.judgements:
        click.echo(f'jaildiff: no recording "{key}" to judge', err=True)
        return BAD_INPUT
    if inquiry.not_compared:
        names = ", ".join(sorted(inquiry.not_compared))
        click.echo(f"jaildiff: not compared, for want of a counterpart: {names}", err=True)
    inquiry.conclude(load().values())
    if as_json:
        for judged in inquiry.judgements:
            click.echo(json.dumps(judged.json()))
        click.echo(json.dumps(inquiry.summary()))
    else:
        console.show_judgements(inquiry.judgements, inquiry.summary())
    if reader.failed:
        return BAD_INPUT
    return FOUND if any(judged.step is not None for judged in inquiry.judgements) else 0
