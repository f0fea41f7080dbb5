"""jail_userland/jail/command.py."""

from typing import Any

import pytest

from tests.sessions import boot, calls, commands, run, said

HOOKS = """
exec.prepare="prepare"; exec.prestart="prestart"; exec.created="created"; exec.start="start1";
exec.start+="start2"; exec.poststart="poststart"; exec.prestop="prestop"; exec.stop="stop";
exec.poststop="poststop"; exec.release="release"; ip4.addr="em0|10.0.0.1"; mount.devfs;
vnet.interface=epair0;
web { path=/jails/web; persist; }
"""
DIRS = ("/jails/web/dev",)
UP = "/sbin/ifconfig em0 inet 10.0.0.1 netmask 255.255.255.255 alias"
DOWN = "/sbin/ifconfig em0 inet 10.0.0.1 netmask 255.255.255.255 -alias"
MOUNT = "/sbin/mount -t devfs -oruleset=4 . /jails/web/dev"
UMOUNT = "/sbin/umount /jails/web/dev"
VNET = "/sbin/ifconfig epair0 vnet web"
UNVNET = "/sbin/ifconfig epair0 -vnet web"
START = ["prepare", UP, MOUNT, "prestart", "created", VNET, "start1", "start2", "poststart"]


def bare(words: list[str]) -> list[str]:
    """Commands without the jail that they ran in."""
    return [word.partition(" in ")[0] for word in words]


def test_the_order_of_a_start_and_a_stop() -> None:
    """What was set up is taken away in reverse, but for the interfaces of vnet."""
    machine = boot(HOOKS, dirs=DIRS)
    assert bare(commands(run(machine, "jail -c web"))) == START
    stop = ["prestop", "stop", "poststop", UMOUNT, DOWN, "release"]
    assert bare(commands(run(machine, "jail -r web"))) == stop


@pytest.mark.parametrize(
    ("failing", "undone"),
    [
        ("prepare", []),
        (UP, []),
        (MOUNT, [DOWN]),
        ("prestart", [UMOUNT, DOWN]),
        ("created", [UMOUNT, DOWN]),
        (VNET, [UMOUNT, DOWN]),
        ("start1", [UNVNET, UMOUNT, DOWN]),
        ("poststart", [UNVNET, UMOUNT, DOWN]),
    ],
)
def test_a_failed_start_is_undone(failing: str, undone: list[str]) -> None:
    """In reverse, without the hooks, from before the one that failed; interfaces go back here."""
    answer = run(boot(HOOKS, dirs=DIRS, exits={failing: 1}), "jail -c web")
    done = START[: START.index(failing) + 1]
    assert bare(commands(answer)) == done + undone
    assert answer["stderr"] == f"jail: web: {failing}: failed\n"
    assert ("jail_remove" in calls(answer)) is (START.index(failing) > START.index("prestart"))
    assert answer["exit"] == 1


@pytest.mark.parametrize("failing", ["prestop", "stop"])
def test_a_stop_that_fails_early_leaves_the_jail(failing: str) -> None:
    """Nothing that follows is done."""
    machine = boot(HOOKS, dirs=DIRS, exits={failing: 1})
    run(machine, "jail -c web")
    assert "jail_remove" not in calls(run(machine, "jail -r web"))


def test_a_stop_that_fails_late_goes_on() -> None:
    """And a restart does not start again then."""
    machine = boot(HOOKS, dirs=DIRS, exits={"poststop": 1})
    run(machine, "jail -c web")
    answer = run(machine, "jail -rc web")
    assert bare(commands(answer)) == ["prestop", "stop", "poststop", UMOUNT, DOWN, "release"]
    assert answer["exit"] == 1


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ({"exits": {"start1": 3}}, "start1: failed"),
        ({"secs": {"start1": 60}}, "start1: timed out"),
    ],
)
def test_how_a_command_failed_is_said(tables: dict[str, Any], message: str) -> None:
    """By its status or by its time."""
    conf = "exec.timeout=10; exec.start=start1; web { path=/jails/web; persist; }"
    assert said(run(boot(conf, **tables), "jail -qc web")) == ("", f"jail: web: {message}\n", 1)


def test_few_at_a_time_with_p() -> None:
    """-p 1: a jail that cannot run waits before its next command."""
    conf = "exec.prestart=s; a { path=/jails/a; persist; } b { path=/jails/b; persist; }"
    together = [
        key for e in run(boot(conf), "jail -c")["events"] for key in ("fork", "exec") if key in e
    ]
    alone = run(boot(conf), "jail -p 1 -c")["events"]
    ends = [index for index, event in enumerate(alone) if event.get("exit") == 3]
    forks = [index for index, event in enumerate(alone) if "fork" in event]
    assert together.count("fork") == len(forks) == 2
    assert forks[0] < ends[-1] < forks[1]


def test_a_temporary_persist_is_taken_back() -> None:
    """It is set first if commands are to run in the jail, and dropped at the end."""
    answer = run(boot("a { path=/jails/a; exec.start=s; nopersist; }"), "jail -vc a")
    assert calls(answer) == [
        "jail_get ENOENT",
        "jail_set create",
        "jail_attach",
        "jail_set update",
    ]
    assert "a: jail_set(JAIL_UPDATE) jid=1 nopersist\n" in answer["stdout"]
    assert answer["states"] == []
