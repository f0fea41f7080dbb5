"""A command as one op: what it answers, and that it can be taken back whole."""

from itertools import islice
from typing import Any

import pytest

from jail_kernel.call import Malformed
from jail_kernel.clone import clone
from jail_kernel.freeze import freeze
from jail_kernel.kernel import Kernel
from jail_userland.events import Called, Executed
from jaildiff.kernels.registry import KERNELS, LEGACY, NEW
from jaildiff.programs.commands.command import NO_SETUP, Behaviour, Command, Setup
from jaildiff.programs.commands.command_result import CommandResult
from jaildiff.programs.commands.host_state import boot, boot_with, state_of
from jaildiff.programs.commands.run_command import PIDS
from jaildiff.programs.json_form import call_from_json
from jaildiff.programs.op_language import parse
from jaildiff.programs.program import Program
from jaildiff.recordings.sessions.session import Session, read_sessions
from tests.house.tools import ROOT

CONF = """\
jaildiff 1
file /etc/jail.conf
    web {
        jid = 5;
        persist;
        exec.start = "sh /etc/rc";
    }
command "sh /etc/rc" leaves=2
"""
SESSIONS = ROOT / "corpus" / "userland"
SAMPLE = 600  # of each file
TABLES = ("exits", "secs", "leaves", "term", "kill")


def program(*lines: str) -> Program:
    """A program on a host with one jail described."""
    return parse(CONF + "\n".join(lines), "x").program


def ran(*lines: str) -> tuple[Kernel, list[CommandResult]]:
    """The machine after commands on the new kernel, and what they answered."""
    some = program(*lines)
    k = boot(some)
    answers = [NEW.step(k, command) for command in some.calls]
    assert all(isinstance(answer, CommandResult) for answer in answers)
    return k, [answer for answer in answers if isinstance(answer, CommandResult)]


def test_an_answer() -> None:
    """A command answers with its ending and its output; its calls and what it ran are kept."""
    _, (created, again) = ran("$ jail -c web", "$ jail -v -c web")
    assert (created.ending, created.stdout, created.stderr) == ("exit 0", "web: created\n", "")
    assert (created.ok, created.kind, created.panicked) == (True, "ok", False)
    assert [type(event).__name__ for event in created.events] == [
        *("Called", "Called", "Forked", "Called", "Executed", "Left", "Left", "Exited"),
    ]
    assert (again.ending, again.kind, again.ok) == ("exit 1", "exit 1", False)
    assert again.stderr == 'jail: "web" already exists\n'


def test_alike_is_what_is_seen() -> None:
    """Answers with the same ending and output are equal, whatever was done for them."""
    _, (one,) = ran("$ jls")
    _, (other,) = ran("$ jls -N jid")
    assert one != other
    assert one == CommandResult.of(0, one.stdout, one.stderr)


def test_whole_rollback() -> None:
    """A command of many calls is taken back whole, host and all, and can be made again."""
    k, _ = ran("$ jail -c web")
    before, host, seq = freeze(k), k.host, k.seq
    (restart,) = program("$ jail -rc web").calls
    answer = NEW.step(k, restart)
    after, later = freeze(k), k.host
    assert (after, later) != (before, host)
    k.rollback()
    assert (freeze(k), k.host, k.seq) == (before, host, seq)
    assert NEW.step(k, restart) == answer
    assert (freeze(k), k.host) == (after, later)


def test_a_clone_has_the_host() -> None:
    """A clone answers as the original does: files, clock and processes are those of its host."""
    k, _ = ran("$ jail -c web", "$ sleep 3")
    twin = clone(k)
    assert state_of(twin).clock == state_of(k).clock == 1100 + 3000
    (stop,) = program("$ jail -v -r web").calls
    assert LEGACY.step(twin, stop) == LEGACY.step(k, stop)


def test_processes_are_numbered_by_command() -> None:
    """The processes of the second command begin behind 2000, wherever the first one stopped."""
    _, (first, second) = ran("$ jail -c web", "$ jexec web true")
    pids = [[e.pid for e in answer.events if isinstance(e, Executed)] for answer in (first, second)]
    assert pids == [[PIDS + 2], [2 * PIDS + 1]]


def test_a_panic_inside() -> None:
    """A kernel that stops while a command runs is a panic, with what was done up to there."""
    broken = KERNELS["new"]

    def stop(k: Kernel, call: object) -> Any:
        del call
        return broken.step(k, Malformed("x"))._replace(errno=None, errmsg="stop")

    k = boot(program())
    answer = broken.run(k, Command(("jls",)), stop)
    assert (answer.panicked, answer.kind, answer.errmsg) == (True, "panic", "stop")
    k.rollback()
    assert k.procs.keys() == {1}


