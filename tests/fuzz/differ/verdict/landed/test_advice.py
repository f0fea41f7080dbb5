"""Every piece of advice is followed, on both kernels, where its rule is met."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

import pytest

from jaildiff.differ.comparison import LANDED
from jaildiff.differ.diff import diff
from jaildiff.differ.steps.lockstep import Step
from jaildiff.differ.verdict.advice import Advice, Audience, Situation
from jaildiff.differ.verdict.divergence import judge_case
from jaildiff.differ.verdict.landed.rules import RULEBOOK
from jaildiff.programs.program import Program
from tests.programs import NESTED, corpus_files, corpus_script, generated, program, steps
from tests.remedies import REMEDIES, Met, helps

EACH = 12  # programs for a piece of advice
SEED, PROGRAMS = 41, 1500
RARE = (  # situations that are hardly ever generated
    program(
        'p1: jail_set(CREATE, name="full", persist, children.max=1)',
        "p1: fork() = p2",
        "p2: jail_attach(1)",
        "p2: fork() = p3",
        "p3: jail_set(CREATE|ATTACH, jid=5)",
        "p3: hold(r)",
        "p3: exit()",
        "p2: jail_set(UPDATE|DYING, jid=5, persist)",
    ),
    program(*NESTED, f'p1: jail_set(UPDATE, jid=2, name="{"x" * 254}")'),
    program(*NESTED, 'p1: jail_set(UPDATE, jid=2, name="a", ip4.addr=["10.0.0.1"])'),
    program(
        NESTED[0],
        'p1: jail_set(CREATE, jid=2, name="a.2", persist)',
        "p1: jail_set(UPDATE, jid=2, allow.raw_sockets)",
    ),
)


def met(program: Program) -> Iterator[Met]:
    """The first root of a program, and each echo that has a rule of its own, with the program up to
    there; and a root that needs an earlier one, since it is about what that made.
    """
    report = diff(program, LANDED)
    by_step: dict[int, Step] = {step.index: step for step in steps(program)}
    for found in report.divergences:
        cases = by_step[found.step].cases
        judged = (c for c in cases if judge_case(by_step[found.step], c, RULEBOOK)[1] == found)
        case = next(judged, None)
        if case is not None and type(case.call) is not type(program.calls[found.step]):
            continue  # A command makes the call; advice is followed where the call is made.
        first = found is report.divergences[0] or (case is not None and case.instead is not None)
        if found.rule is not None and (first if case is not None else is_echo_rule(found.rule)):
            calls = program.calls[: found.step + 1]
            yield Met(replace(program, calls=calls), found.rule, case, found.causes)


def is_echo_rule(rule: str) -> bool:
    """Whether a rule is one for echoes."""
    return RULEBOOK.by_id[rule] in RULEBOOK.echo_rules


@pytest.fixture(scope="module")
def found() -> dict[str, list[Met]]:
    """Where the rules are met, in the corpus and in generated programs."""
    programs = (corpus_script(path).program for path in corpus_files())
    by_rule: dict[str, list[Met]] = {}
    for one in chain.from_iterable(map(met, chain(RARE, programs, generated(SEED, PROGRAMS)))):
        by_rule.setdefault(one.rule, []).append(one)
    return by_rule


RULES: dict[Advice, list[str]] = {}
for rule in RULEBOOK.by_id.values():
    for piece in rule.advice:
        RULES.setdefault(piece, []).append(rule.id)


@pytest.mark.parametrize(
    "advice", RULES, ids=[f"{RULES[one][0]}-{one.audience.name}-{one.remedy}" for one in RULES]
)
def test_advice_helps(advice: Advice, found: dict[str, list[Met]]) -> None:
    """Who follows it where it is given is helped; and it is given somewhere."""
    helped = Counter[bool | None]()
    for rule in RULES[advice]:
        told = Counter[bool | None]()
        for one in found[rule]:
            if told.total() - told[None] == EACH:
                break
            if advice.applies(Situation(one.program.calls[-1], one.case)):
                told[helps(one, advice.remedy)] += 1
                assert not told[False], one.program
        helped += told
    assert helped[True] > 0


def test_every_remedy_is_some_advice() -> None:
    """No remedy is left that no advice names."""
    assert {one.remedy for one in RULES} >= REMEDIES.keys()


@pytest.mark.parametrize("rule", RULEBOOK.by_id)
def test_everybody_is_advised(rule: str, found: dict[str, list[Met]]) -> None:
    """Wherever a rule is met there is advice for callers of jail_set, and for nobody twice."""
    for one in found[rule]:
        situation = Situation(one.program.calls[-1], one.case)
        given = Counter(a.audience for a in RULEBOOK.by_id[rule].advice if a.applies(situation))
        assert given[Audience.CALLERS] == 1, one.program
        assert max(given.values()) == 1, one.program
