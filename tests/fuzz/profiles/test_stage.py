"""A stage: what a tool does there, and what it sees."""

from dataclasses import replace

from fuzz.differ.comparison import LANDED
from fuzz.impact.trying.comparing import Columns
from fuzz.impact.trying.running import Column
from fuzz.profiles.profile import Basis, FailsOn, Profile, Step
from fuzz.profiles.stage import (
    AT_ONCE,
    FAILS,
    NEVER,
    NOT_THERE,
    PANICS,
    THERE,
    WITH_THE_LAST,
    WORKS,
    Stage,
)
from tests.fuzz.profiles.tools import tool

COLUMNS = Columns.of(LANDED)
BEFORE, AFTER = COLUMNS.before, COLUMNS.after
CREATE = Step("jail -c name=web persist")
REMOVE = Step("jail -r web")
ASK = Step("jls -d -j web", unseen=True)


def staged(profile: Profile, column: Column) -> Stage:
    """A stage for a tool."""
    return Stage(profile, column, column.model.step)


def dying(stage: Stage) -> list[int]:
    """The jids of all jails but the living ones."""
    return [pr.jid for pr in stage.k.allprison if pr not in stage.living()]


def test_an_idiom_ends_with_the_first_step_that_fails() -> None:
    """What comes after a failure is not done."""
    stage = staged(tool(start=(CREATE, CREATE, Step("jls"))), AFTER)
    seen = stage.act("start")
    assert seen.outcome == FAILS
    assert [step.ok for step in seen.steps] == [True, False]
    assert seen.steps[-1].complaint == 'jail: "web" already exists'


def test_the_tool_says_what_a_failure_is() -> None:
    """The status counts, or what is on standard error, or nothing at all."""
    warned = "jail -c name=web persist allow.dying"
    for fails_on, outcome in (
        (FailsOn.STATUS, WORKS),
        (FailsOn.STDERR, FAILS),
        (FailsOn.NEVER, WORKS),
    ):
        stage = staged(tool(start=Step(warned, fails_on=fails_on)), AFTER)
        assert stage.act("start").outcome == outcome
    stage = staged(tool(start=Step("jail -r web", fails_on=FailsOn.NEVER)), AFTER)
    assert stage.act("start").outcome == WORKS


def test_what_goes_to_dev_null_is_not_seen() -> None:
    """Neither output nor status are seen, but whether it worked is."""
    seen = staged(tool(stop=Step("jail -r web", unseen=True)), AFTER).act("stop")
    assert seen.outcome == FAILS
    assert (seen.steps[0].status, seen.steps[0].out, seen.steps[0].err) == ("", "", "")


def test_a_jid_is_noted_and_used() -> None:
    """{jid} is what a command printed or a call returned last."""
    stage = staged(
        tool(
            start=(
                CREATE,
                Step("jls -j web jid", keeps_jid=True),
                Step("jail -m jid={jid} name=x"),
            ),
            stop=(
                Step('p1: jail_set(CREATE, name="y", persist)', is_call=True, keeps_jid=True),
                Step("p1: jail_remove({jid})", is_call=True),
            ),
        ),
        AFTER,
    )
    assert stage.act("start").steps[-1].text == "jail -m jid=1 name=x"
    assert stage.act("stop").steps[-1].text == "p1: jail_remove(2)"
    assert [name for name, _ in stage.jails()] == ["x"]


def test_a_file_goes_to_standard_input() -> None:
    """`stdin` is a file of the profile."""
    profile = Profile(
        "tool",
        "a tool",
        Basis.MEMORY,
        ("web",),
        None,
        {"start": (Step("jail -f - -c web", stdin="conf"),)},
        files={"conf": "web { persist; }"},
    )
    assert staged(profile, AFTER).act("start").outcome == WORKS


def test_what_lingers_keeps_the_jail_dying() -> None:
    """After linger the jail outlives its removal, until it is let go."""
    stage = staged(tool(start=CREATE, stop=REMOVE), BEFORE)
    stage.act("start")
    stage.linger()
    stage.act("stop")
    assert (stage.living(), dying(stage)) == ([], [1])
    stage.let_go()
    assert dying(stage) == []


def test_nothing_lingers_in_a_jail_that_is_not_there() -> None:
    """Without the jail nobody opens anything in it."""
    stage = staged(tool(start=CREATE, stop=REMOVE), BEFORE)
    stage.linger()
    assert stage.held == []


def test_a_probe_says_whether_the_jail_is_there() -> None:
    """It is if the command works or, with a pattern, if a line of the output matches."""
    for probe in (Step("jls -j web"), Step("jls -d name dying", there_if="^web false$")):
        stage = staged(tool(start=CREATE, check=probe), AFTER)
        assert stage.act("check").outcome == NOT_THERE
        stage.act("start")
        assert stage.act("check").outcome == THERE


def test_a_wait_ends_at_once_with_the_last_or_never() -> None:
    """It goes on while the jail is there; at last nothing lingers, and only a new jail is left."""
    stage = staged(tool(start=CREATE, stop=REMOVE, wait=ASK), AFTER)
    assert stage.act("wait").outcome == AT_ONCE
    for again, outcome in ((False, WITH_THE_LAST), (True, NEVER)):
        stage.act("start")
        stage.linger()
        stage.act("stop")
        if again:
            stage.act("start")
        assert stage.act("wait").outcome == outcome


def test_a_kernel_that_stops_is_told() -> None:
    """A panic is how an act may end: here the removal of the parent of a ghost."""
    ghost = 'p1: jail_set(UPDATE|DYING, jid=2, host.hostname="retired")'
    profile = tool(
        start=(
            Step("jail -c name=farm persist children.max=5"),
            Step("jail -c name=farm.web persist"),
        ),
        stop=Step("jail -r farm.web"),
        modify=Step(ghost, is_call=True),
        destroy=Step("jail -r farm"),
    )
    for column, outcome in ((BEFORE, PANICS), (AFTER, WORKS)):
        stage = staged(replace(profile, jails=("farm.web",)), column)
        stage.act("start")
        stage.linger()
        stage.act("stop")
        stage.act("modify")
        assert stage.act("destroy").outcome == outcome
