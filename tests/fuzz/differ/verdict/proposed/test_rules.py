"""The rules of the proposed designs, each with a witness and a counterpart."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from jaildiff.differ.comparison import Comparison, Named, comparison
from jaildiff.differ.diff import diff
from jaildiff.differ.steps.lockstep import Lockstep
from jaildiff.differ.verdict.landed import rules as landed
from jaildiff.differ.verdict.proposed.rules import BY_DESIGN
from jaildiff.differ.verdict.rule import Rule, Verdict
from jaildiff.kernels.named import DESIGNS
from jaildiff.kernels.registry import NEW
from jaildiff.programs.program import Program
from jaildiff.search.generator.generate import generate
from tests.programs import CORPUS, corpus_script, program

FOLDER = CORPUS / "designs" / "rules"
LANDED = landed.RULEBOOK.by_id
OWN = {rule.id: rule for rules in BY_DESIGN.values() for rule in rules.by_id.values()}
OWN = {id_: rule for id_, rule in OWN.items() if id_ not in LANDED}
each_rule = pytest.mark.parametrize("rule", OWN.values(), ids=OWN.keys())
each_design = pytest.mark.parametrize("design", DESIGNS)


def against_14(design: str) -> Comparison:
    """A design and the kernel before the patch."""
    return comparison(Named("legacy", design))


def found(path: Path) -> set[tuple[str | None, Verdict]]:
    """The rules of the differences that a program of the corpus shows, on its own kernels."""
    script = corpus_script(path)
    report = diff(script.program, comparison(Named(*script.kernels)))
    return {(one.rule, one.verdict) for one in report.divergences}


def claims(some: Program, compared: Comparison) -> Counter[tuple[str, ...]]:
    """The rules that claim each root of a program."""
    lockstep = Lockstep(some.jail_max, compared, some.setup)
    seen: Counter[tuple[str, ...]] = Counter()
    for call in some.calls:
        step = lockstep.step(call)
        for case in step.cases if step else ():
            seen[tuple(rule.id for rule in compared.rulebook.claims(case))] += 1
        if lockstep.panicked:
            break
    return seen


@each_rule
def test_witness(rule: Rule[object]) -> None:
    """The witness shows a difference that this rule claims."""
    assert rule.witness == f"designs/rules/{rule.id}.jd"
    assert (rule.id, rule.verdict) in found(CORPUS / rule.witness)


@each_rule
def test_counterpart(rule: Rule[object]) -> None:
    """The counterpart looks like the witness, but the rule is silent."""
    assert rule.id not in {rule_id for rule_id, _ in found(FOLDER / "near" / f"{rule.id}.jd")}


@each_rule
def test_a_rule_is_complete(rule: Rule[object]) -> None:
    """It says why, where, and what to do; a bug has a kind and a side."""
    assert rule.rationale.endswith(".")
    assert rule.reference
    assert rule.advice
    assert (rule.bug_kind is not None) == (rule.side is not None) == (rule.verdict is Verdict.BUG)


@pytest.mark.parametrize("folder", ["", "near"])
def test_files_are_those_of_the_rules(folder: str) -> None:
    """Every rule has a witness and a counterpart, and no other file lies there."""
    assert {path.stem for path in (FOLDER / folder).glob("*.jd")} == OWN.keys()


def test_every_design_has_a_rulebook() -> None:
    """It is judged by its own rules against 14, and by none against another kernel."""
    assert BY_DESIGN.keys() == set(DESIGNS)
    assert all(against_14(design).has_rulebook for design in DESIGNS)
    assert not comparison(Named("new", "upward")).has_rulebook


@each_design
def test_one_rule_for_each_root(design: str) -> None:
    """Of all roots in generated programs each is claimed by just one rule."""
    seen: Counter[tuple[str, ...]] = Counter()
    for number in range(100):
        seen += claims(generate(33, number), against_14(design))
    assert {rules: n for rules, n in seen.items() if len(rules) != 1} == {}
    assert len(seen) >= 5


@each_design
def test_only_the_undefined_is_unexplained(design: str) -> None:
    """In generated programs nothing is left to explain, but to what a design has no answer."""
    reports = (diff(generate(34, number), against_14(design)) for number in range(100))
    seen = {d.rule for r in reports for d in r.divergences if d.verdict is Verdict.UNEXPLAINED}
    assert seen <= {"undefined-by-this-design"}


def test_a_jail_that_moves_down_is_flawed() -> None:
    """A kernel that takes the place of `upward` and renumbers downward is not explained."""
    reused = corpus_script(CORPUS / "rules" / "dying-jid-reused.jd").program
    upward = against_14("upward")
    downward = Comparison(upward.old, replace(NEW, shipped_as="upward"))
    assert [d.rule for d in diff(reused, upward).divergences] == ["dying-jid-reused"]
    (wrong,) = diff(reused, downward).divergences
    assert wrong.rule is None
    assert "did not get the next automatic jid" in wrong.why


def test_the_corrected_kernel_breaks_no_invariant() -> None:
    """Whatever the old kernel breaks, this one does not."""
    reports = (diff(generate(35, number), against_14("corrected")) for number in range(150))
    assert {v.side for r in reports for v in r.violations} <= {"old"}


def test_the_renamed_jail_is_found_by_its_new_jid() -> None:
    """A name that is the jid follows it; another name stays."""
    calls = (
        "p1: fork() = p2",
        "p2: jail_set(CREATE|ATTACH, jid=5)",
        "p2: hold(r)",
        "p2: exit()",
        "p1: jail_set(CREATE, jid=5, persist)",
        'p1: jail_get(DYING, name="999999")',
    )
    answers = diff(program(*calls), against_14("renamed")).answers
    assert answers[-1][1].ret == 999999
    assert diff(program(*calls), against_14("corrected")).answers[-1][1].errno == "ENOENT"


def test_a_name_without_room_is_undefined() -> None:
    """The review does not say what becomes of a name that the new jid would make too long."""
    x = "x" * 61
    names = [x, f"{x}.{x}", f"{x}.{x}.{x}", f"{x}.{x}.{x}.{x}xxxx"]
    calls = ["p1: fork() = p2", "p2: jail_set(CREATE|ATTACH, jid=5, children.max=9)"]
    calls += [
        f'p2: jail_set(CREATE, name="{name}", persist, children.max={8 - depth})'
        for depth, name in enumerate(names)
    ]
    calls += [
        "p1: fork() = p3",
        "p3: jail_attach(4)",
        "p3: hold(r)",
        "p1: jail_remove(5)",
        "p1: jail_set(CREATE, jid=5, persist)",
    ]
    last = diff(program(*calls), against_14("renamed")).answers[-1][1]
    assert last.undefined
    assert "no room" in str(last.errmsg)
