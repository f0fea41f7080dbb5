from jaildiff.findings.story.glossary import lookup
from jaildiff.kernels.bug_kinds import DEFINITIONS, BugKind, kinds_text


def test_every_kind_is_defined() -> None:
    """Each kind has one sentence for what it is, for an example, and for what tells it apart."""
    assert DEFINITIONS.keys() == set(BugKind)
    for definition in DEFINITIONS.values():
        for sentence in (definition.meaning, definition.example, definition.told_by):
            assert sentence[0].isupper() or sentence.startswith("jail_")
            assert sentence.endswith(".")
            assert ". " not in sentence


def test_no_two_kinds_are_defined_alike() -> None:
    """No sentence stands twice."""
    sentences = [d.meaning for d in DEFINITIONS.values()]
    sentences += [d.told_by for d in DEFINITIONS.values()]
    assert len(set(sentences)) == len(sentences)


def test_the_glossary_has_them() -> None:
    """A kind is looked up like any other word."""
    for kind, definition in DEFINITIONS.items():
        entry = lookup(str(kind))
        assert entry is not None
        assert entry.meaning == definition.meaning or kind is BugKind.PANIC


def test_kinds_that_cannot_be_told_apart() -> None:
    """Both are said."""
    assert kinds_text([BugKind.PANIC]) == "panic"
    assert kinds_text([BugKind.PANIC, BugKind.MEMORY]) == "panic or memory"
