"""`jaildiff selftest`: test the harness with seeded faults."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import wraps
from pathlib import Path

import click

from jail_source.build import run_text_only
from jaildiff.cli.exit_codes import FOUND, INTERRUPTED
from jaildiff.cli.kernels_option import Kernels, kernels_option
from jaildiff.cli.options import Seconds, as_json, baseline_option, extra, problems_of
from jaildiff.cli.progress import progress_bar
from jaildiff.cli.terminal import say_json
from jaildiff.cli.views.selftest_view import plot, show_clean, show_selftest
from jaildiff.kernels.fault import Fault, chosen, load
from jaildiff.selftest.clean import read_record
from jaildiff.selftest.ground import Ground, all_grounds, ground
from jaildiff.selftest.summary import SelfTest
from jaildiff.support.errors import InputError


@dataclass(frozen=True, slots=True)
class Clean:
    """The ops without a fault."""

    ops: int  # how many
    record: Path | None  # a file that keeps how far they are, if there is to be nothing else


def clean_options(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command --clean-ops and --clean-record, as one value: its argument `clean`."""

    @click.option(
        "--clean-ops",
        type=click.IntRange(min=0),
        default=300_000,
        show_default=True,
        help="Ops to run without a fault; these must find nothing.",
    )
    @click.option(
        "--clean-record",
        "record",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Only run the ops without a fault, compiled if this build is; the file keeps how far "
        "they are, and the next run goes on from there.",
    )
    @wraps(command)
    def with_clean(clean_ops: int, record: Path | None, **others: object) -> int:
        return command(clean=Clean(clean_ops, record), **others)

    return with_clean


@click.command()
@click.option("--fault", "names", multiple=True, metavar="NAME", help="Only this one; repeatable.")
@click.option(
    "--faults",
    "own",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File with faults of your own. Faults are code, and it is executed.",
)
@click.option("--seeds", type=click.IntRange(min=1), default=3, show_default=True)
@click.option(
    "--time",
    "seconds",
    type=Seconds(min=0),
    default=60.0,
    show_default=True,
    help="Seconds of processor time for each fault and seed.",
)
@clean_options
@click.option(
    "--corpus",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("corpus"),
    show_default=True,
    help="Folder with the rules' witnesses.",
)
@click.option(
    "--plot",
    "picture",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File for a plot of the times.",
)
@kernels_option
@baseline_option
@as_json
def selftest(
    kernels: Kernels,
    names: tuple[str, ...],
    own: Path | None,
    seeds: int,
    seconds: float,
    clean: Clean,
    corpus: Path,
    picture: Path | None,
    baseline_path: Path | None,
    as_json: bool,
) -> int:
    """Seed faults into a kernel or the rules, and check that each is found and named rightly.

    Faults are entries of fuzz/jaildiff/kernels/faults/*.toml; docs/add.md says how to add one.
    Those of the kernels legacy and new are hunted between the two, a faulty kernel with descriptors
    beside the sound one, and with --kernels only the faults of these kernels between them.  The
    exit code is 0 only if every fault is found, nearly all are judged right, nothing is found
    without a fault, and no entry of the baseline has expired.
    """
    if clean.record is None:
        run_text_only()  # Seeded faults are edits of the text.
    asked = kernels.names and (ground(kernels.comparison, baseline_path),)
    grounds = asked or all_grounds(baseline_path)
    if clean.record is not None:
        return run_clean(grounds, clean.ops, clean.record, as_json=as_json)
    faults = load(*([own] if own else []))
    test = SelfTest(grounds, corpus, seeds, seconds, faults)
    if problems_of(test.grounds[0].baseline, ()):
        return FOUND
    seed_all(test, seedable(chosen(faults, names), test.grounds), clean.ops, quiet=as_json)
    if picture:
        with extra("report"):
            plot(test, picture)
    return end(test, faults, as_json=as_json)


def run_clean(grounds: tuple[Ground, ...], ops: int, path: Path, *, as_json: bool) -> int:
    """Go on with the ops without a fault; returns the exit code."""
    record, interrupted = read_record(path), False
    with progress_bar(quiet=as_json, after="{task.completed:,} of {task.total:,} ops") as progress:
        task = progress.add_task("", total=ops, completed=record.ops)
        try:
            record.go_on(grounds, ops, path, lambda done: progress.update(task, completed=done))
        except KeyboardInterrupt:
            interrupted = True
    if as_json:
        say_json(asdict(record) | {"ops": record.ops, "false_alarms": record.alarms})
    else:
        show_clean(record)
    return INTERRUPTED if interrupted else FOUND if record.alarms else 0


def end(test: SelfTest, faults: dict[str, Fault], *, as_json: bool) -> int:
    """Print the result; returns the exit code."""
    if as_json:
        say_json(test.json())
    else:
        show_selftest(test, faults)
    return INTERRUPTED if test.interrupted else 0 if test.passed else FOUND


def seedable(faults: list[Fault], grounds: tuple[Ground, ...]) -> list[Fault]:
    """The faults that can be hunted there.  Raises InputError if there are none."""
    found = [fault for fault in faults if any(ground.has(fault) for ground in grounds)]
    if not found:
        named = " or ".join(ground.comparison.name for ground in grounds)
        raise InputError("", 0, 0, f"expected faults of {named}, found none")
    return found


def seed_all(test: SelfTest, faults: list[Fault], clean_ops: int, *, quiet: bool) -> None:
    """Try everything, with a progress bar on a terminal."""
    with progress_bar(quiet=quiet) as progress:
        task = progress.add_task("", total=len(faults) + test.seeds)
        test.run(faults, clean_ops, lambda text: progress.update(task, description=text, advance=1))
