"""What came of several turns: the median, and how far they lie apart."""

from collections.abc import Iterable
from statistics import median

Spread = dict[str, float]  # median, low, high


def spread(values: Iterable[float]) -> Spread:
    """The median of some measurements, the lowest and the highest."""
    found = sorted(values)
    numbers = {"median": median(found), "low": found[0], "high": found[-1]}
    return {name: float(f"{value:.4g}") for name, value in numbers.items()}
