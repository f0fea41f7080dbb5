import pytest

from fuzz.advice import ADVICE, UNEXPLAINED, advice
from fuzz.baseline import NOTHING_LEFT
from fuzz.differ import diff
from fuzz.invariants import BY_ID as INVARIANTS
from fuzz.rules import BY_ID as RULES
from tests.programs import NESTED, ZOMBIE_5, program

SIBLINGS = (*NESTED, 'p1: jail_set(CREATE, name="a.c", persist)')


def test_advice_is_complete() -> None:
    """Every rule and every invariant says what to do, and nothing else does."""
    assert ADVICE.keys() == RULES.keys() | INVARIANTS.keys() | {NOTHING_LEFT}
    assert {rule.id: rule.advice for rule in RULES.values()}.items() <= ADVICE.items()
    assert {found.id: found.advice for found in INVARIANTS.values()}.items() <= ADVICE.items()


@pytest.mark.parametrize("text", [*ADVICE.values(), UNEXPLAINED])
def test_advice_is_one_sentence(text: str) -> None:
    """It begins with a capital letter, ends with a full stop, and has no other."""
    assert text[0].isupper()
    assert text.endswith(".")
    assert ". " not in text


def test_advice_on_what_no_rule_claims() -> None:
    """Where there is no rule there is work for whoever writes rules."""
    assert advice(None) == UNEXPLAINED
    assert advice("refs-accounted") == ADVICE["refs-accounted"]


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
    ],
)
def test_advice_helps(rule: str, before: tuple[str, ...], after: tuple[str, ...]) -> None:
    """Who follows the advice no longer meets the mistake."""
    assert rule in {found.rule for found in diff(program(*before)).divergences}
    assert rule not in {found.rule for found in diff(program(*after)).divergences}
