"""`jaildiff record`: what the kernel of a real FreeBSD answers."""

import json
from importlib.resources import files as package_files
from pathlib import Path
from shlex import quote
from tempfile import TemporaryDirectory

import click

from jail_kernel.kernel import Kernel
from jaildiff.cli.exit_codes import BAD_INPUT
from jaildiff.cli.options import Reader, files, output
from jaildiff.cli.terminal import err
from jaildiff.kernels.cleanup import cleanup
from jaildiff.kernels.registry import KERNELS
from jaildiff.programs.commands.command import Command
from jaildiff.programs.json_form import program_to_json
from jaildiff.programs.program import Program
from jaildiff.recordings.recorder.bundle import bundle
from jaildiff.support.files import write_into

KIT = ("record.py", "programs.jsonl", "record-all.sh")


@click.command()
@files
@click.option("-o", "--output", type=output, help="Where the recording goes.")
@click.option(
    "--key", help="Name for the answers; default: the release of this system, such as freebsd-14.3."
)
@click.option(
    "--hold",
    type=click.Choice(["fd", "tcp", "mount"]),
    default="fd",
    show_default=True,
    help="What holds a jail: a descriptor, a closing connection, a mount.",
)
@click.option("--dry-run", is_flag=True, help="Only show the calls that would be made.")
@click.option(
    "--kit",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write a folder to take to a FreeBSD machine, instead of recording here.",
)
def record(
    files: tuple[Path, ...],
    output: Path | None,
    key: str | None,
    hold: str,
    dry_run: bool,
    kit: Path | None,
) -> int:
    """Perform programs with the real system calls of FreeBSD, and record the answers.

    It runs only as root on FreeBSD, on a machine or in a jail set up for this.  It refuses to run
    where jails exist, and removes everything that it has made.  On other systems --kit makes a
    folder with the recorder as one file, the programs, and a script that does it all;
    docs/record.md has the steps.

    \b
    jaildiff record --kit kit corpus/scenarios
    jaildiff record --dry-run FILE
    jaildiff judge recording.jsonl

    Exit codes: 0 all was recorded, 1 some programs cannot be performed, 2 usage or bad input,
    4 trouble with the machine, or no FreeBSD.
    """  # noqa: D301  # click keeps the lines of a paragraph that begins with this mark
    reader = Reader()
    rows = []
    for entry in reader.entries(files):
        reason = harm(entry.program)
        if reason is not None:
            err.say(f"left out: {entry.program.id} ({entry.where}): by the models, {reason}")
        else:
            rows.append(json.dumps(program_to_json(entry.program)) + "\n")
    if reader.failed:
        return BAD_INPUT
    if kit is not None:
        script = package_files("jaildiff.recordings.recorder").joinpath("record-all.sh")
        texts = bundle(), "".join(rows), script.read_text(encoding="utf-8")
        for name, text in zip(KIT, texts, strict=True):
            write_into(kit, name, text)
        run = f"sh {quote(f'{kit.absolute().name}/record-all.sh')}"
        err.say(f"{len(rows)} programs; copy {kit} to the machine and run there: {run}")
        return 0
    from jaildiff.recordings.recorder.main import main  # noqa: PLC0415  # It loads what Unix has.

    with TemporaryDirectory(prefix="jaildiff-") as folder:
        programs = Path(folder, "programs.jsonl")
        programs.write_text("".join(rows), encoding="utf-8")
        words = [str(programs), "--hold", hold]
        words += ["--key", key] if key else []
        words += ["--output", str(output)] if output else []
        return main([*words, "--dry-run"] if dry_run else words)


def harm(program: Program) -> str | None:
    """Why a program could bring a machine down, or leave something on it for good, as one of the
    models does; None if it cannot.

    A program with commands is not performed anyway.
    """
    if any(isinstance(call, Command) for call in program.calls):
        return None
    for model in KERNELS.values():
        k = Kernel(program.jail_max)
        for call in program.calls:
            result = model.step(k, call)
            if result.panicked:
                return f"{model.name} panics: {result.errmsg}"
        left = cleanup(model, k)
        if left is not None:
            return f"{model.name}, when all is taken away: {left}"
    return None
