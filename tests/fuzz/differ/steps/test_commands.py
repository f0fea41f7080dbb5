"""Commands in lockstep: each is one step, and a root if one of its calls is."""

from dataclasses import replace

import pytest

from jail_kernel.call import JailSet
from jaildiff.differ.annotate import annotate, check, verdict_texts
from jaildiff.differ.comparison import LANDED, Comparison
from jaildiff.differ.diff import Report, diff
from jaildiff.differ.steps.lockstep import Lockstep
from jaildiff.findings.story.story import tell
from jaildiff.kernels.registry import LEGACY, NEW
from jaildiff.programs.commands.command import Command
from jaildiff.programs.op_language import Script, parse
from jaildiff.search.shrink.shrink import reduce
from tests.programs import steps

CONF = """\
jaildiff 1
file /etc/jail.conf
    * {
        persist;
    }
    web {
        jid = 5;
    }
    outer {
        children.max = 2;
    }
    outer.inner { }
"""
HELD = (
    "$ jail -c web",
    "p1: fork() = p2",
    "p2: jail_attach(5)",
    "p2: hold(connection)",
    "p2: exit()",
    "$ jail -r web",
)


def script(*lines: str, userland: int | None = None) -> Script:
    """Commands on a host with some jails described."""
    found = parse(CONF + "\n".join(lines), "x")
    return replace(found, setup=replace(found.setup, userland=userland))


def report(*lines: str, userland: int | None = None) -> Report:
    """What the differ says of them."""
    return diff(script(*lines, userland=userland).program, LANDED)


def texts(found: Report) -> list[tuple[int, str]]:
    """What stands beside the lines."""
    return [(step, text) for step, said in verdict_texts(found).items() for text in said]


def test_a_root_is_at_one_of_the_calls() -> None:
    """A restart whose create differs is a root by the rule for that create, which is named."""
    found = report(*HELD, "$ jail -c web")
    assert texts(found) == [(6, "root intended dying-jid-reused")]
    assert found.divergences[0].call == ('p3001: jail_set(CREATE, name="web", persist=null, jid=5)')


def test_it_is_judged_as_the_call_alone_is() -> None:
    """The class of a command is that of the call at which the kernels part."""
    call = 'p1: jail_set(CREATE, name="web", persist=null, jid=5)'
    command, alone = report(*HELD, "$ jail -c web"), report(*HELD, call)
    assert command.divergences[0].fingerprint == alone.divergences[0].fingerprint


def test_later_differences_are_echoes_with_a_command_as_cause() -> None:
    """Output that differs is a difference; the story names the command and its call."""
    some = script(*HELD, "$ jail -c web", "$ jls -d jid")
    found = diff(some.program, LANDED)
    assert texts(found)[1:] == [(7, "echo of 6 intended dying-jid-reused")]
    story = " ".join(tell(some.program, found)[1].sentences)
    assert 'from step 6, the command `jail -c web` (its call `jail_set(CREATE, name="web"' in story
    assert 'on the new kernel it succeeds and prints "999999".' in story
    assert "The two runs part at its call `jail_get(DYING, lastjid=5, only jid:4)`." in story


def test_what_its_call_answers_is_told_if_it_differs() -> None:
    """What the kernels answer to the call at which they part is told if it is not the same."""
    refused = script(*HELD, "$ jail -c web")
    assert "From one state, the old kernel refuses with EEXIST" in cause(refused)
    renamed = script("$ jail -c outer", "$ jail -c outer.inner", "$ jail -m jid=2 name=x")
    assert "From one state" not in cause(renamed)


def cause(some: Script) -> str:
    """Why the first difference is there."""
    return tell(some.program, diff(some.program, LANDED))[0].cause


