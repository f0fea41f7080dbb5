import errno
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from jaildiff.search.campaign.journal import FILE, Journal, Record, is_locked, locked, records
from jaildiff.support.errors import InputError

HEAD: Record = {"kind": "campaign", "format": 2, "seed": 1, "size": 4, "generator": "g"}


def found(name: str) -> Record:
    return {"kind": "found", "fingerprint": name, "number": 3, "calls": 2, "text": ""}


def done(*batches: int, **counts: int) -> Record:
    return {
        "kind": "done",
        "below": 0,
        "batches": list(batches),
        "programs": 4,
        "ops": 10,
        "seconds": 0.5,
        "counts": counts,
        "at": 1.0,
    }


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    made = Journal(tmp_path / FILE, 0)
    yield made
    made.close()


def read(path: Path) -> list[Record | None]:
    return [record for _, record, _ in records(path)]


def test_what_is_appended_is_read_again(journal: Journal) -> None:
    """Records come back in order, classes before the batches in which they were seen."""
    journal.append(HEAD)
    journal.append(done(0, a=1))
    journal.append(found("a"))
    journal.flush()
    assert read(journal.path) == [HEAD, found("a"), done(0, a=1)]


def test_counts_between_two_writes_are_added_up(journal: Journal) -> None:
    """However many workers there are, a write holds one record of counts."""
    for batch in range(100):
        journal.append(done(batch, a=1))
    journal.flush()
    (record,) = read(journal.path)
    assert record is not None
    assert (record["batches"], record["counts"]) == ([*range(100)], {"a": 100})
    assert (record["programs"], record["ops"], record["seconds"]) == (400, 1000, 50.0)


