"""jail_userland/jail/check.py."""

import pytest

from tests.sessions import boot, commands, params, run, said


def test_all_errors_are_reported_before_any_call() -> None:
    """First what jail(8) looks at itself, and only if that is right what the kernel gets."""
    conf = "a { exec.clean=maybe; exec.timeout=x; mount.fstab=nope; securelevel=y; }"
    answer = run(boot(conf), "jail -c a")
    assert answer["stderr"].splitlines() == [
        'jail: a: exec.clean: unknown boolean value "maybe"',
        'jail: a: exec.timeout: non-integer value "x"',
        "jail: a: mount.fstab: nope: No such file or directory",
    ]
    second = run(boot("a { securelevel=y; nope; ip4.addr=z; }"), "jail -c a")
    assert second["stderr"].splitlines() == [
        'jail: a: securelevel: non-integer value "y"',
        "jail: a: unknown parameter: nope",
        "jail: a: ip4.addr: not an IPv4 address: z",
    ]
    assert answer["events"] == second["events"] == []


def test_a_removal_checks_the_first_half_only() -> None:
    """What the kernel would get does not matter then."""
    machine = boot("a { persist; }", files={"bad.conf": "a { nope; }"})
    run(machine, "jail -c a")
    assert said(run(machine, "jail -f bad.conf -r a")) == ("a: removed\n", "", 0)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("dual.example.org", {"ip4.addr": ["10.0.0.81"], "ip6.addr": ["2001:db8::81"]}),
        ("192.0.2.1", {"ip4.addr": ["192.0.2.1"]}),
    ],
)
def test_a_host_name_brings_addresses(host: str, expected: dict[str, list[str]]) -> None:
    """ip_hostname."""
    passed = params(run(boot(), f"jail -hc host.hostname={host} persist"))[0]
    assert {key: passed[key] for key in passed if "addr" in key} == expected


def test_a_host_name_that_is_unknown_is_an_error() -> None:
    """In the words of getaddrinfo(3)."""
    answer = run(boot(), "jail -hc host.hostname=nope.example.org persist")
    assert said(answer)[1] == "jail: host.hostname nope.example.org: Name does not resolve\n"


def test_addresses_go_to_the_kernel_without_extras() -> None:
    """Interface, netmask and further words are for ifconfig(8) only."""
    conf = 'a { persist; interface=lo1; ip4.addr="em0|10.0.0.1/24 vhid 1", "10.0.0.2/255.0.0.0"; }'
    answer = run(boot(conf), "jail -c a")
    assert params(answer)[0]["ip4.addr"] == ["10.0.0.1", "10.0.0.2"]
    assert commands(answer) == [
        "/sbin/ifconfig em0 inet 10.0.0.1/24 vhid 1 alias",
        "/sbin/ifconfig lo1 inet 10.0.0.2 netmask 255.0.0.0 alias",
    ]


def test_each_line_of_an_fstab_is_a_mount() -> None:
    """Comments are cut off, empty lines skipped; a directory seems empty."""
    files = {"/etc/fstab.a": "# one\n/x /jails/a/x nullfs rw 0 0 # two\n\n/y /jails/a/x tmpfs"}
    conf = "a { path=/jails/a; persist; mount.fstab=/etc/fstab.a, /etc; }"
    answer = run(boot(conf, files=files, dirs=("/jails/a/x",)), "jail -c a")
    assert commands(answer) == [
        "/sbin/mount -t nullfs -o rw /x /jails/a/x",
        "/sbin/mount -t tmpfs /y /jails/a/x",
    ]
