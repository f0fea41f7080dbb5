"""`jaildiff conform`: a model against recordings."""

from dataclasses import asdict
from pathlib import Path

import click

from fuzz.cli import console
from fuzz.cli.options import BAD_INPUT, FOUND, Reader, as_json, files
from fuzz.cli.terminal import complain, out, say_json
from fuzz.kernels.fault import chosen, load
from fuzz.kernels.registry import MODELS, Model
from fuzz.recordings.conform import Tally, parting, recording, shorten
from fuzz.recordings.conform import conform as compare
from fuzz.support.errors import InputError


@click.command()
@click.option("--kernel", type=click.Choice(sorted(MODELS)), required=True, help="Which model.")
@click.option("--fault", metavar="ID", help="A seeded fault that the model is to have.")
@click.option("--minimize", is_flag=True, help="Shorten the programs of disagreements.")
@files
@as_json
def conform(
    kernel: str, fault: str | None, minimize: bool, files: tuple[Path, ...], as_json: bool
) -> int:
    """Replay recordings of a real kernel, or written-down answers, and compare every op.

    The last line says how much agrees; the exit code is 0 only if everything does.  Programs
    without recorded answers are read, but there is nothing in them to agree with.

    With a fault of fuzz/kernels/faults the model is held against them up to where it parts from
    each, and what parts first is shown first: such steps are evidence for the claims that
    `jaildiff rules evidence` lists.
    """
    reader = Reader()
    if fault is not None:
        (chosen_fault,) = chosen(load(), (fault,))
        return show_partings(chosen_fault.apply(kernel), reader, files, as_json)
    model = MODELS[kernel]
    tally = Tally()
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
        say_json(tally.json(kernel) | {"first": [asdict(f) for f in firsts.values()]})
    else:
        for found in firsts.values():
            console.show_disagreement(found)
        out.say(tally.line)
    if reader.failed:
        return BAD_INPUT
    if not tally.programs:
        complain("no recorded answers to compare with")
        return BAD_INPUT
    return 0 if tally.complete else FOUND


def show_partings(model: Model, reader: Reader, files: tuple[Path, ...], as_json: bool) -> int:
    """Where a faulty model parts from the recordings, the earliest steps first."""
    found = []
    for entry in reader.entries(files):
        recorded = recording(entry, model)
        parted = recorded and parting(model, entry.program, recorded)
        if parted:
            found.append(parted)
    found.sort(key=lambda parted: (parted.step, parted.program))
    if as_json:
        say_json([asdict(parted) for parted in found])
    else:
        for parted in found:
            out.say(f"{parted.program}: parts at step {parted.step} in {parted.what}")
    if reader.failed:
        return BAD_INPUT
    return FOUND if found else 0