def test_each_rule_that_its_calls_show_is_said() -> None:
    """jail -d of 14 first fails to create and then revives: two rules, the gravest first."""
    found = report(
        *HELD[:-1],
        "$ jail -m name=web host.hostname=stale",
        "$ jail -r web",
        "$ jail -d -c web",
    )
    assert texts(found) == [
        (7, "root bug resurrected-with-stale-parameters"),
        (7, "root intended dying-jid-reused"),
    ]


def test_userlands_that_differ_on_one_kernel() -> None:
    """A warning of 15 is a root of its own kind; with one release on both sides nothing differs."""
    assert texts(report("$ jail -d -c web")) == [(0, "root intended deprecated-flag-warned")]
    assert texts(report("$ jail -d -c web", userland=14)) == []
    assert texts(report("$ jail -d -c web", userland=15)) == []


def test_commands_that_are_alike_leave_one_kernel() -> None:
    """As long as no root was met one kernel stands for both, host and all."""
    some = script("$ jail -c", "$ jail -d -c name=x persist", "$ jls", "$ jail -r '*'").program
    lockstep = Lockstep(some.jail_max, LANDED, some.setup)
    found = [step.index for step in steps(some, lockstep)]
    assert (found, lockstep.diverged) == ([1], False)


def test_sides_can_be_swapped() -> None:
    """New against legacy differs at the same steps, with the sides swapped."""
    some = script(
        *HELD, "$ jail -d -rc web", "$ jail -c outer", "$ jail -m outer.inner", "$ jail -rc '*'"
    ).program
    there, back = diff(some, LANDED), diff(some, Comparison(NEW, LEGACY))
    assert [(new, old) for old, new in there.answers] == list(back.answers)
    assert {d.step: d.causes for d in there.divergences} == {
        d.step: d.causes for d in back.divergences
    }


@pytest.mark.parametrize("model", [LEGACY, NEW])
def test_a_kernel_against_itself(model: object) -> None:
    """One kernel on both sides never differs."""
    some = script(*HELD, "$ jail -d -rc web", "$ jail -c", "$ jail -rc '*'").program
    assert isinstance(model, type(NEW))
    assert diff(some, Comparison(model, model)).divergences == ()


def test_expectations_beside_commands() -> None:
    """What is written beside a command is held against ending, output and verdicts."""
    some = script(*HELD, "$ jail -c web")
    written = annotate(some, diff(some.program, LANDED))
    assert check(written, LANDED) == []
    last = replace(written.lines[-1], new="exit 0\n1> web: create")
    assert [
        (m.step, m.what, m.expected, m.found)
        for m in check(replace(written, lines=(*written.lines[:-1], last)), LANDED)
    ] == [(6, "new", "exit 0\n1> web: create", "exit 0\n1> web: created")]


def test_minimized() -> None:
    """What is not needed for a difference goes, commands like calls."""
    some = parse(
        'jaildiff 1\ndir /unused\nfile unused\n    x { }\ncommand "unused" exits=1\n'
        + CONF.partition("\n")[2]
        + "\n".join(["$ jls", *HELD, "$ jls -d", "$ jail -c web", '    command "x"', "$ jls"]),
        "x",
    ).program

    def shows(program: object) -> bool:
        assert isinstance(program, type(some))
        return any(d.rule == "dying-jid-reused" for d in diff(program, LANDED).divergences)

    least = reduce(some, shows)
    commands = [call for call in least.calls if isinstance(call, Command)]
    assert not any(command.behaviours for command in commands)
    assert [name for name, _ in least.setup.files] == ["/etc/jail.conf"]
    assert (least.setup.dirs, least.setup.behaviours) == ((), ())
    assert [" ".join(command.argv) for command in commands] == [
        *("jail -c web", "jail -r web", "jail -c web"),
    ]


def test_cases_inside() -> None:
    """Rules see the system call, as its process made it, not the command."""
    (step,) = steps(script(*HELD, "$ jail -c web").program)
    assert {type(case.call) for case in step.cases} == {JailSet}
    assert {case.jid for case in step.cases} == {5}
