"""Which steps are told to differ, and which follow from others."""

from jaildiff.differ.comparison import LANDED
from jaildiff.impact.lifecycle import Lifecycle, Linger, Lingering, Step, TypedCommand, When, jail
from jaildiff.impact.lifecycle_runs.comparing import Columns, Difference, differences
from jaildiff.impact.lifecycle_runs.installation import Installation
from jaildiff.impact.lifecycle_runs.running import PANIC

COLUMNS = Columns.of(LANDED)


def found(*steps: Step) -> list[Difference]:
    """What differs in these steps, in an installation without files."""
    return list(differences(Installation(), Lifecycle("x", When.ALWAYS, (), steps), COLUMNS))


def test_what_is_alike_is_not_told() -> None:
    """A jail by name that is restarted beside its dying self is the same on both."""
    make = jail("-c", "name=a", "persist")
    for what in Lingering:
        assert (
            found(make, Linger("a", what), jail("-r", "a"), make, TypedCommand(("jls", "-d"))) == []
        )


def test_only_the_first_step_about_a_jail_is_told() -> None:
    """What is done with a jail that differs already is its consequence; jls, too."""
    make = jail("-c", "name=a", "jid=5", "persist")
    other = jail("-c", "name=b", "jid=6", "persist")
    steps = (
        make,
        Linger("a"),
        jail("-r", "a"),
        make,
        TypedCommand(("jls", "-d")),
        jail("-r", "a"),
        make,
    )
    (one,) = found(*steps)
    assert (one.index, one.jails) == (3, ("a",))
    again = found(*steps, other, Linger("b"), jail("-r", "b"), other)
    assert [(each.index, each.jails) for each in again] == [(3, ("a",)), (10, ("b",))]


def test_a_command_that_only_ends_otherwise_is_told() -> None:
    """A refused update that would have changed nothing leaves no trace, and is told as well."""
    make = jail("-c", "name=a", "persist", "children.max=1"), jail("-c", "name=a.b", "persist")
    (one,) = found(*make, jail("-m", "name=a.b", "securelevel=-1"))
    assert (one.before.ok, one.after.ok, one.jails) == (True, False, ("a.b",))


def test_a_jail_that_is_stopped_for_a_dying_one_is_told() -> None:
    """Though it differs already: whoever gives the jid of the dying one does not mean this one."""
    installation = Installation(conf="/jail.conf", files={"/jail.conf": "a { jid = 5; persist; }"})
    steps = (jail("-c", "a"), Linger("a"), jail("-r", "a"), jail("-c", "a"), jail("-r", "999999"))
    first, second = differences(installation, Lifecycle("x", When.LINGERS, ("a",), steps), COLUMNS)
    assert (first.index, first.struck) == (3, False)
    assert (second.index, second.struck, second.jails) == (4, True, ("a",))
    by_name = (*steps[:-1], jail("-r", "a"))
    (one,) = differences(installation, Lifecycle("x", When.LINGERS, ("a",), by_name), COLUMNS)
    assert (one.index, one.struck) == (3, False)


def test_other_words_of_a_refusal_are_not_told() -> None:
    """A call that fails on both, for another reason, is told only if it leaves something behind:
    here the dying jail gets another jid, though no jail is made.
    """
    make = jail("-c", "name=a", "jid=5", "persist")
    other = jail("-c", "name=b", "persist")
    stopped = make, other, Linger("a"), jail("-r", "a")
    assert found(*stopped, jail("-c", "name=b", "jid=5", "persist")) == []
    (one,) = found(*stopped, jail("-c", "name=7", "jid=5", "persist"))
    assert (one.before.ok, one.after.ok, one.jails) == (False, False, ("a",))


def test_a_warning_is_told_once_and_by_itself() -> None:
    """-d warns on 15 each time; the rest of the step is compared as if it did not."""
    make = jail("-d", "-c", "name=a", "persist")
    (one,) = found(make, jail("-r", "a"), make)
    assert (one.index, one.warned) == (0, True)


def test_nothing_follows_a_panic() -> None:
    """A system that stopped runs no further command."""
    steps = (
        jail("-c", "name=a", "persist", "children.max=9"),
        jail("-c", "name=a.b", "persist"),
        jail("-m", "jid=2", "name=z"),
        TypedCommand(("jls", "-n"), inside="a"),
        jail("-c", "name=y", "persist"),
    )
    rename, look = found(*steps)
    assert (rename.index, look.index) == (2, 3)
    assert (look.before.exit, look.after.exit) == (0, PANIC)
