"""Curves from the journal of a campaign: classes found and speed over time."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jaildiff.findings.reports.parts.curves import Curves, Points, thinned
from jaildiff.search.campaign.journal import FILE, NO_NUMBER, records
from jaildiff.search.campaign.ledger import Ledger, begin

SPEEDS_MAX = 60  # points of a curve


def read_curves(folder: Path) -> tuple[Ledger, Curves] | None:
    """The campaign in a folder; None if there is none or its journal is empty.

    Raises InputError if its journal cannot be read.
    """
    if not (folder / FILE).exists():
        return None
    ledger: Ledger | None = None
    done: list[tuple[int, float]] = []
    for _, record, _ in records(folder / FILE):
        row: dict[str, Any] = record or {}
        if ledger is None:
            ledger = begin(folder / FILE, row)
        elif row:
            ledger.fold(row)
            if row["kind"] == "done":
                done.append((row["ops"], row["seconds"]))
    if ledger is None or not ledger.programs:
        return None
    return ledger, Curves(
        ledger.seed,
        ledger.programs,
        ledger.ops,
        ledger.seconds,
        ledger.estimate.words(),
        classes_by_programs(ledger),
        (),
        tuple(speeds(done)),
    )


def classes_by_programs(ledger: Ledger) -> Points:
    """The number of classes over the number of programs; those of given programs count at once."""
    firsts = sorted(sighting.number for sighting in ledger.first.values())
    given = firsts.count(NO_NUMBER)
    found = [(number + 1, place) for place, number in enumerate(firsts, 1) if number != NO_NUMBER]
    last = (ledger.programs, len(firsts))
    return thinned([(1, given), *found, last] if given else [*found, last])


def speeds(done: list[tuple[int, float]]) -> Iterator[tuple[int, float]]:
    """The speed, in ops per second of processor time, over the number of ops done."""
    size, total = -(-len(done) // SPEEDS_MAX), 0
    for start in range(0, len(done), size or 1):
        ops, seconds = map(sum, zip(*done[start : start + size], strict=True))
        total += int(ops)
        if seconds:
            yield total, ops / seconds
