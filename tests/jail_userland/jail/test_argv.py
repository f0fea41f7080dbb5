"""jail_userland/jail/argv.py."""

from typing import Any

import pytest

from tests.sessions import boot, commands, run, said


def started(body: str, **tables: Any) -> tuple[list[str], str]:
    """The commands of a jail that is started, and the messages."""
    machine = boot(
        f"a {{ path=/jails/a; persist; {body} }}", dirs=("/jails/a/x", "/jails/a/dev/fd"), **tables
    )
    answer = run(machine, "jail -qc a")
    return commands(answer), answer["stderr"]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("em0|10.0.0.1", "em0 inet 10.0.0.1 netmask 255.255.255.255 alias"),
        ("em0|10.0.0.1/8", "em0 inet 10.0.0.1/8 alias"),
        ("em0|10.0.0.1/255.0.0.0", "em0 inet 10.0.0.1 netmask 255.0.0.0 alias"),
        ("em0|10.0.0.1 a  b", "em0 inet 10.0.0.1 netmask 255.255.255.255 a b alias"),
    ],
)
def test_ifconfig(value: str, words: str) -> None:
    """With a netmask of its own, else with that of a host."""
    assert started(f'ip4.addr="{value}";') == ([f"/sbin/ifconfig {words}"], "")


def test_ifconfig_for_ip6() -> None:
    """With a prefix length of its own, else 128."""
    assert started('ip6.addr="em0|::1", "em0|::2/64";')[0] == [
        "/sbin/ifconfig em0 inet6 ::1 prefixlen 128 alias",
        "/sbin/ifconfig em0 inet6 ::2/64 alias",
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('"echo  a\\tb"', ["echo a b in 1"]),
        ('"echo a=b"', ["echo a=b in 1"]),
        ("'echo $HOME'", ["/bin/sh -c echo $HOME in 1"]),
        ("\"echo 'a'\"", ["/bin/sh -c echo 'a' in 1"]),
        ('"d & "', ["/bin/sh -c d &  in 1"]),
        ('"  "', []),
        ('""', []),
        ('"&"', []),
    ],
)
def test_sh_runs_what_only_sh_understands(value: str, expected: list[str]) -> None:
    """Else the words are run as they are; blanks alone are nothing."""
    assert started(f"exec.start={value};")[0] == expected


def test_one_ampersand_at_the_end_is_the_background() -> None:
    """It is taken off, and nobody waits."""
    machine = boot('a { path=/jails/a; persist; exec.start="d &"; }')
    (event,) = (e for e in run(machine, "jail -c a")["events"] if "exec" in e)
    assert (event["exec"], event["bg"]) == (["d"], True)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('mount="/x /jails/a/x";', "mount: /x /jails/a/x: missing information"),
        ('mount="/x jails/a nullfs";', "mount: jails/a: not an absolute pathname"),
        ('mount="/x /jails/a/no nullfs";', "mount: /jails/a/no: No such file or directory"),
        ('mount="/x\\\\\\\\ /jails/a/x nullfs";', None),
        ("mount.procfs;", "mount.procfs: /jails/a/proc: No such file or directory"),
    ],
)
def test_mounts_that_cannot_be(body: str, message: str | None) -> None:
    """They are refused before mount(8) is run."""
    found, err = started(body)
    assert (found == [], err) == (
        message is not None,
        "" if message is None else f"jail: a: {message}\n",
    )


def test_special_file_systems_need_a_path() -> None:
    """Without one there is no place for them."""
    answer = run(boot("a { persist; mount.devfs; }"), "jail -c a")
    assert said(answer) == ("", "jail: a: mount.devfs: no jail root path defined\n", 1)


def test_devfs_has_a_ruleset() -> None:
    """The jail's, else number 4."""
    assert started("mount.devfs; mount.fdescfs;")[0] == [
        "/sbin/mount -t devfs -oruleset=4 . /jails/a/dev",
        "/sbin/mount -t fdescfs . /jails/a/dev/fd",
    ]
    assert "-oruleset=9" in started("mount.devfs; devfs_ruleset=9;")[0][0]


def test_interfaces_go_to_the_jail_by_jid_or_name() -> None:
    """The parameter jid, if there is one."""
    assert started("vnet; vnet.interface=em0;")[0] == ["/sbin/ifconfig em0 vnet a"]
    assert started("jid=7; vnet; vnet.interface=em0;")[0] == ["/sbin/ifconfig em0 vnet 7"]
