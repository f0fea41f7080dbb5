from fuzz.differ.verdict.fingerprint import UNEXPLAINED
from fuzz.differ.verdict.landed_patch import RULEBOOK
from fuzz.findings.baseline import NOTHING_LEFT
from fuzz.findings.catalogue import BASELINE, CATALOGUE, CHANGED, name_of
from fuzz.kernels.invariants import BY_ID as INVARIANTS
from tests.house.tools import ROOT
from tests.outcomes import BUG
from tests.outcomes import UNEXPLAINED as FINDING

BY_ID = {entry.id: entry for entry in CATALOGUE}


def test_every_name_is_in_it_once() -> None:
    """All rules and invariants are listed, and the names that are neither."""
    assert len(BY_ID) == len(CATALOGUE)
    assert BY_ID.keys() == {
        *RULEBOOK.by_id,
        *INVARIANTS,
        NOTHING_LEFT,
        UNEXPLAINED,
        CHANGED,
        BASELINE,
    }


def test_every_entry_can_be_shown() -> None:
    """Titles and reasons are texts, tags are few and told apart, as GitHub wants them."""
    for entry in CATALOGUE:
        assert entry.title
        assert entry.why
        assert 0 < len(entry.tags) == len(set(entry.tags)) <= 20
        assert all(entry.tags)


def test_examples_are_there() -> None:
    """The witness that a rule points to is a file of the corpus."""
    for entry in CATALOGUE:
        assert (entry.id in RULEBOOK.by_id) == bool(entry.witness)
        assert (ROOT / entry.witness).exists()


def test_url() -> None:
    """A reference to a review is a link, one to the manual or a kernel function is none."""
    assert BY_ID["dying-jid-reused"].url == "https://reviews.freebsd.org/D28150"
    assert BY_ID["alive-without-references"].url is None
    assert BY_ID[UNEXPLAINED].url is None


def test_name_of() -> None:
    """A finding goes by its rule; without one it is unexplained."""
    assert (name_of(BUG), name_of(FINDING)) == ("failed-create-renumbers", UNEXPLAINED)
