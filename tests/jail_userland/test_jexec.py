"""jail_userland/jexec.py."""

import pytest

from jaildiff.recordings.sessions.machine import SessionMachine
from tests.sessions import boot, calls, commands, run, said


@pytest.fixture
def machine() -> SessionMachine:
    made = boot()
    run(made, "jail -c jid=3 name=a persist")
    return made


def test_the_command_runs_in_the_jail_and_its_status_counts(machine: SessionMachine) -> None:
    """Look-up, attach, exec."""
    answer = run(machine, "jexec a false x", exits={"false x": 7})
    assert calls(answer) == ["jail_get", "jail_attach"]
    assert (commands(answer), answer["exit"]) == (["false x in 3"], 7)


@pytest.mark.parametrize(
    ("command", "shell"),
    [("jexec 3", "/bin/sh -i"), ("jexec -l -u admin 3", "/bin/tcsh -i")],
)
def test_without_a_command_it_is_a_shell(machine: SessionMachine, command: str, shell: str) -> None:
    """The user's, with -l."""
    assert commands(run(machine, command)) == [f"{shell} in 3"]


def test_a_user_of_the_jail_is_looked_up_there(machine: SessionMachine) -> None:
    """-u before the attach, -U after it: an unknown user shows which."""
    assert calls(run(machine, "jexec -u nobody-here a id")) == []
    assert calls(run(machine, "jexec -U nobody-here a id")) == ["jail_get", "jail_attach"]


def test_a_process_stays_if_it_is_said_to(machine: SessionMachine) -> None:
    """As behind `jexec a sleep 1000 &`; else it is gone after the step."""
    assert list(run(machine, "jexec a ls")["procs"]) == ["1"]
    assert run(machine, "jexec a sleep 1000", stays=True)["procs"]["4"] == [3, "running"]


@pytest.mark.parametrize(
    ("command", "err"),
    [
        ("jexec nope ls", 'jexec: jail "nope" not found\n'),
        ("jexec 0 ls", "jexec: jail_attach(0): Invalid argument\n"),
        ("jexec -u no a id", "jexec: no: no such user\n"),
        ("jexec -l -u www a id", "jexec: chdir: /nonexistent: No such file or directory\n"),
        ("jexec a nope", "jexec: execvp: nope: No such file or directory\n"),
    ],
)
def test_what_is_wrong_is_said(machine: SessionMachine, command: str, err: str) -> None:
    """And the exit status is 1."""
    assert said(run(machine, command, noexec=["nope"])) == ("", err, 1)


@pytest.mark.parametrize("command", ["jexec", "jexec -u www -U www a id", "jexec -x a"])
def test_a_wrong_command_line_gets_the_usage(machine: SessionMachine, command: str) -> None:
    """No jail, or two users."""
    answer = run(machine, command)
    assert answer["stderr"].endswith("jail [command ...]\n")
    assert (answer["events"], answer["exit"]) == ([], 1)
