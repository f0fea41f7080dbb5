"""The kernel and the real processes."""

from pathlib import Path

import pytest

from tests.sandboxes import printed, sandboxed

everywhere = pytest.mark.parametrize("bare", [False, True])


def out(folder: Path, script: str, *, bare: bool) -> list[str]:
    """Return the lines that a script prints."""
    answer = sandboxed(folder, script, bare=bare)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.splitlines()


@everywhere
def test_children_of_a_jailed_process_are_in_the_jail(tmp_path: Path, bare: bool) -> None:
    """Whoever is forked in a jail is in it, also as an orphan in a session of its own."""
    script = """
        jail -c name=web persist
        jexec web sh -c 'sleep 501 & setsid sleep 502 & sleep 503 & sleep 0.1'
        ps -J web -o args= | sort
        jail -r web
        sleep 0.1
        ps ax -o args= | grep -c '^sleep 50[123]'
        true
    """
    assert out(tmp_path, script, bare=bare) == ["sleep 501", "sleep 502", "sleep 503", "0"]


@everywhere
def test_a_jail_ends_with_its_last_process(tmp_path: Path, bare: bool) -> None:
    """Without persist a jail is there as long as something runs in it."""
    script = """
        jail -c name=web command=sleep 0.5 &
        while ! jls -j web >/dev/null 2>&1; do sleep 0.02; done
        jls name
        wait
        jls name
        jls -d name
        echo end
    """
    assert out(tmp_path, script, bare=bare) == ["web", "end"]


def test_a_descendant_keeps_the_jail_up(tmp_path: Path) -> None:
    """The command has ended, but not what it left running: the jail is there, until that goes."""
    script = """
        jail -c name=web command=/bin/sh -c 'sleep 504 & true'
        jls name
        pkill -j web sleep
        sleep 0.1
        jls name
        echo end
    """
    assert printed(tmp_path, script) == "web\nend\n"


def test_a_killed_jail_loses_all_of_its_processes(tmp_path: Path) -> None:
    """Removing a parent kills what runs in its children, and nothing of its sibling."""
    script = """
        jail -c name=a children.max=2 persist
        jail -c name=a.b persist
        jail -c name=c persist
        for j in a a.b c; do jexec $j sleep 505 & done
        while [ $(pgrep -j any sleep | wc -l) -lt 3 ]; do sleep 0.02; done
        jail -r a
        pgrep -j any sleep | wc -l
        jls name
    """
    assert printed(tmp_path, script).split() == ["1", "c"]


def test_numbers_are_those_that_scripts_see(tmp_path: Path) -> None:
    """$! names the process that ps -J lists, and jail -v signals."""
    script = """
        jail -c name=web persist
        jexec web sleep 506 &
        while ! ps -J web >/dev/null; do sleep 0.01; done
        [ $(ps -J web -o pid=) = $! ] && echo same
        echo 'web { stop.timeout = 5; }' >jail.conf
        jail -v -f jail.conf -r web | sed "s/ $!\\$/ PID/"
    """
    expected = "same\nweb: sent SIGTERM to: PID\nweb: removed\n"
    assert printed(tmp_path, script) == expected


def test_parallel_commands(tmp_path: Path) -> None:
    """Twenty jails are made at once, each by a process of its own."""
    script = """
        for n in $(seq 20); do jail -c name=j$n persist & done
        wait
        jls name | sort | uniq | wc -l
    """
    assert printed(tmp_path, script).strip() == "20"
