"""`jaildiff conform`: compare a model with recordings."""

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import click

from jaildiff.cli.conform_sessions import conform_sessions
from jaildiff.cli.exit_codes import BAD_INPUT, FOUND
from jaildiff.cli.kernels_option import module_option, take_text_for
from jaildiff.cli.options import Reader, as_json, files
from jaildiff.cli.terminal import complain, out, say_json
from jaildiff.cli.views.disagreement_view import show_disagreement
from jaildiff.kernels.fault import chosen, load
from jaildiff.kernels.named import kernel
from jaildiff.kernels.registry import Model
from jaildiff.programs.loading import Entry
from jaildiff.recordings.conform import Tally, column, shorten, with_key
from jaildiff.recordings.conform import conform as compare
from jaildiff.recordings.follow import Recorded, first_parting
from jaildiff.support.errors import InputError


@click.command()
@click.option("--kernel", "name", metavar="NAME", help="Compare this kernel with its recordings.")
@click.option(
    "--userland",
    type=click.Choice(["14", "15"]),
    help="Compare jail(8), jls(8) and jexec(8) of that release with recorded sessions instead.",
)
@click.option(
    "--key",
    metavar="NAME",
    help="The recorded answers to use; default: those of the kernel, else the only ones there are.",
)
@module_option
@click.option("--fault", metavar="ID", help="Plant this seeded fault in the model.")
@click.option("--minimize", is_flag=True, help="Shorten the programs that disagree.")
@files
@as_json
def conform(
    name: str | None,
    userland: str | None,
    key: str | None,
    modules: tuple[str, ...],
    fault: str | None,
    minimize: bool,
    files: tuple[Path, ...],
    as_json: bool,
) -> int:
    """Replay recordings of a real kernel, or programs with answers, and compare every op.

    With --userland FILES are sessions of the real jail(8), jls(8) and jexec(8); every command is
    compared: its system calls, what it ran, printed and wrote, and how it ended.

    It shows the first disagreement of each kind and counts the programs. The last line says how
    much agrees; the exit code is 0 only if everything does. Programs without recorded answers do
    not count.

    With --fault the command lists the first step at which the faulty model departs from each
    recording, the earliest first.  Such steps are evidence for the claims that `jaildiff rules
    evidence` lists.
    """
    if (name is None) == (userland is None):
        raise click.UsageError("name what to compare: --kernel NAME, or --userland 14 or 15")
    if userland is not None:
        return conform_sessions(userland, files, as_json=as_json)
    assert name is not None
    take_text_for([name] if fault is None else [f"{name}+{fault}"])
    return conform_kernel(kernel(name, modules), key, fault, minimize, files, as_json)


def conform_kernel(
    model: Model,
    key: str | None,
    fault: str | None,
    minimize: bool,
    files: tuple[Path, ...],
    as_json: bool,
) -> int:
    """Replay programs on a kernel; the exit code."""
    reader = Reader()
    key, entries = with_key(reader.entries(files, columns=None), key, model.key)
    if fault is not None:
        (chosen_fault,) = chosen(load(), (fault,))
        return show_partings(chosen_fault.apply(model.name), key, reader, entries, as_json)
    tally, others = Tally(key), set[str]()
    for entry in entries:
        others |= (entry.recorded or {}).keys()
        known = len(tally.disagreements)
        try:
            compare(model, entry, tally)
        except InputError as error:
            reader.complain(error)
        if minimize and len(tally.disagreements) > known:
            tally.disagreements[-1] = shorten(entry, key, tally.disagreements[-1])
    firsts = {found.kind: found for found in reversed(tally.disagreements)}
    if as_json:
        say_json(tally.json(model.name) | {"first": [asdict(f) for f in firsts.values()]})
    else:
        for found in firsts.values():
            show_disagreement(found)
        if tally.disagreements:
            out.say(tally.apart)
        out.say(tally.line)
    if reader.failed:
        return BAD_INPUT
    if not tally.programs:
        complain(no_answers(key, sorted(others)))
        return BAD_INPUT
    return 0 if tally.complete else FOUND


def no_answers(key: str, others: list[str]) -> str:
    """The error for recordings without the requested answers."""
    found = f"found {', '.join(others)}; say which with --key" if others else "found none"
    return f"expected recorded answers of {key!r} to compare with, {found}"


def show_partings(
    model: Model, key: str, reader: Reader, entries: Iterable[Entry], as_json: bool
) -> int:
    """The steps at which a faulty model departs from the recordings, the earliest first."""
    found = []
    for entry in entries:
        recorded = column(entry, key)
        parted = recorded and first_parting(model, entry.program, Recorded(recorded))
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
