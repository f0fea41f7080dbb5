"""Every rule has words for whoever types commands."""

import pytest

from jaildiff.differ.steps.root_experiment import RootExperiment
from jaildiff.differ.verdict.landed.echoes import ECHO_RULES
from jaildiff.differ.verdict.landed.rules import RULES
from jaildiff.differ.verdict.rule import Rule, Verdict
from jaildiff.impact.describe.judging import NOT_REVIVED, STRUCK, WARNED, Effect, Explanation
from jaildiff.impact.describe.reasons import SAME, SENTENCES, reasons, since, why
from jaildiff.kernels.bug_kinds import Side


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_is_told_in_a_sentence(rule: Rule[RootExperiment]) -> None:
    """Its own, or that of its matter; a mistake of the new kernel is called so."""
    judged = Explanation(Effect.CHANGES, (rule,), ())
    (sentence,) = why(judged)
    assert sentence.endswith(".")
    if rule.verdict is Verdict.BUG and rule.side is Side.NEW:
        assert "mistake of" in sentence
    assert since(judged).startswith("the kernel of 15.0")


def test_what_is_called_the_same_is_there() -> None:
    """No id is of a rule that does not exist, and each has a sentence."""
    known = {rule.id for rule in RULES} | {rule.id for rule in ECHO_RULES}
    known |= {WARNED, NOT_REVIVED, STRUCK}
    assert set(SAME) <= known
    assert set(SAME.values()) == set(SENTENCES)


def test_causes_that_say_the_same_are_one_reason() -> None:
    """A restart that brings back a jail on 14 meets two rules, and is one matter."""
    revived = [rule for rule in RULES if SAME.get(rule.id) == "revived"][:2]
    judged = Explanation(Effect.CHANGES, tuple(revived), (NOT_REVIVED,))
    assert reasons(judged) == ("revived",)
    assert len(why(judged)) == 1
    assert (
        since(judged)
        == "the kernel of 15.0 (commit ed31b3f4a146, review D28150) and jail(8) of 15.0"
    )


def test_what_no_rule_explains_is_said() -> None:
    """Rather than nothing."""
    assert why(Explanation(Effect.CHANGES, (), ())) == ("No rule explains it.",)
