from fuzz.differ.classes import Classifier, up_to
from fuzz.differ.comparison import LANDED
from fuzz.differ.diff import diff
from fuzz.differ.steps.lockstep import Step
from fuzz.differ.verdict.divergence import Divergence
from fuzz.differ.walk import walk
from tests.programs import REUSED, program

ECHO = (*REUSED, "p1: jail_get(DYING, jid=5)")


def steps_of(classes: Classifier) -> list[tuple[str, bool]]:
    """Class of each step of the program, and whether it was judged in full."""
    roots: list[Divergence] = []
    found = []
    for event in walk(program(*ECHO), LANDED, every_op=False):
        if isinstance(event, Step):
            fingerprint, report = classes.of_step(program(*ECHO), event, roots)
            found.append((fingerprint, report is not None))
    return found


def test_the_classes_are_those_of_the_differ() -> None:
    """A step has the fingerprint that a full report gives it."""
    found = [fingerprint for fingerprint, _ in steps_of(Classifier(LANDED))]
    assert found == [d.fingerprint for d in diff(program(*ECHO), LANDED).divergences]


def test_one_echo_of_a_kind_is_judged_in_full() -> None:
    """The second time the class is known."""
    classes = Classifier(LANDED)
    assert [judged for _, judged in steps_of(classes)] == [False, True]
    assert [judged for _, judged in steps_of(classes)] == [False, False]


def test_kinds_can_be_shared() -> None:
    """What one classifier learns another can begin with."""
    first = Classifier(LANDED)
    steps_of(first)
    assert [judged for _, judged in steps_of(Classifier(LANDED, first.echoes))] == [False, False]


def test_up_to() -> None:
    """The step itself is the last call."""
    assert up_to(program(*ECHO), 1).calls == program(*ECHO).calls[:2]
