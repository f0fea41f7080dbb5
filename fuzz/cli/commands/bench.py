"""`jaildiff bench`: speeds, compared in one run."""

import click

from fuzz.cli import console
from fuzz.cli.kernels_option import Kernels, kernels_option
from fuzz.cli.options import Seconds, as_json, extra
from fuzz.cli.terminal import say_json


@click.command()
@click.option("--time", "seconds", type=Seconds(min=0.1), default=20.0, show_default=True)
@kernels_option
@as_json
def bench(kernels: Kernels, seconds: float, as_json: bool) -> int:
    """Compare speeds in one run: the differ with Hypothesis, few jails with many, the engines with
    each other, two workers with one.  Takes about twice the time given.
    """
    with extra("hypothesis"):
        from fuzz.search.bench.engines import compare  # noqa: PLC0415  # the same
        from fuzz.search.bench.speed import bench as measure  # noqa: PLC0415  # Hypothesis is slow to load
    from fuzz.search.bench.scaling import scaling  # noqa: PLC0415  # starts no pool unless asked to measure

    compared = kernels.comparison
    numbers = measure(seconds, compared)
    numbers |= {
        "engines": compare(seconds / 2, compared),
        "workers": scaling(seconds / 2, kernels.named),
    }
    if as_json:
        say_json(numbers)
    else:
        console.show_numbers(numbers)
    return 0
