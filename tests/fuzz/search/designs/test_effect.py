from jail_kernel.call import Errno, Result
from jaildiff.differ.comparison import Named, comparison
from jaildiff.differ.diff import diff
from jaildiff.search.designs.effect import Effect, by_answers, effect_of
from tests.programs import CORPUS, corpus_script

OK, NO = Result(None, 1), Result(Errno.EPERM)


def test_answers_alone() -> None:
    """What worked and now fails breaks, the other way round improves, all else changes."""
    assert by_answers(OK, NO) is Effect.BREAKS
    assert by_answers(NO, OK) is Effect.IMPROVES
    assert by_answers(OK, Result(None, 2)) is Effect.CHANGES
    assert by_answers(NO, Result(Errno.ENOENT)) is Effect.CHANGES


def effects(rule: str, design: str) -> set[tuple[str | None, Effect]]:
    """The effects of the differences that a rule's witness shows."""
    path = next(
        CORPUS / folder / f"{rule}.jd"
        for folder in ("rules", "designs/rules")
        if (CORPUS / folder / f"{rule}.jd").exists()
    )
    report = diff(corpus_script(path).program, comparison(Named("legacy", design)))
    return {(found.rule, effect_of(found)) for found in report.divergences}


def test_a_bug_that_comes_breaks() -> None:
    """Though the call now works that was refused: it ought to be refused."""
    rule = "nested-update-exceeds-parent"
    assert effects(rule, "new") == {(rule, Effect.BREAKS)}


def test_a_bug_that_goes_improves() -> None:
    """Though both answers are alike."""
    rule = "resurrected-with-stale-parameters"
    assert effects(rule, "new") == {(rule, Effect.IMPROVES)}


def test_what_has_no_answer_is_undefined() -> None:
    """It neither breaks nor improves anything."""
    rule = "undefined-by-this-design"
    assert effects(rule, "dead-bit") == {(rule, Effect.UNDEFINED)}
