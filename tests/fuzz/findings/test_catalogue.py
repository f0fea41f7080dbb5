import pytest

from jaildiff.differ.verdict.advice import Audience
from jaildiff.differ.verdict.fingerprint import UNEXPLAINED
from jaildiff.differ.verdict.landed.rules import RULEBOOK
from jaildiff.differ.verdict.mainline.rules import DESCRIPTOR_RULES
from jaildiff.findings.catalogue import BASELINE, BY_ID, CATALOGUE, CHANGED, Named
from jaildiff.kernels.invariants import BY_ID as INVARIANTS
from tests.house.tools import ROOT

RULES = {*RULEBOOK.by_id, *(rule.id for rule in DESCRIPTOR_RULES)}


def test_every_name_is_in_it_once() -> None:
    """All rules and invariants are listed, and the names that are neither."""
    assert len(BY_ID) == len(CATALOGUE)
    assert BY_ID.keys() == {*RULES, *INVARIANTS, UNEXPLAINED, CHANGED, BASELINE}


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
        assert (entry.id in RULES) == bool(entry.witness)
        assert (ROOT / entry.witness).exists()


def test_url() -> None:
    """A reference to a review is a link, one to the manual or a kernel function is none."""
    assert BY_ID["dying-jid-reused"].url == "https://reviews.freebsd.org/D28150"
    assert BY_ID["alive-without-references"].url is None
    assert BY_ID[UNEXPLAINED].url is None


@pytest.mark.parametrize("named", CATALOGUE, ids=BY_ID)
def test_advice_is_sentences(named: Named) -> None:
    """It begins with a capital letter, ends with a full stop, and says whom it is for."""
    assert named.advice[0].isupper()
    assert named.advice.endswith(".")
    told = named.advice.startswith(tuple(map(str, Audience)))
    assert told == (named.id in RULES or named.id in INVARIANTS)
