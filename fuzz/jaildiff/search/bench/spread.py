"""The spread of a measurement over several turns."""

from collections.abc import Iterable
from statistics import median

Spread = dict[str, float]  # median, low, high


def spread(values: Iterable[float]) -> Spread:
    """The median, the lowest and the highest of some measurements."""
    found = sorted(values)
    numbers = {"median": median(found), "low": found[0], "high": found[-1]}
    return {name: float(f"{value:.4g}") for name, value in numbers.items()}
