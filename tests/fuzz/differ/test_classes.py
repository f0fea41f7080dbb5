from collections.abc import Sequence

import pytest

from fuzz.differ.attribution import causes
from fuzz.differ.classes import Classifier, up_to
from fuzz.differ.comparison import LANDED, Comparison
from fuzz.differ.diff import diff
from fuzz.differ.steps.lockstep import Step
from fuzz.differ.verdict.divergence import Divergence, surfaces
from fuzz.differ.walk import walk
from fuzz.programs.program import Program
from fuzz.search.generator.generate import generate
from prison.source import is_compiled
from tests.programs import REUSED, program

ECHO = (*REUSED, "p1: jail_get(DYING, jid=5)")


OWN = {rule.id for rule in LANDED.rulebook.echo_rules}


def steps_of(classes: Classifier) -> list[str]:
    """The class of each step of the program."""
    roots: list[Divergence] = []
    return [
        classes.of_step(program(*ECHO), event, roots)
        for event in walk(program(*ECHO), LANDED, every_op=False)
        if isinstance(event, Step)
    ]


def attributed(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """The echoes that are attributed from now on, run by run."""
    found = []

    def counting(
        some: Program,
        roots: Sequence[int],
        echoes: Sequence[int],
        comparison: Comparison,
        reworded: Sequence[int],
    ) -> dict[int, tuple[int, ...] | None]:
        found.append([*echoes])
        return causes(some, roots, echoes, comparison, reworded)

    monkeypatch.setattr("fuzz.differ.diff.causes", counting)
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
    roots: list[Divergence] = []
    for event in walk(some, LANDED, every_op=False):
        if isinstance(event, Step):
            before = frozenset(root.rule for root in roots)
            classes.echoes[surfaces(event)[0], before, ()] = "known, as its roots decide it"
            found.add(classes.of_step(some, event, roots))
    assert own <= found


def test_up_to() -> None:
    """The step itself is the last call."""
    assert up_to(program(*ECHO), 1).calls == program(*ECHO).calls[:2]
