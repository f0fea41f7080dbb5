"""jail_userland/jls.py."""

import pytest

from jaildiff.recordings.sessions.machine import SessionMachine
from tests.sessions import boot, names, run, said

HEADER = "   JID  IP Address      Hostname                      Path\n"


@pytest.fixture
def machine() -> SessionMachine:
    made = boot()
    run(made, 'jail -c jid=3 name=a path=/jails/a "host.hostname=a host" ip4.addr=10.0.0.1 persist')
    run(made, "jail -c jid=4 name=b path=/jails/b allow.mount vnet persist")
    return made


@pytest.mark.parametrize(
    ("command", "out"),
    [
        (
            "jls",
            (
                f"{HEADER}     3  10.0.0.1        a host                        /jails/a\n"
                "     4                                                /jails/b\n"
            ),
        ),
        ("jls jid name", "3 a\n4 b\n"),
        ("jls -h jid ip4.addr", "jid ip4.addr\n3 10.0.0.1\n4 -\n"),
        ("jls -n name host.hostname", 'name=a host.hostname=a host\nname=b host.hostname=""\n'),
        ("jls -q host.hostname ip4.addr", '"a host" 10.0.0.1\n"" ""\n'),
        ("jls -nj 4 allow.mount allow.nochflags", "allow.mount allow.nochflags\n"),
        ("jls -s jid dying ip4.addr vnet", "jid=3 vnet=inherit\njid=4 vnet=new\n"),
        ("jls jid jid", "3\n4\n"),
    ],
)
def test_what_options_print(machine: SessionMachine, command: str, out: str) -> None:
    """A table, plain values, names with values, quotes where they are asked for."""
    assert said(run(machine, command)) == (out, "", 0)


def test_verbose_has_four_lines_a_jail(machine: SessionMachine) -> None:
    """jid, host and path; name and state; cpuset; each address."""
    assert said(run(machine, "jls -v -j 3"))[0].splitlines()[4:] == [
        "     3  a host                        /jails/a",
        "        a                             ACTIVE",
        "        2",
        "        10.0.0.1",
    ]


def test_dying_jails_are_shown_on_demand(machine: SessionMachine) -> None:
    """-d and -a list them, nothing else does; asked for by name, it is said that they are dying."""
    for op in (
        {"op": "fork", "pid": 1, "child": 1000},
        {"op": "jail_attach", "pid": 1000, "jid": 4},
        {"op": "hold", "pid": 1000, "res": "tcp"},
        {"op": "exit", "pid": 1000},
    ):
        machine.step({"op": op})
    assert names(run(machine, "jail -r b"))[-1] == (4, "b", "dying")
    assert said(run(machine, "jls name")) == ("a\n", "", 0)
    assert said(run(machine, "jls -d name dying")) == ("a false\nb true\n", "", 0)
    assert said(run(machine, "jls -j b")) == (HEADER, 'jls: jail "b" is dying\n', 1)


@pytest.mark.parametrize(
    ("command", "out", "err"),
    [
        ("jls nope", "", "jls: unknown parameter: nope\n"),
        ("jls -j 99", HEADER, "jls: jail 99 not found\n"),
        ("jls -j 0", HEADER, 'jls: jail "0" not found\n'),
        (
            "jls -x",
            "",
            "jls: illegal option -- x\njls: usage: jls [-dhNnqv] [-j jail] [param ...]\n",
        ),
    ],
)
def test_what_is_wrong_is_said(machine: SessionMachine, command: str, out: str, err: str) -> None:
    """The header may have been printed by then; the exit status is 1."""
    assert said(run(machine, command)) == (out, err, 1)


@pytest.mark.parametrize(
    ("options", "status"), [("-cj 3", 0), ("-c -j b", 0), ("-cj 9", 1), ("-cj nobody", 1)]
)
def test_whether_a_jail_is_there(machine: SessionMachine, options: str, status: int) -> None:
    """15's -c says it by its exit status alone."""
    assert said(run(machine, f"jls {options}")) == ("", "", status)


@pytest.mark.parametrize("options", ["-c", "-cj 3 name"])
def test_what_is_not_to_be_checked(machine: SessionMachine, options: str) -> None:
    """-c wants a jail, and prints nothing of it."""
    assert said(run(machine, f"jls {options}")) == (
        "",
        "jls: usage: jls [-dhNnqv] [-j jail] [param ...]\n",
        1,
    )


def test_14_checks_nothing() -> None:
    """It has no -c."""
    assert "illegal option -- c" in said(run(boot(release=14), "jls -cj 3"))[1]
