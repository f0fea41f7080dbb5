"""jail_userland/jail/procs.py."""

from jail_userland.events import Killed, TimedOut
from tests.sessions import boot, commands, run


def test_the_earliest_time_to_be_over_counts() -> None:
    """Of several jails with limits each gets its own."""
    conf = "a { path=/jails/a; persist; exec.prestart=s; exec.timeout=5; } "
    conf += "b { path=/jails/b; persist; exec.prestart=s; exec.timeout=2; }"
    machine = boot(conf, secs={"s": 60})
    answer = run(machine, "jail -c")
    assert answer["stderr"] == "jail: b: s: timed out\njail: a: s: timed out\n"
    assert [e.time for e in machine.host.events if isinstance(e, TimedOut)] == [2, 5]


def test_everybody_in_the_jail_gets_a_sigterm() -> None:
    """Also those whom another actor has put there; -v says to whom."""
    machine = boot("a { path=/jails/a; persist; }")
    run(machine, "jail -c a")
    machine.step({"op": {"op": "fork", "pid": 1, "child": 1000}})
    machine.step({"op": {"op": "jail_attach", "pid": 1000, "jid": 1}})
    answer = run(machine, "jail -vr a")
    assert answer["stdout"] == "a: sent SIGTERM to: 1000\na: removed\n"
    assert Killed(1000, 15, 3, 1) in machine.host.events


def test_no_time_means_no_sigterm() -> None:
    """stop.timeout=0 leaves it to jail_remove."""
    conf = "a { path=/jails/a; persist; exec.start=d; stop.timeout=0; }"
    machine = boot(conf, leaves={"d": 1})
    run(machine, "jail -c a")
    kinds = [next(iter(event)) for event in run(machine, "jail -r a")["events"]]
    assert kinds == ["call", "call", "exit"]


def test_jails_work_at_the_same_time() -> None:
    """All get as far as their first command before the first one goes on."""
    conf = "exec.prestart='one $name', 'two $name'; a { path=/jails/a; } b { path=/jails/b; }"
    started = commands(run(boot(conf.replace("'", '"') + "persist;"), "jail -c"))
    assert started == ["one a", "one b", "two a", "two b"]
