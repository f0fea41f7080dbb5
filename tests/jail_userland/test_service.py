"""jail_userland/service.py."""

from typing import Any

import pytest

from jail_userland.service import assignments
from jaildiff.recordings.sessions.machine import SessionMachine
from tests.sessions import boot, calls, names, run, said

CONF = "persist; a { } b { depend=a; } c { }"


def system(rc: str = "", conf: str = CONF, **tables: Any) -> SessionMachine:
    """A machine on which the service is enabled."""
    return boot(conf, files={"/etc/rc.conf": f'jail_enable="YES"\n{rc}'}, **tables)


def test_all_jails_are_started_by_one_jail8_and_stopped_by_one_each() -> None:
    """Without jail_list; their jids are noted while they run."""
    machine = system()
    started = run(machine, "service jail start")
    assert said(started) == ("Starting jails: a c b.\n", "", 0)
    assert started["written"]["/var/run/jail_b.id"] == "3\n"
    stopped = run(machine, "service jail stop")
    assert said(stopped) == ("Stopping jails: a c b.\n", "", 0)
    assert names(stopped) == []
    assert "/var/run/jail_b.id" not in machine.host.files.files


def test_the_list_says_which_and_in_what_order() -> None:
    """Each with a jail(8) of its own; jail_reverse_stop turns the list round."""
    machine = system('jail_list="c a"\njail_reverse_stop="YES"')
    assert said(run(machine, "service jail start"))[0] == "Starting jails: c a.\n"
    assert said(run(machine, "service jail stop"))[0] == "Stopping jails: a c.\n"


def test_named_jails_come_before_the_list() -> None:
    """In the order in which they are named, whatever jail_reverse_stop says."""
    machine = system('jail_list="c"\njail_reverse_stop="YES"')
    assert said(run(machine, "service jail start a b"))[0] == "Starting jails: a b.\n"
    assert said(run(machine, "service jail stop b a c"))[0] == "Stopping jails: b a.\n"


def test_a_restart_stops_and_starts_in_two_runs() -> None:
    """So what depends on a restarted jail comes up again, as it does not with `jail -rc`."""
    machine = system()
    run(machine, "service jail start")
    answer = run(machine, "service jail restart")
    assert said(answer)[0] == "Stopping jails: a c b.\nStarting jails: a c b.\n"
    assert sorted(name for _, name, _ in names(answer)) == ["a", "b", "c"]


def test_a_jail_that_does_not_start_is_told_and_the_status_is_zero() -> None:
    """The others are started."""
    machine = system('jail_list="a c"', "persist; a { path=/nope; } c { }")
    out = 'Starting jails: cannot start jail  "a": \n'
    out += "jail: a: path /nope: No such file or directory\n c.\n"
    assert said(run(machine, "service jail start")) == (out, "", 0)


def test_flags_and_files_of_a_jail() -> None:
    """jail_flags come first; a file of its own comes before that of all."""
    machine = boot(
        files={
            "/etc/rc.conf": 'jail_enable=yes; jail_list="a b"\njail_flags="-v"',
            "/etc/jail.a.conf": "a { persist; host.hostname=own; }",
            "/etc/jail.conf.d/b.conf": "b { persist; }",
        }
    )
    assert said(run(machine, "service jail start"))[0] == "Starting jails: a b.\n"
    assert said(run(machine, "jls name host.hostname"))[0] == 'a own\nb ""\n'


def test_one_command_at_a_time_unless_parallel_start() -> None:
    """-p1 is given to the one jail(8) for all."""
    conf = "persist; exec.prestart=s; a { } b { }"
    one = run(system("", conf), "service jail start")["events"]
    many = run(system("jail_parallel_start=YES", conf), "service jail start")["events"]
    kinds = [next(iter(e)) for e in one if "fork" in e or ("exit" in e and "exec" not in e)]
    assert kinds == ["fork", "exit", "fork", "exit"]
    kinds = [next(iter(e)) for e in many if "fork" in e or ("exit" in e and "exec" not in e)]
    assert kinds == ["fork", "fork", "exit", "exit"]


@pytest.mark.parametrize(("verb", "done"), [("start", False), ("onestart", True)])
def test_a_service_that_is_not_enabled_is_left_alone(verb: str, done: bool) -> None:
    """Unless it is asked for once."""
    answer = run(boot(CONF), f"service jail {verb}")
    assert bool(answer["states"]) is done
    assert ("Set jail_enable to YES" in answer["stdout"]) is not done


def test_a_jail_without_a_file_is_ignored() -> None:
    """With a warning."""
    machine = boot(files={"/etc/rc.conf": "jail_enable=YES jail_list=x"})
    answer = run(machine, "service jail start")
    assert (calls(answer), answer["stdout"]) == ([], "Starting jails:.\n")
    assert "WARNING: Invalid configuration for x" in answer["stderr"]


def test_what_is_not_modelled_is_said() -> None:
    """Jails that rc.conf itself describes."""
    answer = run(system('jail_a_rootdir="/jails/a"'), "service jail start")
    assert (answer["exit"], answer["events"]) == (1, [])
    assert answer["stderr"].startswith("service: jail_a_rootdir: ")


def test_rc_conf_is_read_not_run() -> None:
    """Plain assignments count, with or without quotes; what else stands there does not."""
    text = 'a=1 # x=2\nb=\'c d\'\nif true; then\n  e="f"\n$(rm -rf /)\n"\n'
    assert assignments(text) == {"a": "1", "b": "c d", "e": "f"}
