"""The rules of the kernel with descriptors, each with a witness and a counterpart."""

from collections import Counter
from pathlib import Path

import pytest

from jaildiff.differ.comparison import Comparison, Named, comparison
from jaildiff.differ.diff import diff
from jaildiff.differ.steps.lockstep import Lockstep
from jaildiff.differ.verdict.mainline.rules import DESCRIPTOR_RULES
from jaildiff.differ.verdict.rule import Rule, Verdict
from jaildiff.programs.program import Program
from jaildiff.search.generator.generate import generate
from tests.programs import CORPUS, DESCRIPTORS, corpus_script, program

FROM_NEW = comparison(Named("new", "descriptors"))
SINCE_14 = comparison(Named("legacy", "descriptors"))
each_rule = pytest.mark.parametrize("rule", DESCRIPTOR_RULES, ids=lambda rule: rule.id)


def roots(path: Path, compared: Comparison = FROM_NEW) -> list[tuple[str | None, Verdict]]:
    """The rules of the roots in a program of the corpus."""
    found = diff(corpus_script(path).program, compared).divergences
    return [(d.rule, d.verdict) for d in found if d.kind == "root"]


def claims(some: Program, compared: Comparison) -> Counter[tuple[str, ...]]:
    """The rules that claim each root of a program."""
    lockstep = Lockstep(some.jail_max, compared, some.setup)
    found: Counter[tuple[str, ...]] = Counter()
    for call in some.calls:
        step = lockstep.step(call)
        if step is not None:
            for case in step.cases:
                found[tuple(rule.id for rule in compared.rulebook.claims(case))] += 1
        if lockstep.panicked:
            break
    return found


@each_rule
def test_witness(rule: Rule[object]) -> None:
    """The witness has a root that just this rule claims."""
    assert rule.witness == f"descriptors/rules/{rule.id}.jd"
    assert (rule.id, rule.verdict) in roots(CORPUS / rule.witness)


@each_rule
def test_counterpart(rule: Rule[object]) -> None:
    """The counterpart looks like the witness, but the rule is silent."""
    near = DESCRIPTORS / "rules" / "near" / f"{rule.id}.jd"
    assert rule.id not in {found for found, _ in roots(near)}


@each_rule
def test_a_rule_is_complete(rule: Rule[object]) -> None:
    """It says why, where, and what to do; a bug is one of the new side, of a kind."""
    assert rule.rationale.endswith(".")
    assert rule.reference
    assert all(one.text.endswith(".") for one in rule.advice)
    assert (rule.bug_kind is not None) == (rule.side == "new") == (rule.verdict is Verdict.BUG)


@pytest.mark.parametrize("folder", ["rules", "rules/near"])
def test_files_are_those_of_the_rules(folder: str) -> None:
    """Every rule has a witness and a counterpart, and no other file lies there."""
    assert {path.stem for path in (DESCRIPTORS / folder).glob("*.jd")} == {
        r.id for r in DESCRIPTOR_RULES
    }


@pytest.mark.parametrize("compared", [FROM_NEW, SINCE_14], ids=str)
def test_one_rule_for_each_root(compared: Comparison) -> None:
    """Of all roots in generated programs each is claimed by just one rule."""
    found: Counter[tuple[str, ...]] = Counter()
    for number in range(120):
        found += claims(generate(31, number, descriptors=True), compared)
    assert {rules: n for rules, n in found.items() if len(rules) != 1} == {}
    assert len(found) >= 10


def test_the_rules_of_the_patch_come_behind() -> None:
    """Since 14 both changes are there: what the patch did, and what descriptors bring."""
    path = DESCRIPTORS / "scenarios" / "d17-from-14-to-15.jd"
    assert [rule for rule, _ in roots(path, SINCE_14)] == [
        "resurrection-withdrawn",
        "dying-jid-reused",
        "descriptors-come",
    ]


def test_a_program_of_before_shows_nothing() -> None:
    """Bits that were unknown, and the order of two refusals, are all that can be seen."""
    found = {
        d.rule for number in range(60) for d in diff(generate(32, number), FROM_NEW).divergences
    }
    assert found <= {"descriptors-come", "privilege-asked-for-later"}


def test_a_refusal_that_changed_something_is_flawed() -> None:
    """A known change is no excuse for a refusal that is half done."""
    (found,) = (
        d
        for d in diff(
            program(
                'p1: jail_set(CREATE, name="a", persist)',
                "p1: jail_set(UPDATE, jid=1, persist=false, meta=-1)",
            ),
            FROM_NEW,
        ).divergences
        if d.step == 1
    )
    assert found.rule == "refused-update-done"
