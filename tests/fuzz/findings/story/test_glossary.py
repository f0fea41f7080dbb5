import re
from collections.abc import Iterator

import pytest

from jaildiff.differ.comparison import LANDED
from jaildiff.differ.diff import diff
from jaildiff.differ.verdict.landed.rules import RULEBOOK
from jaildiff.findings.catalogue import CATALOGUE
from jaildiff.findings.story.glossary import GLOSSARY, lookup, technical, words_of
from jaildiff.findings.story.story import tell
from jaildiff.kernels.invariants import INVARIANTS
from tests.programs import corpus_files, corpus_script, generated

# Plain words that mean more here than elsewhere, by how they begin; kept by people.
JARGON = (
    *("alive", "assert", "attach", "automatic jid", "credential", "dying", "fault"),
    *("fork", "garbl", "held", "holder", "host", "intended", "jailed root", "jid", "killed"),
    *("mistake", "nested", "null", "panic", "parent", "patch", "permission", "persist"),
    *("pristine", "reference", "renumber", "resurrect", "root", "securelevel", "sibling"),
    *("subtree", "user reference", "vnet", "ppr", "deadpr", "born"),
)


def texts() -> Iterator[str]:
    """Everything that a story can say of the rules, and what it says of many programs."""
    yield from (named.advice for named in CATALOGUE)
    for rule in RULEBOOK.by_id.values():
        yield from (rule.title, rule.rationale, rule.reference)
    yield from (invariant.title for invariant in INVARIANTS)
    yield from (entry.meaning for entry in GLOSSARY)
    programs = [corpus_script(path).program for path in corpus_files()]
    for program in [*programs, *generated(3, 400)]:
        for story in tell(program, diff(program, LANDED)):
            yield from story.sentences


@pytest.fixture(scope="module")
def said() -> list[str]:
    """The texts, each once."""
    return list(dict.fromkeys(texts()))


def test_no_technical_word_is_unexplained(said: list[str]) -> None:
    """Whatever looks like a word of a program, a source or a manual is in the glossary."""
    words = {word for text in said for word in words_of(text) if technical(word)}
    assert {word for word in words if lookup(word) is None} == set()
    assert {"JAIL_DYING", "children.max", "pr_uref", "kern_jail_set()", "EAGAIN"} <= words


@pytest.mark.parametrize("stem", JARGON)
def test_no_jargon_is_unexplained(said: list[str], stem: str) -> None:
    """The words of jails and of this program are used, and the glossary has them."""
    found = re.search(rf"\b{stem}\w*", " ".join(said), re.IGNORECASE)
    assert found
    assert lookup(found.group()) is not None


def test_entries_are_sentences() -> None:
    """Each word is there once, with one sentence."""
    assert len({entry.word for entry in GLOSSARY}) == len(GLOSSARY)
    for entry in GLOSSARY:
        assert entry.meaning[0].isupper()
        assert entry.meaning.endswith(".")
        assert ". " not in entry.meaning


def test_words_of() -> None:
    """What is quoted is no word of ours, nor is the value of a parameter."""
    text = 'Jail 5 has name="kern.c", ip4.addr=["10.0.0.1"] and pr_ref 1: see jail(2), x() or a.*.'
    assert [word for word in words_of(text) if technical(word)] == [
        "ip4.addr",
        "pr_ref",
        "jail(2)",
        "x()",
        "a.*",
    ]


def test_lookup() -> None:
    """A technical word must be there as it is, or its family; of a plain one the beginning."""
    found = {
        word: lookup(word) for word in ("allow.vmm", "x()", "Resurrected", "held", "JAIL_DYING")
    }
    assert {word: entry and entry.word for word, entry in found.items()} == {
        "allow.vmm": "allow.*",
        "x()": "function()",
        "Resurrected": "resurrect",
        "held": "holder",
        "JAIL_DYING": "JAIL_DYING",
    }
    assert [lookup(word) for word in ("jail_frob", "dying.x", "ENODEV", "tree")] == [None] * 4
