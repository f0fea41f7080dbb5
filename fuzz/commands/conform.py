"""`jaildiff conform`: a model against recordings."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from fuzz import console
from fuzz.commands.common import BAD_INPUT, FOUND, Reader, as_json, files
from fuzz.conform import Tally, shorten
from fuzz.conform import conform as compare
from fuzz.errors import InputError
from fuzz.models import MODELS


@click.command()
@click.option("--kernel", type=click.Choice(sorted(MODELS)), required=True, help="Which model.")
@click.option("--minimize", is_flag=True, help="Shorten the programs of disagreements.")
@files
@as_json
def conform(kernel: str, minimize: bool, files: tuple[Path, ...], as_json: bool) -> int:
    """Replay recordings of a real kernel, or written-down answers, and compare every op.

    The last line says how much agrees; the exit code is 0 only if everything does.  Programs
    without recorded answers are read, but there is nothing in them to agree with.
    """
    model = MODELS[kernel]
    tally = Tally()
    reader = Reader()
    for entry in reader.entries(files):
        known = len(tally.disagreements)
        try:
            compare(model, entry, tally)
        except InputError as error:
            reader.complain(error)
        if minimize and len(tally.disagreements) > known:
            tally.disagreements[-1] = shorten(model, entry, tally.disagreements[-1])
    firsts = {found.kind: found for found in reversed(tally.disagreements)}
    if as_json:
        click.echo(json.dumps(tally.json(kernel) | {"first": [asdict(f) for f in firsts.values()]}))
    else:
        for found in firsts.values():
            console.show_disagreement(found)
        click.echo(tally.line)
    if reader.failed:
        return BAD_INPUT
    if not tally.programs:
        click.echo("jaildiff: no recorded answers to compare with", err=True)
        return BAD_INPUT
    return 0 if tally.complete else FOUND
