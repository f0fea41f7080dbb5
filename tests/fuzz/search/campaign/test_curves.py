from pathlib import Path

import pytest

from jaildiff.search.campaign.batch import Sighting, Tally
from jaildiff.search.campaign.curves import SPEEDS_MAX, read_curves, speeds
from jaildiff.search.campaign.journal import FILE, NO_NUMBER, Journal, Record
from jaildiff.search.campaign.ledger import Ledger, done_record, found_record
from jaildiff.support.errors import InputError

TEXT = "jaildiff 1\np1: jail_remove(1)\n"


def done(*batches: int) -> Record:
    """Batches of 4 programs with 10 ops each, in half a second."""
    made = Tally(programs=4, ops=10, seconds=0.5)
    made.counts.update(a=1)
    return done_record(made, list(batches))


def journal(folder: Path, *rows: Record) -> Path:
    """A folder with a journal, in which each record was written by itself."""
    made = Journal(folder / FILE, 0)
    for row in (Ledger(7, "g", size=4).head(), *rows):
        made.append(row)
        made.flush()
    made.close()
    return folder


def test_classes_are_counted_by_programs(tmp_path: Path) -> None:
    """Where each was seen first, up to the last program, whatever the order of the records."""
    rows = (found_record("a", Sighting(6, 3)), done(1), found_record("b", Sighting(0, 1)), done(0))
    ledger, curves = read_curves(journal(tmp_path, *rows)) or pytest.fail("no campaign")
    assert (ledger.seed, curves.seed, curves.programs, curves.ops) == (7, 7, 8, 20)
    assert curves.classes == ((1, 1), (7, 2), (8, 2))


def test_classes_of_given_programs_are_there_at_once(tmp_path: Path) -> None:
    """They were replayed before anything was generated."""
    given = found_record("a", Sighting(NO_NUMBER, 1, TEXT))
    _, curves = read_curves(
        journal(tmp_path, given, found_record("b", Sighting(2, 1)), done(0))
    ) or pytest.fail("no campaign")
    assert curves.classes == ((1, 1), (3, 2), (4, 2))


def test_the_speed_is_that_of_each_stretch(tmp_path: Path) -> None:
    """Ops by seconds of processor time, as they were written down."""
    _, curves = read_curves(journal(tmp_path, done(0), done(1))) or pytest.fail("no campaign")
    assert curves.speed == ((10, 20.0), (20, 20.0))


def test_a_long_campaign_has_as_many_points() -> None:
    """Neighbours are put together; what took no time says nothing of a speed."""
    found = list(speeds([(10, 0.5)] * 1_000))
    assert len(found) <= SPEEDS_MAX
    assert found[-1] == (10_000, 20.0)
    assert list(speeds([(10, 0.0)])) == []
    assert list(speeds([])) == []


def test_no_campaign_has_no_curves(tmp_path: Path) -> None:
    """In a folder without a journal, or before anything was run."""
    assert read_curves(tmp_path) is None
    assert read_curves(journal(tmp_path)) is None


def test_another_file_is_no_journal(tmp_path: Path) -> None:
    """It is named, with the line."""
    (tmp_path / FILE).write_text('{"kind": "canary", "seen": true}\n')
    with pytest.raises(InputError, match=r"campaign\.journal:1: expected the journal"):
        read_curves(tmp_path)
