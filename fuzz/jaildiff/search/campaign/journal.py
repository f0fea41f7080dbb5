"""The journal of a campaign: JSON lines, appended and synced; and the lock on its folder.

Records stay in memory until they are on the disk, so if the disk is full they are written once
there is room.  When a journal is read, an incomplete last line, as a crash leaves it, is cut off.
A complete line that is not a valid record is an error that names the line; so are numbers beyond
what a campaign can reach.
"""

import errno
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from jaildiff.programs.op_language import parse
from jaildiff.support.checks import is_integer, is_string
from jaildiff.support.errors import InputError, mismatch
from jaildiff.support.files import open_in_place, write_atomic
from jaildiff.support.inputs import opened
from jaildiff.support.json_lines import value_of

FILE = "campaign.journal"
LOCK = "campaign.lock"
FORMAT = 2  # 2: fingerprints of version 2
FLUSH = 0.5  # seconds until a record is on the disk
LINE_MAX = 64 << 20
COUNT_MAX = 1 << 53
BATCH_MAX = 1 << 36
SIZE_MAX = 1 << 16  # programs of a batch: more than a minute of work
TIME_MAX = 1e12  # seconds
NO_NUMBER = -1  # the number of a program that was not generated
ROLL_AT = 64 << 20  # bytes at which the journal is rewritten as a short one
LOCK_TRIES = 5  # printing the status holds the lock for a moment

Record = dict[str, object]
Check = Callable[[object], bool]


def is_count(value: object) -> bool:
    """Whether this is a count."""
    return type(value) is int and 0 <= value <= COUNT_MAX


def is_size(value: object) -> bool:
    """Whether this can be the number of programs in a batch."""
    return is_count(value) and value in range(1, SIZE_MAX + 1)


def is_number(value: object) -> bool:
    """Whether this is the number of a program, or NO_NUMBER."""
    return type(value) is int and NO_NUMBER <= value <= COUNT_MAX


def is_time(value: object) -> bool:
    """Whether this is a number of seconds."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= TIME_MAX


def is_truth(value: object) -> bool:
    """Whether this is a bool."""
    return isinstance(value, bool)


def is_program(value: object) -> bool:
    """Whether this is a program in the op language."""
    if not isinstance(value, str):
        return False
    try:
        parse(value, "")
    except InputError:
        return False
    return True


def is_counts(value: object) -> bool:
    """Whether this maps names to counts."""
    return isinstance(value, dict) and all(is_count(number) for number in value.values())


def is_batch(value: object) -> bool:
    """Whether this is the number of a batch whose programs' numbers are counts, too."""
    return is_count(value) and value in range(BATCH_MAX + 1)


def is_batches(value: object) -> bool:
    """Whether this is a list of batch numbers."""
    return isinstance(value, list) and all(map(is_batch, value))


_SIGHTING: dict[str, Check] = {
    "number": is_number,
    "calls": is_count,
    "text": lambda text: text == "" or is_program(text),
}
KINDS: dict[str, dict[str, Check]] = {
    "campaign": {
        "format": is_count,
        "seed": is_integer,
        "size": is_size,
        "generator": is_string,
        "kernels": lambda value: value is None or is_string(value),  # none: legacy,new
    },
    "start": {"at": is_time, "process": is_count, "where": is_string},
    "done": {
        "below": is_batch,
        "batches": is_batches,
        "programs": is_count,
        "ops": is_count,
        "seconds": is_time,
        "counts": is_counts,
        "at": is_time,
    },
    "found": {"fingerprint": is_string, **_SIGHTING},
    "crash": {"place": is_string, **_SIGHTING},
    "witness": {"fingerprint": is_string, "program": is_program},
    "replayed": {"address": is_string},
    "canary": {"seen": is_truth},
    "exit": {"code": is_count},
    "gap": {"batch": is_batch, "why": is_string},
    "end": {"at": is_time, "why": is_string},
}


def read_record(line: bytes) -> Record:
    """The record in a line.  Raises InputError without a place."""
    if not line.endswith(b"\n"):
        raise InputError("", 0, 0, f"expected at most {LINE_MAX} bytes in a line, found more")
    record = value_of(line, LINE_MAX)  # A program in it may contain any number of brackets.
    if not isinstance(record, dict):
        raise InputError("", 0, 0, mismatch("a record", record))
    checks = KINDS.get(str(record.get("kind")))
    if checks is None:
        raise InputError("", 0, 0, mismatch(f"a kind of {', '.join(KINDS)}", record.get("kind")))
    for name, fits in checks.items():
        if not fits(record.get(name)):
            raise InputError("", 0, 0, mismatch(f'a sensible "{name}"', record.get(name)))
    return record


