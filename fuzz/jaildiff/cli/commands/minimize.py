"""`jaildiff minimize`: make a program shorter that still shows the same."""

from pathlib import Path

import click

from jaildiff.cli.kernels_option import Kernels, kernels_option
from jaildiff.cli.options import as_json
from jaildiff.cli.terminal import say_json, say_text
from jaildiff.differ.annotate import annotate
from jaildiff.differ.diff import diff
from jaildiff.findings.baseline import Baseline
from jaildiff.findings.finding import findings_of
from jaildiff.programs.loading import read_programs
from jaildiff.programs.op_language import render, script_of
from jaildiff.search.hunt.hunt import shortened
from jaildiff.support.errors import InputError
from jaildiff.support.files import write_atomic


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--fingerprint",
    help="Fingerprint of the finding to keep, or its first digits; default: the first found.",
)
@click.option("--out", type=click.Path(path_type=Path), help="File to write; default: print it.")
@kernels_option
@as_json
def minimize(
    kernels: Kernels, file: Path, fingerprint: str | None, out: Path | None, as_json: bool
) -> int:
    """Shorten a program until nothing can be taken away without losing a finding."""
    entry = next(read_programs(file), None)
    if entry is None:
        raise InputError(str(file), 0, 0, "expected a program, found none")
    compared = kernels.of(entry.program)
    report = diff(entry.program, compared)
    found = findings_of(entry.program, Baseline([]), report)
    start = (fingerprint or "").removesuffix("*")
    wanted = [one for one in found if one.fingerprint.startswith(start)]
    if not wanted:
        shown = ", ".join(sorted({f.fingerprint for f in found})) or "nothing"
        raise InputError(str(file), 0, 0, f"expected a program that shows it, found {shown}")
    program = shortened(entry.program, wanted[0], report)
    text = render(annotate(script_of(program), diff(program, compared)))
    if out is not None:
        write_atomic(out, text)
    if as_json:
        kept = {"fingerprint": wanted[0].fingerprint, "rule": wanted[0].rule}
        say_json(kept | {"ops": len(program.calls), "text": text})
    elif out is None:
        say_text(text)
    return 0
