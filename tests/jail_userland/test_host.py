"""jail_userland/host.py."""

import pytest

from jail_userland.events import Exited, TimedOut
from jail_userland.host import Hang, Task
from tests.sessions import boot, calls, commands, names, process, run


def test_waiting_for_nothing_is_for_ever() -> None:
    """Without a limit of time and without a process that ends, a wait hangs."""
    host = process().host
    host.tasks[3] = Task()
    host.watch(3)
    with pytest.raises(Hang):
        host.wait(None)


def test_a_wait_ends_with_its_time() -> None:
    """The clock goes on by the time that was given, and the end of the wait is an event."""
    host = process().host
    assert host.wait(1500) is None
    assert (host.clock, host.events) == (1500, [TimedOut(1.5)])


def test_a_poll_takes_no_time() -> None:
    """With no time given only what has ended already is seen."""
    host = process().host
    assert host.wait(0) is None
    assert (host.clock, host.events) == (0, [])


def test_ends_come_by_time_and_then_by_registration() -> None:
    """Of two that end at once the one that was registered first is told first."""
    machine = boot("a { path=/jails/a; exec.start=s; } b { path=/jails/b; exec.start=s; }")
    events = run(machine, "jail -c")["events"]
    assert [e["exit"] for e in events if "exit" in e and "exec" not in e] == [3, 4]


def test_exit_statuses_go_by_run() -> None:
    """A list is for the first, second, ... run; the last one is repeated."""
    machine = boot('a { path=/jails/a; persist; exec.prestart="x"; }', exits={"x": [0, 1]})
    assert run(machine, "jail -c")["exit"] == 0
    assert run(machine, "jail -rc a")["exit"] == 0  # each step counts anew
    two = "a { path=/jails/a; persist; exec.prestart=x, x, x; }"
    assert run(boot(two, exits={"x": [0, 1]}), "jail -c")["exit"] == 1


def test_who_is_killed_is_gone_before_the_next_call() -> None:
    """A process that jail_remove kills ends at once, unless it is said to stay."""
    conf = 'a { jid=5; path=/jails/a; persist; exec.start="d"; stop.timeout=0; }'
    gone = boot(conf, leaves={"d": 1})
    run(gone, "jail -c a")
    assert names(run(gone, "jail -r a")) == []
    stays = boot(conf, leaves={"d": 1}, kill={"d": "stay"})
    run(stays, "jail -c a")
    assert names(run(stays, "jail -r a")) == [(5, "a", "dying")]


def test_sigterm_takes_its_time_or_is_ignored() -> None:
    """jail(8) waits for the end of a process, at most for stop.timeout."""
    conf = 'a { path=/jails/a; persist; exec.start="d"; stop.timeout=3; }'
    slow = boot(conf, leaves={"d": 1}, term={"d": 2})
    run(slow, "jail -c a")
    run(slow, "jail -r a")
    assert Exited(4, "signal 15") in slow.host.events
    deaf = boot(conf, leaves={"d": 1}, term={"d": "ignore"})
    run(deaf, "jail -c a")
    run(deaf, "jail -r a")
    assert Exited(4, "signal 9") in deaf.host.events


def test_mounts_take_effect_if_they_succeed() -> None:
    """What mount(8) has mounted umount(8) takes away; a failed mount leaves nothing."""
    conf = "a { path=/jails/a; persist; mount.devfs; }"
    machine = boot(conf, dirs=("/jails/a/dev",))
    run(machine, "jail -c a")
    assert machine.host.files.mounts["/jails/a/dev"] == "devfs"
    run(machine, "jail -r a")
    assert "/jails/a/dev" not in machine.host.files.mounts
    mount = "/sbin/mount -t devfs -oruleset=4 . /jails/a/dev"
    failing = boot(conf, dirs=("/jails/a/dev",), exits={mount: 1})
    answer = run(failing, "jail -c a")
    assert (calls(answer), commands(answer)) == (["jail_get ENOENT"], [mount])