def records(path: Path) -> Iterator[tuple[int, Record | None, int]]:
    """For each line of a journal: its number, its record, and the offset of its end.

    The record is None for an incomplete last line.  Raises InputError if a complete line is not a
    record.
    """
    end = number = 0
    with opened(path) as stream:
        while line := stream.readline(LINE_MAX + 1):
            number += 1
            if not line.endswith(b"\n") and not stream.read(1):
                yield number, None, end
                return
            try:
                record = read_record(line)
            except InputError as error:
                if not stream.read(1):
                    error.message += "; the last line is whole but corrupt: cut it off to go on"
                raise error.at(str(path), number) from None
            end += len(line)
            yield number, record, end


class Journal:
    """A journal open for writing; `end` is where its last complete record ends.

    Counts that arrive between two writes are added up.  So the journal grows with time, not with
    the number of workers.
    """

    def __init__(self, path: Path, end: int) -> None:
        self.path = path
        self.end = end
        self.waiting: list[Record] = []
        self.done: Record | None = None  # the sum of the waiting counts
        self.written = 0.0  # when, by time.monotonic()
        self.descriptor = open_in_place(path)
        os.ftruncate(self.descriptor, end)

    def append(self, record: Record) -> None:
        """Add a record; it is written at the next flush."""
        if record["kind"] != "done":
            self.waiting.append(record)
        elif self.done is None:
            self.done = record | {"counts": Counter(counts_of(record))}
        else:
            add_up(self.done, record)

    @property
    def due(self) -> bool:
        """Whether something has waited for FLUSH seconds."""
        waits = bool(self.waiting) or self.done is not None
        return waits and time.monotonic() - self.written >= FLUSH

    def flush(self) -> None:
        """Write what is waiting.  Raises OSError if that fails, and then keeps all of it."""
        self.written = time.monotonic()
        rows = [*self.waiting, *([self.done] if self.done else [])]
        data = "".join(json.dumps(row) + "\n" for row in rows).encode()
        try:
            write_all(self.descriptor, data, self.end)
            os.fsync(self.descriptor)
        except OSError as error:
            with suppress(OSError):
                os.ftruncate(self.descriptor, self.end)
            error.filename = str(self.path)
            raise
        self.end += len(data)
        self.waiting, self.done = [], None

    def roll(self, rows: Iterable[Record]) -> None:
        """Replace the journal by these records, which must contain the same information."""
        data = "".join(json.dumps(row) + "\n" for row in rows).encode()
        write_atomic(self.path, data)
        os.close(self.descriptor)
        self.descriptor = open_in_place(self.path)
        self.end = len(data)

    def close(self) -> None:
        """Close the file."""
        os.close(self.descriptor)


def write_all(descriptor: int, data: bytes, offset: int) -> None:
    """Write all of `data` at an offset."""
    rest = memoryview(data)
    while rest:
        written = os.pwrite(descriptor, rest, offset)
        rest, offset = rest[written:], offset + written


def add_up(total: Record, record: Record) -> None:
    """Add the counts of one record to those of another."""
    for name in ("programs", "ops", "seconds", "batches"):
        total[name] += record[name]  # type: ignore[operator]  # checked by KINDS
    total["at"] = record["at"]
    counts = total["counts"]
    assert isinstance(counts, Counter)
    counts.update(counts_of(record))


def counts_of(record: Record) -> dict[str, int]:
    """The counts by fingerprint."""
    counts = record["counts"]
    assert isinstance(counts, dict)
    return counts


# ---- the lock


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lock the folder inside the block: one campaign at a time.  The lock ends with the process.

    Raises InputError if another campaign holds the lock, OSError if the folder is not writable.
    """
    descriptor = open_in_place(folder / LOCK)
    try:
        if not take(descriptor):
            holder = os.read(descriptor, 20).decode(errors="replace").strip() or "unknown"
            message = f"another campaign runs in this folder (process {holder})"
            raise InputError(str(folder), 0, 0, message)
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(descriptor)


def take(descriptor: int, tries: int = LOCK_TRIES) -> bool:
    """Lock an open file; False if somebody else holds the lock.  flock(2)."""
    import fcntl  # noqa: PLC0415  # not on all systems; only campaigns need it

    for left in reversed(range(tries)):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise
            if left:
                time.sleep(0.1)
        else:
            return True
    return False


def is_locked(folder: Path) -> bool:
    """Whether a campaign runs in this folder now."""
    try:
        descriptor = os.open(folder / LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        return not take(descriptor, tries=1)
    finally:
        os.close(descriptor)
