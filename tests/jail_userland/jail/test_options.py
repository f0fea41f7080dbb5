"""jail_userland/jail/options.py."""

import pytest

from tests.sessions import boot, calls, commands, params, run, said


@pytest.mark.parametrize(
    "command",
    [
        "jail",
        "jail -x",
        "jail -J",
        "jail -r",
        "jail -r a=b",
        "jail -r -n x a",
        "jail -n x -c",
        "jail -R -c a=b c",
        "jail -e , -c",
        "jail -e , a",
        "jail /jails/a host 10.0.0.1",
        "jail jails/a host 10.0.0.1 ls",
    ],
)
def test_a_wrong_command_line_gets_the_usage(command: str) -> None:
    """On standard error, with exit status 1, and nothing is done."""
    answer = run(boot("a { persist; }"), command)
    assert "usage: jail [-dhilqv]" in answer["stderr"]
    assert (answer["events"], answer["stdout"], answer["exit"]) == ([], "", 1)


def test_the_old_form_passes_the_old_defaults() -> None:
    """Path, host name, addresses by family, the allow.* of the sysctls, and the command."""
    answer = run(boot(), "jail /jails/a h 10.0.0.1,2001:db8::1 echo 'x y'")
    assert params(answer)[0] == {
        "persist": None,
        "path": "/jails/a",
        "host.hostname": "h",
        "ip4.addr": ["10.0.0.1"],
        "ip6.addr": ["2001:db8::1"],
        "allow.set_hostname": None,
        "allow.nosysvipc": None,
        "allow.noraw_sockets": None,
        "allow.nochflags": None,
        "allow.nomount": None,
        "allow.nosocket_af": None,
    }
    assert commands(answer) == ["echo x y in 1"]
    assert calls(answer) == ["jail_set create", "jail_attach", "jail_set update"]


def test_the_old_form_is_listed_by_tabs() -> None:
    """-J: jid, path, host name, addresses, command."""
    answer = run(boot(), "jail -J /var/run/j /jails/a h 10.0.0.1,2001:db8::1 sh -c 'a b'")
    line = '1\t/jails/a\th\t10.0.0.1,2001:db8::1\tsh -c "a b"\n'
    assert answer["written"] == {"/var/run/j": line}


def test_one_operand_without_a_sign_is_a_jail_of_the_file() -> None:
    """With a sign, or with several, it is the jail itself."""
    machine = boot("persist { persist; path=/jails/a; }")
    assert params(run(machine, "jail -c persist"))[0]["path"] == "/jails/a"
    assert params(run(machine, "jail -c name=x persist")) == [{"name": "x", "persist": None}]


def test_everything_behind_command_is_the_command() -> None:
    """Signs in it do not matter."""
    answer = run(boot(), "jail -c name=a command=env A=1 persist=x")
    assert commands(answer) == ["env A=1 persist=x in 1"]


def test_addresses_are_split_at_commas() -> None:
    """And repeated ones append; of other parameters the last value counts."""
    answer = run(
        boot(), "jail -c ip4.addr=10.0.0.1,10.0.0.2 ip4.addr=10.0.0.3 path=/x path=/jails/a persist"
    )
    assert params(answer)[0]["ip4.addr"] == ["10.0.0.1", "10.0.0.2", "10.0.0.3"]
    assert params(answer)[0]["path"] == "/jails/a"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("-c", "a: created\n"),
        ("-qc", ""),
        ("-ic", "1\n"),
        ("-vc", "a: jail_set(JAIL_CREATE) name=a persist\na: created\n"),
    ],
)
def test_how_much_is_said(options: str, expected: str) -> None:
    """-q nothing, -i the jid, -v everything."""
    assert said(run(boot("a { persist; }"), f"jail {options} a"))[0] == expected


def test_a_missing_file_is_an_error_but_for_a_removal() -> None:
    """-r does without it; -R never reads one."""
    machine = boot()
    missing = "jail: /etc/jail.conf: No such file or directory\n"
    assert said(run(machine, "jail -c")) == ("", missing, 1)
    run(machine, "jail -c name=a persist")
    assert said(run(machine, "jail -r a")) == ("", "", 0)
    run(machine, "jail -c name=a persist")
    assert said(run(machine, "jail -f nope -R a nope")) == (
        "a: removed\n",
        'jail: "nope" not found\n',
        1,
    )


def test_a_list_names_every_parameter() -> None:
    """-e: but the jid; values are quoted if they need it."""
    conf = """5 { x = "a b", 'q"q', ""; persist; } a { y = "it's"; }"""
    expected = """x="a b",'q"q',""|persist\nname=a|y="it's"\n"""
    assert said(run(boot(conf), "jail -e '|'")) == (expected, "", 0)


def test_lists_of_the_command_line() -> None:
    """15 takes interfaces apart at commas, as both take addresses; 14 has one interface."""
    create = "jail -c name=a vnet vnet.interface=x,y path=/jails/a persist"
    for release, expected in ((14, ["x,y"]), (15, ["x", "y"])):
        found = commands(run(boot(release=release), create))
        assert found == [f"/sbin/ifconfig {interface} vnet a" for interface in expected]
