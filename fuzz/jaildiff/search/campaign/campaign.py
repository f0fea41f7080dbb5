"""A campaign: batches for many workers, one ledger, one journal, and the shortest witnesses.

The workers have no memory; the campaign keeps all results.  It writes the journal first and then
the files that follow from it.  If a crash loses some of these, they are written again when the
campaign is resumed.
"""

import os
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import asdict, dataclass, field
from math import inf
from typing import Any

from jaildiff.search.campaign.batch import (
    Batch,
    Shorter,
    Sighting,
    Tally,
    replay,
    run_batch,
    shorten,
)
from jaildiff.search.campaign.canary import Watch, watch
from jaildiff.search.campaign.folder import Folder
from jaildiff.search.campaign.journal import ROLL_AT, Journal, Record
from jaildiff.search.campaign.ledger import Ledger, done_record, found_record, is_earlier
from jaildiff.search.campaign.pool import Pool, processes
from jaildiff.support.signals import busyness

TICK = 0.1  # seconds between checks of the clock and the signals
INDEX = 5.0  # seconds between writing the index if only counts have changed
HURRY = 0.8  # seconds to write witnesses after the time is up; the journal has them all
GRACE = 0.8  # seconds for running tasks after the time is up; saving takes some more
TRIES = 3  # before a task is given up

Note = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Task:
    """A call for a worker."""

    run: Callable[..., Tally | Shorter | Watch]
    args: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Budget:
    """When to stop; None: never."""

    seconds: float | None = None  # of this run
    programs: int | None = None  # of the campaign, rounded up to whole batches


