"""Measure how much faster two workers are than one."""

import time
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from jaildiff.differ.comparison import Named
from jaildiff.search.bench.phases import SEED
from jaildiff.search.campaign.batch import Batch, Tally, run_batch
from jaildiff.search.campaign.journal import Journal
from jaildiff.search.campaign.ledger import Ledger, done_record
from jaildiff.search.campaign.pool import Pool, processes

SCALING_TURNS = 5
WORKERS = (1, 2)
WARM_UP = 1.0  # seconds for imports and for the first batch in each process


class Load:
    """A pool kept busy with batches; their results go to ledger and journal as in a campaign."""

    def __init__(self, workers: int, folder: Path, kernels: Named) -> None:
        self.pool: Pool = processes(workers)
        self.ledger = Ledger(SEED, "", kernels=kernels)
        self.journal = Journal(folder / f"{workers}.journal", 0)
        self.numbers = count()
        self.running: set[Future[Tally]] = set()

    def work(self, seconds: float) -> tuple[float, float]:
        """Work for `seconds`; return ops per second, and per second of processor time.

        Batches unfinished at the end do not count; on average that is the same share per worker.
        """
        ops, busy, own = 0, 0.0, time.process_time()
        started = time.monotonic()
        while (left := started + seconds - time.monotonic()) > 0:
            while len(self.running) < self.pool.slots:
                batch = Batch(self.ledger.kernels, SEED, next(self.numbers))
                self.running.add(self.pool.submit(run_batch, batch))
            for tally in self.results(left):
                ops, busy = ops + tally.ops, busy + tally.seconds
                record = done_record(tally, [])
                self.ledger.fold(record)
                self.journal.append(record)
            if self.journal.due:
                self.journal.flush()
        spent, elapsed = busy + time.process_time() - own, time.monotonic() - started
        while self.running:  # The next turn must not begin before these are done.
            self.results(None)
        return ops / elapsed, ops / spent if ops else 0.0

    def results(self, seconds: float | None) -> list[Tally]:
        """The results that arrive within `seconds`, if any."""
        finished, self.running = wait(self.running, seconds, FIRST_COMPLETED)
        return [future.result() for future in finished]

    def close(self) -> None:
        """End the workers."""
        self.pool.close()
        self.journal.close()


def scaling(seconds: float, kernels: Named) -> dict[str, object]:
    """The rates of one worker and of two, in turns, and the ratio between them.

    `ratio` compares by the clock, so it is meaningful only if two processors are free.  The other
    ratio compares by processor time, so it holds on a busy machine, too.
    """
    with TemporaryDirectory() as folder:
        loads = {workers: Load(workers, Path(folder), kernels) for workers in WORKERS}
        try:
            for load in loads.values():
                load.work(WARM_UP)
            turns = [
                {workers: load.work(seconds / SCALING_TURNS / 2) for workers, load in loads.items()}
                for _ in range(SCALING_TURNS)
            ]
        finally:
            for load in loads.values():
                load.close()
    one, two = ([turn[workers] for turn in turns] for workers in WORKERS)
    turns_of_both = list(zip(one, two, strict=True))
    return {
        "ops_per_s_by_workers": {"1": median(a for a, _ in one), "2": median(a for a, _ in two)},
        "ratio": ratio((a, b) for (a, _), (b, _) in turns_of_both),
        "ratio_by_processor_time": ratio((a, 2 * b) for (_, a), (_, b) in turns_of_both),
    }


def ratio(rates: Iterable[tuple[float, float]]) -> float:
    """The median ratio of the second rate to the first; 0 if no turn completed any ops."""
    return median([b / a for a, b in rates if a] or [0.0])
