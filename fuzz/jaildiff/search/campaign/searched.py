"""What was searched for a report: the coverage of its programs, and its campaign."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path

from jaildiff.differ.comparison import Comparison
from jaildiff.findings.reports.parts.coverage import Coverage
from jaildiff.findings.reports.parts.curves import thinned
from jaildiff.findings.reports.parts.results import Searched
from jaildiff.programs.program import Program
from jaildiff.search.campaign.batch import generator_digest
from jaildiff.search.campaign.curves import read_curves
from jaildiff.search.campaign.ledger import Ledger
from jaildiff.search.corpus.coverage import coverages
from jaildiff.search.generator.generate import generate

COVERED_MAX = 5_000  # programs of a campaign whose coverage is measured


def searched(folder: Path, given: Iterable[Program], compared: Comparison) -> Searched:
    """The coverage of the given programs and of the first programs of a campaign in the folder, if
    it compares these kernels.

    Raises InputError if its journal cannot be read.
    """
    ledger, curves = read_curves(folder) or (None, None)
    if ledger is None or curves is None or str(ledger.kernels) != compared.name:
        return Searched(last(coverages(given, compared)))
    made = first_programs(ledger, compared)
    steps = [(one.programs, len(one.cells), one) for one in coverages(chain(made, given), compared)]
    points = [(number, cells) for number, cells, _ in steps[: len(made)]]
    coverage = steps[-1][2] if steps else None
    return Searched(coverage, replace(curves, covered=thinned(points)))


def first_programs(ledger: Ledger, compared: Comparison) -> list[Program]:
    """The first programs of a campaign; none if another version of the generator made them."""
    if ledger.generator != generator_digest(ledger.seed):
        return []
    numbers = range(min(ledger.programs, COVERED_MAX))
    descriptors = compared.has_descriptors
    return [generate(ledger.seed, number, descriptors=descriptors) for number in numbers]


def last(found: Iterator[Coverage]) -> Coverage | None:
    """The coverage of all programs; None if there are none."""
    coverage = None
    for coverage in found:  # noqa: B007  # only the last one is wanted
        pass
    return coverage