def test_the_userland_of_a_kernel() -> None:
    """Each kernel has its own release; a program can ask for one, on every kernel."""
    warned = Command(("jail", "-d", "-c", "name=x", "persist"))
    for model, release, warns in (
        (LEGACY, None, False),
        (NEW, None, True),
        (LEGACY, 15, True),
        (NEW, 14, False),
    ):
        answer = model.step(boot_with(9, Setup(release)), warned)
        assert isinstance(answer, CommandResult)
        assert ("deprecated" in answer.stderr) is warns


def test_a_kernel_without_setup_is_bare() -> None:
    """Programs without commands carry no host along, and commands find a bare one."""
    assert boot_with(9, NO_SETUP).host is None
    k = boot_with(9, NO_SETUP)
    answer = NEW.step(k, Command(("jail", "-c")))
    assert isinstance(answer, CommandResult)
    assert answer.stderr == "jail: /etc/jail.conf: No such file or directory\n"


def test_what_a_command_says_comes_before_what_the_program_says() -> None:
    """But only where it says something; all else is as the program says."""
    _, (created, _) = ran("$ jail -c web", '    command "sh /etc/rc" exits=3', "$ jls")
    assert created.ending == "exit 1"
    assert sum(type(event).__name__ == "Left" for event in created.events) == 2


def test_sleep_passes_time() -> None:
    """Whatever ends in the meantime is gone when the next command looks."""
    k, (answer,) = ran("$ sleep 2.5")
    assert (answer.ending, state_of(k).clock) == ("exit 0", 2500)


def test_service_that_is_not_modelled() -> None:
    """What the model of the script does not cover is said as a failure, and nothing is done."""
    setup = Setup(files=(("/etc/rc.conf", "jail_web_rootdir=/jails/web\n"),))
    answer = NEW.step(boot_with(9, setup), Command(("service", "jail", "start")))
    assert isinstance(answer, CommandResult)
    assert answer.ending == "exit 1"
    assert "not modelled" in answer.stderr


def behaviours(tables: Any) -> tuple[Behaviour, ...]:
    """The tables of a session as a program has them."""
    texts = dict.fromkeys(text for name in TABLES for text in tables.get(name, {}))
    texts |= dict.fromkeys(tables.get("noexec", ()))
    found = []
    for text in texts:
        given = {name: tables[name][text] for name in TABLES if text in tables.get(name, {})}
        exits = given.pop("exits", ())
        statuses = (exits,) if isinstance(exits, int) else tuple(exits)
        noexec = text in tables.get("noexec", ())
        found.append(Behaviour(text, statuses, noexec=noexec, **given))
    return tuple(found)


def outcomes(session: Session) -> list[tuple[dict[str, object], int]]:
    """What the commands of a session answer as a program, by the numbers of the processes too."""
    setup = Setup(
        int(session.userland),
        tuple(session.files.items()),
        session.dirs,
        behaviours(session.tables),
    )
    k, model, found = boot_with(999999, setup), KERNELS[session.kernel], []
    for step in session.steps:
        if "run" in step:
            command = Command(
                tuple(step["run"]),
                step.get("stdin", ""),
                step.get("stays", False),
                behaviours(step),
            )
            answer = model.step(k, command)
            assert isinstance(answer, CommandResult)
            called = sum(isinstance(event, Called) for event in answer.events)
            found.append((answer.json(), called))
        elif "op" in step:
            model.step(k, call_from_json(step["op"]))
        else:
            model.step(k, Command(("sleep", str(step["sleep"]))))
    return found


def by_actors(session: Session) -> bool:
    """Whether a session needs more than programs have: actors by name, or the end of a process
    whose number it knows.
    """
    return any("op" in step for step in session.steps)


@pytest.mark.parametrize("name", ["directed", "conf"])
def test_recorded_sessions_are_programs(name: str) -> None:
    """A recorded session without other actors, written as a program, is answered as recorded."""
    told = 0
    for session in islice(read_sessions(SESSIONS / f"{name}.sessions.zst"), SAMPLE):
        answers = [answer for answer in session.answers or () if "stdout" in answer]
        if by_actors(session) or any("SIGTERM" in answer["stdout"] for answer in answers):
            continue
        expected = [
            (
                {key: answer[key] for key in ("exit", "stdout", "stderr")},
                sum("call" in event for event in answer["events"]),
            )
            for answer in answers
        ]
        assert outcomes(session) == expected, session.title
        told += 1
    assert told > SAMPLE / 10
