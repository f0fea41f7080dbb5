"""A tool: what it does on a machine, and what it sees."""

from jaildiff.differ.comparison import LANDED
from jaildiff.impact.acts import (
    AT_ONCE,
    FAILS,
    NEVER,
    NOT_THERE,
    THERE,
    WITH_THE_LAST,
    WORKS,
    Act,
    ActKind,
    FailsOn,
    ToolCommand,
)
from jaildiff.impact.lifecycle import LetGo, Lifecycle, Linger, When
from jaildiff.impact.lifecycle_runs.comparing import Columns
from jaildiff.impact.lifecycle_runs.comparing_acts import living
from jaildiff.impact.lifecycle_runs.installation import Installation
from jaildiff.impact.lifecycle_runs.running import PANIC, Column, LifecycleRun, StepResult, start

COLUMNS = Columns.of(LANDED)
BEFORE, AFTER = COLUMNS.before, COLUMNS.after
CREATE = ToolCommand("jail -c name=web persist")
REMOVE = ToolCommand("jail -r web")
ASK = ToolCommand("jls -d -j web", unseen=True)
NO_STEPS = Lifecycle("x", When.ALWAYS, (), ())


def booted(column: Column = AFTER, installation: Installation | None = None) -> LifecycleRun:
    """A system for a tool to work on."""
    return start(installation or Installation(), NO_STEPS, column)


def act(run: LifecycleRun, *commands: ToolCommand, kind: ActKind = ActKind.DO) -> StepResult:
    """Let the tool do this."""
    return run.take(Act("act", commands, kind))


def dying(run: LifecycleRun) -> list[int]:
    """The jids of all jails but the living ones."""
    return [pr.jid for pr in run.machine.kernel.allprison if pr not in run.machine.living()]


def test_an_act_ends_with_the_first_command_that_fails() -> None:
    """What comes after a failure is not done."""
    seen = act(booted(), CREATE, CREATE, ToolCommand("jls"))
    assert seen.exit == FAILS
    assert [command.ok for command in seen.commands] == [True, False]
    assert seen.commands[-1].complaint == 'jail: "web" already exists'


def test_the_tool_says_what_a_failure_is() -> None:
    """The status counts, or what is on standard error, or nothing at all."""
    warned = "jail -c name=web persist allow.dying"
    for fails_on, outcome in (
        (FailsOn.STATUS, WORKS),
        (FailsOn.STDERR, FAILS),
        (FailsOn.NEVER, WORKS),
    ):
        assert act(booted(), ToolCommand(warned, fails_on=fails_on)).exit == outcome
    assert act(booted(), ToolCommand("jail -r web", fails_on=FailsOn.NEVER)).exit == WORKS


def test_what_goes_to_dev_null_is_not_seen() -> None:
    """Neither output nor status are seen, but whether it worked is."""
    seen = act(booted(), ToolCommand("jail -r web", unseen=True))
    assert seen.exit == FAILS
    assert seen.commands[0][2:] == ("", "", "")


def test_a_jid_is_noted_and_used() -> None:
    """{jid} is what a command printed or a call returned last."""
    run = booted()
    asked = ToolCommand("jls -j web jid", keeps_jid=True)
    seen = act(run, CREATE, asked, ToolCommand("jail -m jid={jid} name=x"))
    assert seen.commands[-1].text == "jail -m jid=1 name=x"
    make = 'p1: jail_set(CREATE, name="y", persist)'
    seen = act(
        run,
        ToolCommand(make, is_call=True, keeps_jid=True),
        ToolCommand("p1: jail_remove({jid})", is_call=True),
    )
    assert seen.commands[-1].text == "p1: jail_remove(2)"
    assert [name for name, _ in living(seen)] == ["x"]


def test_a_file_goes_to_standard_input() -> None:
    """`stdin` is a file of the installation."""
    installation = Installation(files={"conf": "web { persist; }"})
    feed = ToolCommand("jail -f - -c web", stdin="conf")
    assert act(booted(installation=installation), feed).exit == WORKS


def test_what_somebody_else_did_comes_first() -> None:
    """The tool finds it done."""
    assert len(booted(installation=Installation(given=(CREATE,))).machine.living()) == 1


def test_what_lingers_keeps_the_jail_dying() -> None:
    """After linger the jail outlives its removal, until it is let go."""
    run = booted(BEFORE)
    act(run, CREATE)
    run.take(Linger("nobody", others=("web",)))
    act(run, REMOVE)
    assert (run.machine.living(), dying(run)) == ([], [1])
    run.take(LetGo())
    assert dying(run) == []


def test_nothing_lingers_in_a_jail_that_is_not_there() -> None:
    """Without the jail nobody opens anything in it."""
    run = booted()
    run.take(Linger("web"))
    assert run.machine.held == []


def test_a_probe_says_whether_the_jail_is_there() -> None:
    """It is if the command works or, with a pattern, if a line of the output matches."""
    by_line = ToolCommand("jls -d name dying", there_if="^web false$")
    for probe in (ToolCommand("jls -j web"), by_line):
        run = booted()
        assert act(run, probe, kind=ActKind.CHECK).exit == NOT_THERE
        act(run, CREATE)
        assert act(run, probe, kind=ActKind.CHECK).exit == THERE


def test_a_wait_ends_at_once_with_the_last_or_never() -> None:
    """It goes on while the jail is there; at last nothing lingers, and only a new jail is left."""
    run = booted()
    assert act(run, ASK, kind=ActKind.WAIT).exit == AT_ONCE
    for again, outcome in ((False, WITH_THE_LAST), (True, NEVER)):
        act(run, CREATE)
        run.take(Linger("web"))
        act(run, REMOVE)
        if again:
            act(run, CREATE)
        assert act(run, ASK, kind=ActKind.WAIT).exit == outcome


def test_a_kernel_that_stops_is_told() -> None:
    """A panic is how an act may end: here the removal of the parent of a ghost."""
    ghost = 'p1: jail_set(UPDATE|DYING, jid=2, host.hostname="retired")'
    for column, outcome in ((BEFORE, PANIC), (AFTER, WORKS)):
        run = booted(column)
        act(
            run,
            ToolCommand("jail -c name=farm persist children.max=5"),
            ToolCommand("jail -c name=farm.web persist"),
        )
        run.take(Linger("farm.web"))
        act(run, ToolCommand("jail -r farm.web"))
        act(run, ToolCommand(ghost, is_call=True))
        assert act(run, ToolCommand("jail -r farm")).exit == outcome
