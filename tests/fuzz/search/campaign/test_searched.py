from dataclasses import replace
from pathlib import Path

from jaildiff.differ.comparison import LANDED, comparison, named
from jaildiff.programs.op_language import parse
from jaildiff.search.campaign.batch import Sighting, Tally, generator_digest
from jaildiff.search.campaign.journal import FILE, Journal
from jaildiff.search.campaign.ledger import Ledger, done_record, found_record
from jaildiff.search.campaign.searched import searched

GIVEN = [parse("jaildiff 1\np1: jail_remove(1)\n", "").program]


def campaign(folder: Path, ledger: Ledger) -> Path:
    """A folder with a campaign of 8 programs."""
    made = Journal(folder / FILE, 0)
    done = done_record(Tally(programs=8, ops=90, seconds=1.0), [0, 1])
    for row in (ledger.head(), done, found_record("a", Sighting(3, 1))):
        made.append(row)
    made.flush()
    made.close()
    return folder


def test_given_programs_are_covered(tmp_path: Path) -> None:
    """In a folder without a campaign they are all there is."""
    found = searched(tmp_path, GIVEN, LANDED)
    assert found.curves is None
    assert found.coverage is not None
    assert (found.coverage.programs, found.coverage.cells.total()) == (1, 1)
    assert searched(tmp_path, [], LANDED).coverage is None


def test_a_campaign_is_covered_first(tmp_path: Path) -> None:
    """The curve is that of its own programs; the given ones come on top."""
    ledger = Ledger(1, generator_digest(1), size=4)
    found = searched(campaign(tmp_path, ledger), GIVEN, LANDED)
    assert found.coverage is not None
    assert found.curves is not None
    assert found.coverage.programs == 9
    assert found.curves.classes == ((4, 1), (8, 1))
    assert found.curves.covered[-1][0] == 8
    assert 0 < found.curves.covered[-1][1] <= len(found.coverage.cells)


def test_programs_of_another_generator_cannot_be_made(tmp_path: Path) -> None:
    """What they cover is not known, what they found is."""
    found = searched(campaign(tmp_path, Ledger(1, "another", size=4)), GIVEN, LANDED)
    assert found.coverage is not None
    assert found.curves is not None
    assert found.coverage.programs == 1
    assert (found.curves.covered, found.curves.programs) == ((), 8)


def test_a_campaign_of_other_kernels_says_nothing(tmp_path: Path) -> None:
    """Its curves would be those of another report."""
    ledger = replace(Ledger(1, generator_digest(1), size=4), kernels=named("new,descriptors"))
    folder = campaign(tmp_path, ledger)
    assert searched(folder, GIVEN, LANDED).curves is None
    others = comparison(named("new,descriptors"))
    assert searched(folder, GIVEN, others).curves is not None
