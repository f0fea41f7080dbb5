"""fuzz/jaildiff/differ/verdict/mainline/questions.py."""

from jail_kernel.state import JAIL_MAX
from jaildiff.differ.comparison import Named, comparison
from jaildiff.differ.steps.lockstep import Lockstep
from jaildiff.differ.steps.root_experiment import RootExperiment
from jaildiff.differ.verdict.mainline.questions import asked_once
from tests.programs import program, steps

COMPARED = comparison(Named("new", "descriptors"))


def test_a_question_is_answered_once_for_each_case() -> None:
    """Asked of one case again it is not answered anew; of another one it is."""
    asked: list[RootExperiment] = []

    @asked_once
    def question(case: RootExperiment) -> bool:
        asked.append(case)
        return len(asked) % 2 == 1

    calls = program("p1: jail_attach_jd(3)", "p1: jail_remove_jd(3)")
    one, other = (step.cases[0] for step in steps(calls, Lockstep(JAIL_MAX, COMPARED)))
    assert [question(case) for case in (one, one, other, one)] == [True, True, False, True]
    assert asked == [one, other, one]