@dataclass(slots=True)
class Campaign:
    """One run of a campaign, starting where the ledger ends."""

    ledger: Ledger
    journal: Journal
    folder: Folder
    pool: Pool
    budget: Budget
    seeds: dict[str, str]  # programs to replay first, by address
    note: Note  # tells the user what went wrong
    tick: Callable[[], None] = lambda: None
    running: dict[Future[Any], tuple[Task, Pool]] = field(default_factory=dict)
    again: deque[Task] = field(default_factory=deque)  # failed tasks, to try again
    failures: Counter[Task] = field(default_factory=Counter)
    shortening: set[str] = field(default_factory=set)
    unshown: set[str] = field(default_factory=set)  # classes that their programs do not show
    watched: bool = False  # the canary was looked for
    gaps: deque[int] = field(init=False)  # batches that earlier runs could not complete
    next_batch: int = 0
    stopped: int = 0  # the signal that ended the run
    listed: float = 0.0
    disk_says: str | None = None  # the current error of the disk
    started: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.gaps = deque(sorted(self.ledger.gaps))

    def stop(self, number: int, _frame: object = None) -> None:
        """A signal handler: end as soon as possible."""
        self.stopped = number

    def run(self) -> None:
        """Work until the budget is used up or a signal comes; then save."""
        process, where = os.getpid(), self.pool.name
        self.record([{"kind": "start", "at": time.time(), "process": process, "where": where}])
        try:
            while not self.stopped and self.hand_out():
                finished, _ = wait(self.running, TICK, FIRST_COMPLETED)
                for future in finished:
                    self.take_in(future)
                self.save()
                self.tick()
                if self.late:
                    self.note("some tasks did not end in time; they will be done again")
                    break
        finally:
            self.pool.close()
        why = f"signal {self.stopped}" if self.stopped else "budget"
        self.record([{"kind": "end", "at": time.time(), "why": why}])
        self.save(last=True)
        left = len(self.ledger.first.keys() - self.folder.findings.keys())
        if left:
            self.note(f"{left} witnesses are not written yet; resuming the campaign writes them")

    @property
    def elapsed(self) -> float:
        """The seconds since this run began."""
        return time.monotonic() - self.started

    @property
    def timed_out(self) -> bool:
        """Whether the time is up."""
        return self.budget.seconds is not None and self.elapsed >= self.budget.seconds

    @property
    def late(self) -> bool:
        """Whether the time has been up for too long."""
        return self.budget.seconds is not None and self.elapsed >= self.budget.seconds + GRACE

    @property
    def saving_time(self) -> float:
        """The seconds for writing witnesses at the end.

        They are limited if a signal or a time budget ended the run, as somebody may be waiting.
        """
        hurried = self.stopped or self.budget.seconds is not None
        return HURRY * busyness() if hurried else inf

    # ---- tasks out

    def hand_out(self) -> bool:
        """Give the workers as many tasks as they can take; False if none is left."""
        if self.pool.is_lost():
            self.replace_pool("it is gone")
        if self.timed_out:
            self.call_back()
        # After a failure, one task at a time shows which one failed.
        slots = 1 if self.again else self.pool.slots
        while len(self.running) < slots and not self.timed_out:
            task = self.next_task()
            if task is None:
                break
            try:
                self.running[self.pool.submit(task.run, *task.args)] = (task, self.pool)
            except Exception as error:  # noqa: BLE001  # whatever has broken the pool
                self.fail(task, self.pool, error)
        return bool(self.running) or (bool(self.again) and not self.timed_out)

    def call_back(self) -> None:
        """Take back tasks that no worker has begun; witnesses are shortened after a resume."""
        for future in list(self.running):
            if future.cancel():
                del self.running[future]

    def next_task(self) -> Task | None:
        """The next task: failed ones, then canary, seeds and batches; witnesses beside these."""
        if self.again:
            return self.again.popleft()
        if not self.watched:
            self.watched = True
            return Task(watch, (self.ledger.seed,))
        if self.seeds:
            return Task(replay, (self.ledger.kernels, self.seeds.popitem()[1]))
        # While witnesses are shortened, half of the workers go on with batches.
        few = len(self.shortening) < max(1, self.pool.slots // 2)
        return (self.next_witness() if few else None) or self.batch() or self.next_witness()

    def batch(self) -> Task | None:
        """The next batch within the budget; those that earlier runs did not complete come first."""
        ledger = self.ledger
        if self.timed_out:
            return None
        if self.gaps:
            number = self.gaps.popleft()
            return Task(run_batch, (Batch(ledger.kernels, ledger.seed, number, ledger.size),))
        self.next_batch = max(self.next_batch, ledger.below)
        while ledger.is_done(self.next_batch):
            self.next_batch += 1
        batch = Batch(ledger.kernels, ledger.seed, self.next_batch, ledger.size)
        if batch.first >= (self.budget.programs or batch.first + 1):
            return None
        self.next_batch += 1
        return Task(run_batch, (batch,))

    def next_witness(self) -> Task | None:
        """A task to shorten the program of a class that no batch can still show earlier."""
        ledger = self.ledger
        known = ledger.witnesses.keys() | self.shortening | self.unshown
        for fingerprint, sighting in ledger.first.items():
            if fingerprint not in known and ledger.settled(sighting):
                self.shortening.add(fingerprint)
                return Task(shorten, (ledger.kernels, ledger.seed, fingerprint, sighting))
        return None

    # ---- results in

    def take_in(self, future: Future[Tally | Shorter | Watch]) -> None:
        """Take in the result of a worker, or its failure."""
        if future not in self.running:
            return  # Its pool was lost meanwhile.
        task, pool = self.running.pop(future)
        try:
            result = future.result()
        except Exception as error:  # noqa: BLE001  # tasks do not raise, so the pool failed
            self.fail(task, pool, error)
            return
        if isinstance(result, Tally):
            self.learn(task, result)
            return
        if isinstance(result, Watch):
            self.record([{"kind": "canary", "seen": result.found}])
            return
        self.shortening.discard(result.fingerprint)
        if result.text is None:
            self.unshown.add(result.fingerprint)
            self.note(f"class {result.fingerprint} is not shown by its program")
        else:
            fingerprint, text = result.fingerprint, result.text
            self.record([{"kind": "witness", "fingerprint": fingerprint, "program": text}])

    def learn(self, task: Task, tally: Tally) -> None:
        """Take in the outcome of some programs."""
        ledger = self.ledger
        rows = [
            found_record(key, sighting)
            for key, sighting in tally.first.items()
            if is_earlier(sighting, ledger.first.get(key))
        ]
        for place, sighting in tally.crashes.items():
            if place not in ledger.crashes:
                self.note(f"internal error in {name_of(ledger.seed, sighting)}: {place}")
            if is_earlier(sighting, ledger.crashes.get(place)):
                rows.append({"kind": "crash", "place": place, **asdict(sighting)})
        batches = [task.args[0].number] if task.run is run_batch else []
        if not batches:
            rows.append({"kind": "replayed", "address": self.folder.address_of(task.args[1])})
        self.record([*rows, done_record(tally, batches)])

    def record(self, rows: Iterable[Record]) -> None:
        """Add records to the ledger and the journal."""
        for row in rows:
            for fingerprint in self.ledger.fold(row):
                self.shortening.discard(fingerprint)
            self.journal.append(row)

    def fail(self, task: Task, pool: Pool, error: BaseException) -> None:
        """Try a task again, with other workers if these are lost, up to TRIES times."""
        if pool is self.pool and pool.is_lost(error):
            self.replace_pool(str(error) or type(error).__name__)
        self.failures[task] += 1
        if self.failures[task] < TRIES:
            self.again.append(task)
            return
        self.note(f"given up after {TRIES} attempts: {task.run.__name__} {task.args}: {error}")
        if task.run is run_batch:
            self.record([{"kind": "gap", "batch": task.args[0].number, "why": str(error)}])
        elif task.run is shorten:
            self.shortening.discard(task.args[2])
            self.unshown.add(task.args[2])

    def replace_pool(self, why: str) -> None:
        """Go on with processes on this machine; the tasks of the lost workers are done again."""
        lost = self.pool
        self.note(f"{lost.name}: {why}; going on with processes here")
        for future, (task, pool) in list(self.running.items()):
            if pool is lost:
                del self.running[future]
                self.again.append(task)
        self.pool = processes(os.cpu_count() or 1 if lost.remote else lost.workers)
        lost.close()

    # ---- the disk

    def save(self, *, last: bool = False) -> None:
        """Write what is due.  If the disk fails, try again later, and a last time at the end."""
        if not last and not self.journal.due:
            return
        try:
            self.journal.flush()
            if self.journal.end > ROLL_AT:
                self.journal.roll(self.ledger.rows())
            fresh = self.folder.write(self.ledger, self.saving_time if last else TICK)
            if last or fresh or time.monotonic() - self.listed > INDEX:
                self.folder.write_index(self.ledger)
                self.listed = time.monotonic()
        except OSError as error:
            error.filename = error.filename or str(self.folder.path)
            if last:
                raise
            if error.strerror != self.disk_says:
                self.note(f"{error.filename}: {error.strerror}; trying again")
            self.disk_says = error.strerror
        else:
            if self.disk_says:
                self.note("the disk works again")
            self.disk_says = None


def name_of(seed: int, sighting: Sighting) -> str:
    """A name by which people can find a program again."""
    return "a given program" if sighting.text else f"program {sighting.number} of seed {seed}"
