"""`jaildiff reproduce`: a finding as a test for others to run."""

from pathlib import Path

import click

from jaildiff.cli.kernels_option import Kernels, kernels_option
from jaildiff.cli.options import baseline_option, output
from jaildiff.cli.terminal import say_file
from jaildiff.findings import baseline as baselines
from jaildiff.findings.reproduce.reproducer import Form, reproducer
from jaildiff.programs.loading import read_programs
from jaildiff.programs.op_language import Script
from jaildiff.support.errors import InputError
from jaildiff.support.files import write_atomic


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--as",
    "form",
    type=click.Choice([str(form) for form in Form]),
    required=True,
    help="A POSIX shell script for a FreeBSD host, an ATF test, or a test with the Python API.",
)
@click.option("--out", "path", type=output, help="File to write; default: standard output.")
@click.option(
    "--expect",
    "expected",
    metavar="KERNEL",
    help="The kernel whose answers are right.  Default: for a bug, the kernel without it, or with "
    "only that bug corrected if a correction is known; for an intended difference, the new one.",
)
@kernels_option
@baseline_option
def reproduce(
    kernels: Kernels,
    file: Path,
    form: str,
    path: Path | None,
    expected: str | None,
    baseline_path: Path | None,
) -> int:
    """Write a finding as a test for somebody who does not have jaildiff.

    FILE is a program in the op language, as `jaildiff fuzz` writes one for each finding.  The test
    fails on a kernel that has the finding, and on any other that answers otherwise: the old kernel,
    too, may do so without having the bug of the new one.  Its commands have been tried on the
    models of both kernels.  A program that no script can perform is refused.

    \b
    jaildiff reproduce findings/NAME.jd --as sh >reproduce.sh
    jaildiff reproduce findings/NAME.jd --as atf --out name_test

    Exit codes: 0 written, 2 usage or bad input, 3 internal error, 4 trouble with the machine.
    """  # noqa: D301  # click keeps the lines of a paragraph that begins with this mark
    script = script_in(file)
    compared = kernels.of(script.program)
    baseline = baselines.load(baseline_path, compared)
    try:
        text = reproducer(script, compared, baseline, Form(form), expected)
    except InputError as error:
        raise error.at(str(file), 0) from None
    if path is None:
        say_file(text)
        return 0
    write_atomic(path, text)
    if form != Form.PYTEST:
        path.chmod(0o755)
    return 0


def script_in(file: Path) -> Script:
    """The program in a file.  Raises InputError if it is not in the op language."""
    entry = next(read_programs(file), None)
    if entry is None or entry.script is None:
        raise InputError(str(file), 0, 0, "expected a program in the op language (.jd)")
    return entry.script
