from collections.abc import Collection, Sequence

import pytest

from jail_source.build import is_compiled
from jaildiff.differ.attribution import FEW, Attribution
from jaildiff.differ.classes import Classifier, UnderWay, up_to
from jaildiff.differ.comparison import LANDED
from jaildiff.differ.diff import diff
from jaildiff.differ.steps.lockstep import Step
from jaildiff.differ.verdict.divergence import surfaces
from jaildiff.differ.walk import walk
from jaildiff.search.generator.generate import generate
from tests.fuzz.differ.test_attribution import restarts
from tests.programs import REUSED, generated, program, steps

ECHO = (*REUSED, "p1: jail_get(DYING, jid=5)")


OWN = {rule.id for rule in LANDED.rulebook.echo_rules}


def steps_of(classes: Classifier) -> list[str]:
    """The class of each step of the program."""
    under_way = UnderWay(program(*ECHO), LANDED)
    return [
        classes.of_step(under_way, event)
        for event in walk(program(*ECHO), LANDED, every_op=False)
        if isinstance(event, Step)
    ]


def attributed(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """The echoes that are attributed from now on, run by run."""
    found = []

    class Counting(Attribution):
        def causes(
            self, roots: Sequence[int], echoes: Sequence[int], apart: Collection[int] = ()
        ) -> dict[int, tuple[int, ...] | None]:
            found.append([*echoes])
            return super().causes(roots, echoes, apart)

    monkeypatch.setattr("jaildiff.differ.diff.Attribution", Counting)
    return found


def test_the_classes_are_those_of_the_differ() -> None:
    """A step has the fingerprint that a full report gives it."""
    found = steps_of(Classifier(LANDED))
    assert found == [d.fingerprint for d in diff(program(*ECHO), LANDED).divergences]


@pytest.mark.skipif(is_compiled(), reason="what is compiled cannot be watched")
def test_one_echo_of_a_kind_is_attributed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second time the class is known."""
    classes, runs = Classifier(LANDED), attributed(monkeypatch)
    first = steps_of(classes)
    assert runs == [[5]]
    assert steps_of(classes) == first
    assert runs == [[5]]


@pytest.mark.skipif(is_compiled(), reason="what is compiled cannot be watched")
def test_kinds_can_be_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one classifier learns another can begin with."""
    first = Classifier(LANDED)
    steps_of(first)
    runs = attributed(monkeypatch)
    steps_of(Classifier(LANDED, first.echoes))
    assert runs == []


def test_an_echo_with_a_rule_of_its_own_is_a_kind_of_its_own() -> None:
    """What only a rule for echoes tells apart is attributed though its roots were met before."""
    some = generate(23, 2)
    own = {d.fingerprint for d in diff(some, LANDED).divergences if d.rule in OWN}
    assert own
    classes, found = Classifier(LANDED), set()
    under_way = UnderWay(some, LANDED)
    for event in walk(some, LANDED, every_op=False):
        if isinstance(event, Step):
            before = frozenset(root.rule for root in under_way.roots)
            classes.echoes[surfaces(event)[0], before, ()] = "known, as its roots decide it"
            found.add(classes.of_step(under_way, event))
    assert own <= found


def test_an_echo_is_judged_as_in_a_full_report() -> None:
    """Whether or not others before it were judged: with few roots before it, and with many."""
    judged = many = 0
    for some in (*generated(53, 150), restarts(FEW + 2)):
        report = {d.step: d for d in diff(some, LANDED).divergences}
        for every in (1, 3):
            under_way = UnderWay(some, LANDED)
            for number, step in enumerate(steps(some)):
                if step.cases:
                    under_way.meet(step)
                elif number % every == 0 and report[step.index].attributed:
                    cut = diff(up_to(some, step.index), LANDED).divergences[-1]
                    assert under_way.echo(step) == cut
                    judged, many = judged + 1, many + (len(under_way.roots) > FEW)
    assert judged > 100
    assert many > 1


def test_up_to() -> None:
    """The step itself is the last call."""
    assert up_to(program(*ECHO), 1).calls == program(*ECHO).calls[:2]
