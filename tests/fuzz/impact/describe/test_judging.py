"""What a difference is to its user."""

from jaildiff.differ.comparison import LANDED
from jaildiff.impact.describe.judging import Effect, Explanation, judge_difference
from jaildiff.impact.lifecycle import Lifecycle, Linger, Step, TypedCommand, When, jail
from jaildiff.impact.lifecycle_runs.comparing import Columns, differences
from jaildiff.impact.lifecycle_runs.installation import Installation

TREE = (
    jail("-c", "name=a", "persist", "children.max=1", "securelevel=2"),
    jail("-c", "name=a.b", "jid=7", "persist"),
)


def judged(*steps: Step) -> Explanation:
    """The last difference of these steps."""
    lifecycle = Lifecycle("x", When.ALWAYS, (), steps)
    found = list(differences(Installation(), lifecycle, Columns.of(LANDED)))
    return judge_difference(found[-1], LANDED)


def test_a_command_that_fails_now_breaks() -> None:
    """The rule says why."""
    found = judged(*TREE, jail("-m", "name=a.b", "host.hostname=x"))
    assert (found.effect, found.causes) == (Effect.BREAKS, ("nested-update-refused",))


def test_a_limit_that_is_passed_breaks() -> None:
    """14 refused, 15 does it: a guarantee is gone."""
    found = judged(*TREE, jail("-m", "jid=7", "securelevel=1"))
    assert (found.effect, found.causes) == (Effect.BREAKS, ("nested-update-exceeds-parent",))


def test_a_system_that_stops_breaks() -> None:
    """A look from inside at a jail that has lost its parent's name."""
    found = judged(*TREE, jail("-m", "jid=7", "name=z"), TypedCommand(("jls", "-n"), inside="a"))
    assert found.effect is Effect.BREAKS


def test_a_command_that_works_now_improves() -> None:
    """A jid that a dying jail has can be had."""
    make = jail("-c", "name=a", "jid=5", "persist")
    found = judged(make, Linger("a"), jail("-r", "a"), make)
    assert (found.effect, found.causes) == (Effect.IMPROVES, ("dying-jid-reused",))


def test_the_userland_has_its_part() -> None:
    """14's jail(8) asks the kernel of 15 for what that does not do; 15's does not ask."""
    make = jail("-c", "name=a", "jid=5", "persist")
    change = jail("-d", "-m", "name=a", "jid=5", "persist")
    found = judged(make, Linger("a"), jail("-r", "a"), change)
    assert found.effect is Effect.BREAKS
    assert found.userland == ("U1",)
