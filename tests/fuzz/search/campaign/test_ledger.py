from itertools import permutations
from pathlib import Path

import pytest

from jaildiff.search.campaign.batch import Sighting, Tally
from jaildiff.search.campaign.journal import FILE, Journal, Record
from jaildiff.search.campaign.ledger import Ledger, done_record, found_record, read_ledger
from jaildiff.support.errors import InputError

TEXT = "jaildiff 1\np1: jail_remove(1)\n"


def tally(ops: int, **counts: int) -> Tally:
    made = Tally(programs=4, ops=ops, seconds=0.25)
    made.counts.update(counts)
    return made


ROWS: list[Record] = [
    found_record("a", Sighting(9, 3)),
    done_record(tally(10, a=2), [2]),
    found_record("a", Sighting(1, 7)),
    done_record(tally(20, a=1, b=1), [0]),
    found_record("b", Sighting(2, 2)),
]


def ledger(*rows: Record) -> Ledger:
    made = Ledger(7, "g", size=4)
    for row in rows:
        made.fold(row)
    return made


def known(made: Ledger) -> tuple[object, ...]:
    return made.below, made.beyond, made.counts, made.first, made.ops, made.programs


def test_the_order_of_records_does_not_matter() -> None:
    """Workers answer in any order; what is known in the end is the same."""
    expected = known(ledger(*ROWS))
    assert all(known(ledger(*rows)) == expected for rows in permutations(ROWS))
    assert ledger(*ROWS).first == {"a": Sighting(1, 7), "b": Sighting(2, 2)}


def test_batches_that_are_done_are_few_numbers() -> None:
    """All below a number, and some beyond it."""
    made = ledger(*ROWS)
    assert (made.below, made.beyond) == (1, {2})
    assert [made.is_done(number) for number in range(4)] == [True, False, True, False]
    made.fold({"kind": "gap", "batch": 1, "why": "it kills the worker"})
    assert (made.below, made.beyond) == (3, set())


def test_a_class_is_settled_when_nothing_earlier_can_come() -> None:
    """Only then is its program shortened: no work is done in vain, whatever the order."""
    made = ledger(*ROWS)
    assert made.settled(made.first["a"])
    assert not made.settled(Sighting(9, 3))
    assert made.settled(Sighting(-1, 2, TEXT))


def test_an_earlier_sighting_takes_the_witness_away() -> None:
    """The shortest program of a later sighting is no longer the one to show."""
    made = ledger(ROWS[0], {"kind": "witness", "fingerprint": "a", "program": TEXT})
    assert made.witnesses == {"a": TEXT}
    assert made.fold(found_record("a", Sighting(9, 3))) == []
    assert made.witnesses == {"a": TEXT}
    assert made.fold(found_record("a", Sighting(1, 7))) == ["a"]
    assert made.witnesses == {}


def test_a_short_journal_says_the_same(tmp_path: Path) -> None:
    """What a journal is replaced by when it has grown too long reads as the same ledger."""
    made = ledger(
        {"kind": "start", "at": 5, "process": 12, "where": "2 processes"},
        *ROWS,
        {"kind": "witness", "fingerprint": "b", "program": TEXT},
        {"kind": "replayed", "address": "f" * 32},
        {"kind": "gap", "batch": 1, "why": "it kills the worker"},
        {"kind": "crash", "place": "here", "number": 3, "calls": 2, "text": TEXT},
    )
    journal = Journal(tmp_path / FILE, 0)
    journal.roll(made.rows())
    journal.close()
    read, _, cut = read_ledger(journal.path)
    assert read is not None
    assert cut == 0
    read.at = made.at
    assert read == made


def test_another_file_is_no_journal(tmp_path: Path) -> None:
    """A file that does not begin as a journal does is refused, one that is not there is none."""
    assert read_ledger(tmp_path / FILE) == (None, 0, 0)
    path = tmp_path / FILE
    path.write_text('{"kind": "end", "at": 1, "why": ""}\n')
    with pytest.raises(InputError, match=r"campaign\.journal:1: expected the journal"):
        read_ledger(path)
    path.write_text('{"kind": "campaign", "format": 9, "seed": 1, "size": 4, "generator": ""}\n')
    with pytest.raises(InputError, match="expected format 2, found 9"):
        read_ledger(path)
