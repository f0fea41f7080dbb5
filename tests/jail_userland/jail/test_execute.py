"""jail_userland/jail/execute.py."""

import pytest

from tests.sessions import boot, commands, run, said


@pytest.mark.parametrize(
    ("body", "changed"),
    [
        ("", None),
        ("exec.clean;", (0, False)),
        ("exec.jail_user=admin;", (1001, True)),
        ("exec.clean; exec.jail_user=admin;", (1001, True)),
    ],
)
def test_who_a_command_runs_as(body: str, changed: tuple[int, bool] | None) -> None:
    """The user that is named, else the caller in a clean environment, else nobody else."""
    answer = run(boot(f"a {{ path=/jails/a; persist; exec.start=s; {body} }}"), "jail -c a")
    found = [(e["setusercontext"], e["all"]) for e in answer["events"] if "setusercontext" in e]
    assert found == ([] if changed is None else [changed])


def test_an_unknown_user_ends_the_child() -> None:
    """In the jail, or before it with exec.system_jail_user; the command has failed then."""
    conf = "a { path=/jails/a; persist; exec.start=s; exec.jail_user=no; }"
    answer = run(boot(conf), "jail -qc a")
    assert said(answer) == ("", "jail: a: no: no such user\njail: a: s: failed\n", 1)
    kinds = [next(iter(event)) for event in answer["events"]]
    assert kinds == ["call", "call", "fork", "call", "exit", "exit", "call"]
    host = run(boot(conf.replace("}", "exec.system_jail_user; }")), "jail -qc a")
    assert len([event for event in host["events"] if "call" in event]) == 3


def test_a_clean_command_starts_at_home() -> None:
    """Which must be there."""
    conf = "a { path=/jails/a; persist; exec.start=s; exec.clean; exec.jail_user=www; }"
    message = "jail: a: chdir /nonexistent: No such file or directory\njail: a: s: failed\n"
    assert said(run(boot(conf), "jail -qc a"))[1] == message


def test_a_missing_program_is_said_by_the_child() -> None:
    """And counts as failed."""
    answer = run(boot("a { path=/jails/a; persist; exec.start=s; }", noexec=["s"]), "jail -qc a")
    message = "jail: a: exec s: No such file or directory\njail: a: s: failed\n"
    assert said(answer) == ("", message, 1)


@pytest.mark.parametrize(
    ("log", "message"),
    [
        ("log", "exec.consolelog: log: not an absolute pathname"),
        ("/nope/log", "open /nope/log: No such file or directory"),
        ("/etc", "open /etc: Is a directory"),
        ("/jails/a/no/log", "exec.consolelog: /jails/a/no: No such file or directory"),
    ],
)
def test_a_log_that_cannot_be_written_keeps_the_command(log: str, message: str) -> None:
    """It is opened before the fork."""
    conf = f"a {{ path=/jails/a; persist; exec.start=s; exec.consolelog={log}; }}"
    answer = run(boot(conf), "jail -qc a")
    assert (commands(answer), answer["stderr"]) == ([], f"jail: a: {message}\n")


def test_a_log_is_made() -> None:
    """Below the jail's path its directory must be there, the file need not."""
    conf = "a { path=/jails/a; persist; exec.start=s; exec.consolelog=/var/log/a; }"
    assert run(boot(conf), "jail -c a")["written"] == {"/var/log/a": ""}


def test_a_removal_is_told_if_it_could_be_another_jail() -> None:
    """With a file, with several operands, with a wildcard."""
    machine = boot()
    for command, out in (
        ("jail -r a", ""),
        ("jail -R *", "a: removed\n"),
        ("jail -r a b", "a: removed\n"),
    ):
        run(machine, "jail -c name=a persist")
        assert run(machine, command)["stdout"] == out


def told(release: int, *lines: str) -> list[dict[str, str]]:
    """Return what the commands of a jail find in their environment, one after the other."""
    conf = """a { path=/jails/a; persist; exec.prestart=s; exec.start=s; exec.clean;
                  exec.prestop=s; exec.poststop=s; }
              7 { exec.poststart=s; persist; }"""
    machine = boot(conf, release=release)
    for line in lines:
        run(machine, line)
    return [dict(machine.host.variables[pid]) for pid in sorted(machine.host.variables)]


def test_commands_are_told_of_their_jail() -> None:
    """15: its name and path, and its jid from when it runs, even when it does no more."""
    before = {"JNAME": "a", "JPATH": "/jails/a"}
    running = {"JID": "1"} | before
    assert told(15, "jail -qc a", "jail -qr a") == [before, running, running, running]
    assert told(15, "jail -qc 7") == [{"JID": "7", "JNAME": "7"}]
    assert told(15, "jail -qc a", "jail -qrc a")[2:] == [
        running,
        running,
        before,
        before | {"JID": "2"},
    ]


def test_14_tells_commands_nothing() -> None:
    """Their environment is that of jail(8)."""
    assert told(14, "jail -qc a") == []
