import pytest

from fuzz.differ.comparison import LANDED
from fuzz.differ.diff import diff
from fuzz.differ.verdict.fingerprint import UNEXPLAINED
from fuzz.differ.verdict.landed_patch import RULEBOOK
from fuzz.findings.catalogue import BASELINE, BY_ID, CATALOGUE, CHANGED, Named
from fuzz.kernels.invariants import BY_ID as INVARIANTS
from fuzz.programs.op_language import call_text
from tests.house.tools import ROOT
from tests.programs import CORPUS, NESTED, ZOMBIE_5, corpus_script, program

SIBLINGS = (*NESTED, 'p1: jail_set(CREATE, name="a.c", persist)')


def test_every_name_is_in_it_once() -> None:
    """All rules and invariants are listed, and the names that are neither."""
    assert len(BY_ID) == len(CATALOGUE)
    assert BY_ID.keys() == {*RULEBOOK.by_id, *INVARIANTS, UNEXPLAINED, CHANGED, BASELINE}


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


def corpus_lines(rule: str) -> tuple[str, ...]:
    """The calls of a rule's witness."""
    script = corpus_script(CORPUS / RULEBOOK.by_id[rule].witness)
    return tuple(call_text(line.call) for line in script.lines)


@pytest.mark.parametrize("named", CATALOGUE, ids=BY_ID)
def test_advice_is_one_sentence(named: Named) -> None:
    """It begins with a capital letter, ends with a full stop, and has no other."""
    assert named.advice[0].isupper()
    assert named.advice.endswith(".")
    assert ". " not in named.advice


@pytest.mark.parametrize(
    ("rule", "before", "after"),
    [
        (
            "alive-without-references",
            (*ZOMBIE_5, "p1: jail_set(UPDATE|DYING, jid=5)"),
            (*ZOMBIE_5, "p1: jail_set(UPDATE|DYING, jid=5, persist)"),
        ),
        (
            "nested-update-exceeds-parent",
            (*NESTED, "p1: jail_set(UPDATE, jid=2, allow.raw_sockets)"),
            (*NESTED, 'p1: jail_set(UPDATE, name="a.b", allow.raw_sockets)'),
        ),
        (
            "nested-update-refused",
            (*NESTED, 'p1: jail_set(UPDATE, jid=2, name="a.b", enforce_statfs=2)'),
            (*NESTED, 'p1: jail_set(UPDATE, name="a.b", enforce_statfs=2)'),
        ),
        (
            "nested-rename-loses-parent",
            (*NESTED, 'p1: jail_set(UPDATE, jid=2, name="z")'),
            (*NESTED, "p1: jail_attach(1)", 'p1: jail_set(UPDATE, jid=2, name="z")'),
        ),
        (
            "nested-rename-ignores-sibling",
            (*SIBLINGS, 'p1: jail_set(UPDATE, jid=2, name="c")'),
            (*SIBLINGS, "p1: jail_attach(1)", 'p1: jail_set(UPDATE, jid=2, name="c")'),
        ),
        (
            "nested-update-wrong-value",
            corpus_lines("nested-update-wrong-value"),
            (
                *corpus_lines("nested-update-wrong-value")[:-1],
                'p1: jail_set(UPDATE, name="b.c", devfs_ruleset=0)',
            ),
        ),
        (
            "garbled-name-panic",
            corpus_lines("garbled-name-panic"),
            tuple(row for row in corpus_lines("garbled-name-panic") if 'name="a.q"' not in row),
        ),
    ],
)
def test_advice_helps(rule: str, before: tuple[str, ...], after: tuple[str, ...]) -> None:
    """Who follows the advice no longer meets the mistake."""
    assert rule in {found.rule for found in diff(program(*before), LANDED).divergences}
    assert rule not in {found.rule for found in diff(program(*after), LANDED).divergences}


def test_what_to_do_when_the_search_gives_up() -> None:
    """After a false EAGAIN the second attempt makes the jail."""
    lines = corpus_lines("false-no-jid-left")
    answers = diff(program(*lines, lines[-1]), LANDED).answers
    assert [(new.errno, new.ret) for _, new in answers[-2:]] == [("EAGAIN", None), (None, 5)]


def test_what_to_do_about_stale_parameters() -> None:
    """Which is passed is not stale: both kernels read the same value."""
    stale = corpus_lines("resurrected-with-stale-parameters")
    fresh = (*stale[:-1], stale[-1].replace("persist", "persist, allow.raw_sockets=false"))
    for lines, alike in ((stale, False), (fresh, True)):
        old, new = diff(program(*lines, "p1: jail_get(0, jid=5)"), LANDED).answers[-1]
        assert (old.values == new.values) == alike
