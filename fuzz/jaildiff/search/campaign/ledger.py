"""The state of a campaign: the sum of its journal, the same for every reader."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from jaildiff.differ.comparison import LANDED_NAMES, Named, named
from jaildiff.search.campaign.batch import SIZE, Sighting, Tally
from jaildiff.search.campaign.estimate import Estimate, estimate
from jaildiff.search.campaign.journal import FORMAT, Record, records
from jaildiff.support.errors import InputError


@dataclass(slots=True)
class Ledger:
    """Counts, and for each class its first sighting and its shortest program.

    Which of several sightings counts as the first does not depend on the order of the records, so
    the order in which workers finish does not matter.
    """

    seed: int
    generator: str
    size: int = SIZE
    kernels: Named = LANDED_NAMES
    below: int = 0  # all batches before this one are done,
    beyond: set[int] = field(default_factory=set)  # and so are these
    programs: int = 0
    ops: int = 0
    seconds: float = 0.0  # of processor time
    counts: Counter[str] = field(default_factory=Counter)
    first: dict[str, Sighting] = field(default_factory=dict)
    crashes: dict[str, Sighting] = field(default_factory=dict)
    witnesses: dict[str, str] = field(default_factory=dict)
    replayed: set[str] = field(default_factory=set)
    gaps: dict[int, str] = field(default_factory=dict)  # batches that failed, and why
    process: int = 0
    where: str = ""
    at: float = 0.0  # when the last record was written
    ended: str = ""  # why the last run ended; "": it did not say
    exit: int | None = None  # its exit code; None: it did not get that far
    canary: bool | None = None  # whether that run found the canary; None: not looked for yet

    def fold(self, record: Record) -> list[str]:
        """Add a record; return the fingerprints that got an earlier sighting."""
        row: dict[str, Any] = record
        match row["kind"]:
            case "start":
                self.at, self.process, self.where = row["at"], row["process"], row["where"]
                self.ended, self.canary, self.exit = "", None, None
            case "done":
                self.add(row)
            case "found":
                return self.meet(self.first, row["fingerprint"], row)
            case "crash":
                return self.meet(self.crashes, row["place"], row)
            case "witness":
                self.witnesses[row["fingerprint"]] = row["program"]
            case "replayed":
                self.replayed.add(row["address"])
            case "canary":
                self.canary = row["seen"]
            case "gap":
                self.gaps[row["batch"]] = row["why"]
                self.finish([row["batch"]])
            case "end":
                self.at, self.ended = row["at"], row["why"]
            case "exit":
                self.exit = row["code"]
        return []

    def add(self, row: dict[str, Any]) -> None:
        """Add the outcome of some batches."""
        self.programs += row["programs"]
        self.ops += row["ops"]
        self.seconds += row["seconds"]
        self.counts.update(row["counts"])
        self.at = max(self.at, row["at"])
        self.below = max(self.below, row["below"])
        self.finish(row["batches"])
        for number in row["batches"]:
            self.gaps.pop(number, None)

    def finish(self, batches: list[int]) -> None:
        """Note that batches are done."""
        self.beyond.update(number for number in batches if number >= self.below)
        while self.below in self.beyond:
            self.beyond.remove(self.below)
            self.below += 1

    def is_done(self, batch: int) -> bool:
        """Whether a batch is done."""
        return batch < self.below or batch in self.beyond

    def meet(self, known: dict[str, Sighting], key: str, row: dict[str, Any]) -> list[str]:
        """Keep the earlier of two sightings; return the key if that is the new one."""
        sighting = Sighting(row["number"], row["calls"], row["text"])
        if not is_earlier(sighting, known.get(key)):
            return []
        known[key] = sighting
        self.witnesses.pop(key, None)
        return [key]

    def settled(self, sighting: Sighting) -> bool:
        """Whether no remaining batch can show the class earlier."""
        return sighting.number < self.below * self.size

    @property
    def estimate(self) -> Estimate:
        """The chance that there is more to find."""
        return estimate((self.counts[fingerprint] for fingerprint in self.first), self.ops)

    def head(self) -> Record:
        """The first record of its journal."""
        return {
            "kind": "campaign",
            "format": FORMAT,
            "seed": self.seed,
            "size": self.size,
            "generator": self.generator,
            "kernels": str(self.kernels),
        }

    def rows(self) -> Iterator[Record]:
        """The records of a short journal with the same information."""
        yield self.head()
        yield {"kind": "start", "at": self.at, "process": self.process, "where": self.where}
        if self.canary is not None:
            yield {"kind": "canary", "seen": self.canary}
        done = Tally(self.programs, self.ops, self.seconds, self.counts)
        yield done_record(done, sorted(self.beyond)) | {"below": self.below}
        for fingerprint, sighting in self.first.items():
            yield found_record(fingerprint, sighting)
        for fingerprint, text in self.witnesses.items():
            yield {"kind": "witness", "fingerprint": fingerprint, "program": text}
        for place, sighting in self.crashes.items():
            yield {"kind": "crash", "place": place, **asdict(sighting)}
        for address in sorted(self.replayed):
            yield {"kind": "replayed", "address": address}
        for number, why in self.gaps.items():
            yield {"kind": "gap", "batch": number, "why": why}


def is_earlier(one: Sighting, other: Sighting | None) -> bool:
    """Whether `one` is earlier than `other`, and thus the one to keep."""
    if other is None:
        return True
    return (one.number, one.text, one.calls) < (other.number, other.text, other.calls)


def done_record(tally: Tally, batches: list[int]) -> Record:
    """The record of the outcome of some batches."""
    return {
        "kind": "done",
        "below": 0,
        "batches": batches,
        "programs": tally.programs,
        "ops": tally.ops,
        "seconds": round(tally.seconds, 3),
        "counts": tally.counts,
        "at": round(time.time(), 3),
    }


def found_record(fingerprint: str, sighting: Sighting) -> Record:
    """The record of a sighting of a class."""
    return {"kind": "found", "fingerprint": fingerprint, **asdict(sighting)}


def read_ledger(path: Path) -> tuple[Ledger | None, int, int]:
    """A journal's ledger, the end of its last complete record, and the number of the line cut off.

    The number is 0 if none was cut off.  The ledger is None if the journal is missing or empty.
    Raises InputError if the file is not a journal.
    """
    ledger, end = None, 0
    if not path.exists():
        return None, 0, 0
    for number, record, offset in records(path):
        if record is None:
            return ledger, end, number
        end = offset
        if number == 1:
            ledger = begin(path, record)
        elif ledger is not None:
            ledger.fold(record)
    return ledger, end, 0


def begin(path: Path, record: Record) -> Ledger:
    """A new ledger from the first record of a journal."""
    row: dict[str, Any] = record
    if row["kind"] != "campaign":
        raise InputError(str(path), 1, 0, "expected the journal of a campaign, found another file")
    if row["format"] != FORMAT:
        raise InputError(str(path), 1, 0, f"expected format {FORMAT}, found {row['format']}")
    kernels = named(row["kernels"]) if row.get("kernels") else LANDED_NAMES
    return Ledger(row["seed"], row["generator"], row["size"], kernels)
