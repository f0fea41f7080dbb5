"""Each stand-in, as a script uses it."""

from pathlib import Path

import pytest

from jaildiff.hosts.sandbox.standins.foreign import FOREIGN
from tests.sandboxes import printed, sandboxed


def test_hold_and_drop(tmp_path: Path) -> None:
    """A held jail stays dying until what holds it is dropped."""
    script = """
        jail -c name=web persist
        jaildiff-hold web; jaildiff-hold web other
        jail -r web; jls -d name dying
        jaildiff-drop web; jls -d name dying
        jaildiff-drop other; jls -d name dying
        jaildiff-drop other || jaildiff-hold web || jaildiff-hold || echo no
    """
    answer = sandboxed(tmp_path, script)
    assert answer.stdout == "web true\nweb true\nno\n"
    assert answer.stderr == (
        "jaildiff-drop: other: nothing is held under that name\n"
        'jaildiff-hold: jail "web" not found\n'
        "usage: jaildiff-hold jail [name]\n"
    )


def test_ps_of_a_jail(tmp_path: Path) -> None:
    """-J takes numbers and names, -o columns; without a process only the head, and exit 1."""
    script = """
        jail -c name=web persist; jail -c name=db persist
        jexec web sleep 511 & jexec db sleep 512 &
        while [ $(pgrep -j any sleep | wc -l) -lt 2 ]; do sleep 0.01; done
        ps -J 1,db -o jid,jail,comm
        ps -J 1 -o comm=
        jail -r web
        ps -J web || jail -c name=empty persist && ps -J empty || echo none
        ps -J db -o nonesuch
    """
    answer = sandboxed(tmp_path, script)
    assert answer.stdout == (
        "JID JAIL COMMAND\n  1 web  sleep\n  2 db   sleep\nsleep\nPID TT STAT TIME COMMAND\nnone\n"
    )
    assert answer.stderr == 'ps: jail "web" not found\nps: nonesuch: keyword not found\n'


def test_ps_in_a_jail_shows_the_jail(tmp_path: Path) -> None:
    """From within, only what is in the jail is there; from the host ps is the system's own."""
    script = """
        jail -c name=web persist
        sleep 513 &
        jexec web ps ax -o comm= | sort -u
        ps -e -o args= | grep -c '^sleep 51[3]'
    """
    assert printed(tmp_path, script) == "ps\n1\n"


def test_pkill_and_pgrep(tmp_path: Path) -> None:
    """-j, -f, -x, -signal choose; jails do not reach each other, and nobody reaches outside."""
    script = """
        jail -c name=web persist; jail -c name=db persist
        jexec web sleep 514 & jexec db sleep 515 & sleep 516 &
        while [ $(pgrep -j any sleep | wc -l) -lt 2 ]; do sleep 0.01; done
        pgrep -f 'sleep 51[456]' | wc -l; pgrep -j none -x sleep | wc -l
        jexec web pkill sleep; sleep 0.1; pgrep -fl 51 | cut -d ' ' -f 2-
        pkill -9 -j db . && sleep 0.1; pgrep -fl 51 | cut -d ' ' -f 2-
        pkill nonesuch; echo $?; pgrep -f '('; echo $?
    """
    answer = sandboxed(tmp_path, script)
    assert answer.stdout.split("\n")[:7] == [
        "3",
        "1",
        "sleep 515",
        "sleep 516",
        "sleep 516",
        "1",
        "2",
    ]


def test_kill_of_everything_in_a_jail(tmp_path: Path) -> None:
    """`jexec JAIL kill -9 -1` ends what is in the jail, and nothing else."""
    script = """
        jail -c name=web persist
        jexec web sleep 517 & sleep 518 &
        while ! pgrep -j web sleep >/dev/null; do sleep 0.01; done
        jexec web kill -9 -1; sleep 0.1
        pgrep -fl 51 | cut -d ' ' -f 2-
        /bin/kill $!
    """
    assert printed(tmp_path, script) == "sleep 518\n"


def test_sysctl(tmp_path: Path) -> None:
    """What jails are asked for is there, in the jail's own terms; unknown names are named."""
    script = """
        sysctl security.jail.jailed; sysctl -n security.jail.children.max
        jail -c name=web persist children.max=3 host.hostname=web.example.org
        jexec web sysctl -n security.jail.jailed security.jail.children.max kern.hostname
        sysctl -N security.jail.param.allow.mount.devfs; sysctl -qn nonesuch; echo $?
        sysctl security.jail.jailed=0; sysctl -n nonesuch
    """
    answer = sandboxed(tmp_path, script)
    assert answer.stdout == (
        "security.jail.jailed: 0\n999999\n1\n3\nweb.example.org\n"
        "security.jail.param.allow.mount.devfs\n1\n"
    )
    assert answer.stderr == (
        "sysctl: oid 'security.jail.jailed' is read only\nsysctl: unknown oid 'nonesuch'\n"
    )


def test_the_system_says_that_it_is_freebsd(tmp_path: Path) -> None:
    """uname and freebsd-version speak of the release of the userland."""
    script = "uname; uname -r; freebsd-version -k"
    assert printed(tmp_path, script, "--userland", "14") == "FreeBSD\n14.3-RELEASE\n14.3-RELEASE\n"
    assert printed(tmp_path, script, "--userland", "15") == "FreeBSD\n15.0-RELEASE\n15.0-RELEASE\n"


def test_mount_and_umount(tmp_path: Path) -> None:
    """A mount is listed until it is taken away; a directory has to be there."""
    script = """
        mkdir a b
        mount -t nullfs $PWD/a $PWD/b; mount_nullfs /etc a; mount | sed "s,$PWD,.,g"
        umount b; umount /etc; umount b; mount -t devfs devfs nonesuch; mount
    """
    answer = sandboxed(tmp_path, script)
    assert answer.stdout == "/etc on ./a (nullfs, local)\n./a on ./b (nullfs, local)\n"
    assert answer.stderr == (
        "umount: b: not a file system root directory\nmount: nonesuch: No such file or directory\n"
    )


def test_ifconfig(tmp_path: Path) -> None:
    """Interfaces are made, given addresses, handed to a jail, back when it ends, destroyed."""
    script = """
        ifconfig lo create; ifconfig lo1 inet 10.0.0.1/24 alias; ifconfig lo1 | tail -1
        ifconfig lo1 inet 10.0.0.1 -alias; ifconfig epair create; ifconfig -l
        jail -c name=web vnet persist vnet.interface=epair0b
        ifconfig epair0b || jexec web ifconfig epair0b >/dev/null && echo moved
        jail -r web; ifconfig epair0b >/dev/null && echo back
        ifconfig epair0a destroy; ifconfig -l; ifconfig nonesuch create
    """
    answer = sandboxed(tmp_path, script)
    assert answer.stdout == (
        "lo1\n\tinet 10.0.0.1\nepair0a\nlo0 lo1 epair0a epair0b\nmoved\nback\nlo0 lo1\n"
    )
    assert answer.stderr == (
        "ifconfig: interface epair0b does not exist\n"
        "ifconfig: SIOCIFCREATE2 (nonesuch): Invalid argument\n"
    )


@pytest.mark.parametrize("path", ["", "/sbin/"])
def test_what_has_no_stand_in_fails_by_its_name(tmp_path: Path, path: str) -> None:
    """The exit code is 127, as of any command that is not found."""
    answer = sandboxed(tmp_path, f"{path}zfs list")
    assert "zfs" in FOREIGN
    assert answer.returncode == 127
    assert answer.stderr == (
        "zfs: not found: a program of FreeBSD for which the sandbox has no stand-in\n"
    )
