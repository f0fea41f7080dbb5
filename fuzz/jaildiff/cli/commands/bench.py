"""`jaildiff bench`: speeds, compared in one run."""

from pathlib import Path

import click

from jaildiff.cli import console
from jaildiff.cli.kernels_option import Kernels, kernels_option
from jaildiff.cli.options import Seconds, as_json, extra
from jaildiff.cli.terminal import say_json


@click.command()
@click.option(
    "--ops",
    type=click.IntRange(min=100),
    default=50_000,
    show_default=True,
    help="Ops in each phase: cold, hunting, steady.",
)
@click.option(
    "--turns",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="Rounds of measurement, each of which measures everything once; the median counts.",
)
@click.option(
    "--time",
    "seconds",
    type=Seconds(min=0.1),
    default=10.0,
    show_default=True,
    help="Seconds for the curves of the engines, and again for one and two workers.",
)
@click.option(
    "--record",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write all numbers, and the machine they were measured on, as JSON.",
)
@kernels_option
@as_json
def bench(
    kernels: Kernels,
    ops: int,
    turns: int,
    seconds: float,
    record: Path | None,
    as_json: bool,
) -> int:
    """Measure speeds in one run: the main job cold, hunting and steady, and where its time goes;
    Hypothesis and Atheris beside it; crowds of jails, processes and holders; long programs.

    The cold phase is the first ops of a hunt, the hunting phase as many more.  The steady phase has
    programs that show nothing new.  All times are processor time of one core.
    """
    with extra("hypothesis"):
        from jaildiff.search.bench.engines import compare  # noqa: PLC0415  # the same
        from jaildiff.search.bench.speed import bench as measure  # noqa: PLC0415  # Hypothesis is slow to load
    from jaildiff.search.bench.records.record import write_record  # noqa: PLC0415  # with the others
    from jaildiff.search.bench.scaling import scaling  # noqa: PLC0415  # starts no pool unless asked to measure

    compared = kernels.comparison
    numbers = measure(ops, turns, compared)
    numbers["engines"] = compare(seconds, compared)
    numbers["workers"] = scaling(seconds, kernels.named)
    if record is not None:
        write_record(record, numbers)
    if as_json:
        say_json(numbers)
    else:
        console.show_numbers(numbers)
    return 0