def test_writing_is_due_when_something_has_waited(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing waits longer than half a second, and nothing is synced more often than that."""
    now = 1000.0
    monkeypatch.setattr("jaildiff.search.campaign.journal.time.monotonic", lambda: now)
    due = [journal.due]
    journal.append(found("a"))
    due.append(journal.due)
    journal.flush()
    journal.append(done(1))
    for _ in range(2):
        now += 0.25
        due.append(journal.due)
    assert due == [False, True, False, True]


@pytest.mark.parametrize("tail", [b'{"kind": "fou', b"\0\0\0\0", b'{"kind": "end"}'])
def test_a_last_line_without_an_end_is_dropped(journal: Journal, tail: bytes) -> None:
    """What a crash has left of a line is cut off, and the next record takes its place."""
    journal.append(HEAD)
    journal.flush()
    journal.path.write_bytes(journal.path.read_bytes() + tail)
    assert read(journal.path) == [HEAD, None]
    *_, (number, record, end) = records(journal.path)
    assert (number, record) == (2, None)
    again = Journal(journal.path, end)
    again.append(found("b"))
    again.flush()
    again.close()
    assert read(journal.path) == [HEAD, found("b")]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("garbage", "expected JSON: Expecting value"),
        ("[1]", "expected a record, found [1]"),
        ('{"kind": "fond"}', "expected a kind of campaign"),
        ('{"kind": "gap", "batch": -1, "why": ""}', 'expected a sensible "batch", found -1'),
        ('{"kind": "gap", "batch": true, "why": ""}', 'expected a sensible "batch", found True'),
        ('{"kind": "witness", "fingerprint": "a", "program": "rubbish"}', '"program"'),
        ("[" * 100_000, "expected values nested at most 100 deep"),
    ],
)
def test_any_other_line_is_an_error_that_names_it(tmp_path: Path, line: str, what: str) -> None:
    """Garbage in the middle is nothing that a crash leaves: we do not guess."""
    path = tmp_path / FILE
    gap = '{"kind": "gap", "batch": 1, "why": ""}\n'
    path.write_text(f"{gap}{line}\n{gap}")
    with pytest.raises(InputError) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}:2: ")
    assert what in str(caught.value)


@pytest.mark.parametrize("tail", [b"garbage\n", b"\xff\n", b"[]\n", b'{"kind": "end"}\n'])
def test_a_whole_last_line_that_is_corrupt_is_named(journal: Journal, tail: bytes) -> None:
    """What has its end was written to its end: it is not taken for what a crash has left."""
    journal.append(HEAD)
    journal.flush()
    raw = journal.path.read_bytes() + tail
    journal.path.write_bytes(raw)
    with pytest.raises(
        InputError, match="the last line is whole but corrupt: cut it off"
    ) as caught:
        read(journal.path)
    assert (caught.value.path, caught.value.line) == (str(journal.path), 2)
    assert journal.path.read_bytes() == raw


HUGE = 10**400


@pytest.mark.parametrize(
    ("record", "name", "value"),
    [
        (HEAD, "size", HUGE),
        (HEAD, "size", 10**12),
        (HEAD, "size", 0),
        (done(0), "below", 10**18),
        (done(0), "batches", [10**18]),
        (done(0), "ops", HUGE),
        (done(0), "programs", -1),
        (done(0), "seconds", HUGE),
        (done(0), "seconds", float("nan")),
        (done(0), "at", float("inf")),
        (done(0), "at", -1),
        (done(0), "counts", {"a": HUGE}),
        (found("a"), "number", HUGE),
        (found("a"), "number", -2),
        (found("a"), "calls", HUGE),
        ({"kind": "gap", "batch": 1, "why": ""}, "batch", 10**18),
        ({"kind": "start", "at": 1, "process": 1, "where": ""}, "process", HUGE),
        ({"kind": "end", "at": 1, "why": ""}, "at", HUGE),
    ],
    ids=lambda value: str(value)[:20],
)
def test_numbers_are_those_of_a_campaign(
    tmp_path: Path, record: Record, name: str, value: object
) -> None:
    """A number that no campaign comes to is an error; the same record with a sane one is none."""
    path = tmp_path / FILE
    path.write_text(json.dumps(record) + "\n")
    assert read(path) == [record]
    path.write_text(json.dumps(record | {name: value}) + "\n")
    with pytest.raises(InputError, match=f'expected a sensible "{name}", found'):
        read(path)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EIO])
def test_what_the_disk_refuses_is_kept(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """A write that fails half-way leaves whole records, and comes through later."""
    journal.append(HEAD)
    journal.flush()
    pwrite, room = os.pwrite, 10

    def full(descriptor: int, data: bytes, offset: int) -> int:
        nonlocal room
        if not room:
            raise OSError(code, os.strerror(code))
        written = pwrite(descriptor, data[:room], offset)
        room -= written
        return written

    journal.append(found("a"))
    with monkeypatch.context() as patch:
        patch.setattr("os.pwrite", full)
        for _ in range(2):
            with pytest.raises(OSError, match=os.strerror(code)) as caught:
                journal.flush()
        assert caught.value.filename == str(journal.path)
        assert read(journal.path) == [HEAD]
    journal.append(done(1))
    journal.flush()
    assert read(journal.path) == [HEAD, found("a"), done(1)]


def test_a_journal_can_begin_anew(journal: Journal) -> None:
    """It is replaced as a whole, and goes on behind that."""
    journal.append(HEAD)
    journal.append(done(1))
    journal.flush()
    journal.roll([HEAD])
    journal.append(found("a"))
    journal.flush()
    assert read(journal.path) == [HEAD, found("a")]


def test_one_campaign_at_a_time(tmp_path: Path) -> None:
    """Whoever comes second is told who is there; when the first has gone the folder is free."""
    assert not is_locked(tmp_path)
    with locked(tmp_path):
        assert is_locked(tmp_path)
        with (
            pytest.raises(InputError, match=rf"another campaign runs .*process {os.getpid()}\)"),
            locked(tmp_path),
        ):
            pytest.fail("not reached")
    assert not is_locked(tmp_path)
    with locked(tmp_path):
        pass
