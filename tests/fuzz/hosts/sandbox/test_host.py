"""What programs find in a sandbox: jail.conf, its commands, users, environments, waits."""

import os
from pathlib import Path

import pytest

from tests.sandboxes import printed, sandboxed


def all_users() -> bool:
    """Say whether we may become any user: not in a user namespace that has only one."""
    users = Path("/proc/self/uid_map").read_text().split()
    return os.geteuid() == 0 and users == ["0", "0", "4294967295"]


def conf(folder: Path, text: str) -> None:
    """Write a jail.conf."""
    (folder / "jail.conf").write_text(text)


def test_commands_of_a_jail_really_run(tmp_path: Path) -> None:
    """exec.prestart and its like run in order, on the host or in the jail, with their output."""
    conf(
        tmp_path,
        "web { persist; path = /; exec.prestart = 'echo 1 $(sysctl -n security.jail.jailed)';"
        "exec.created = 'echo 2'; exec.start = 'echo 3 $(sysctl -n security.jail.jailed)';"
        "exec.poststart = 'touch made'; exec.prestop = 'echo 4'; exec.stop = 'echo 5';"
        "exec.poststop = 'rm made; echo 6'; }",
    )
    script = "jail -f jail.conf -c web; ls made; jail -f jail.conf -r web; ls"
    expected = "1 0\nweb: created\n2\n3 1\nmade\n4\n5\nweb: removed\n6\njail.conf\n"
    assert printed(tmp_path, script) == expected


@pytest.mark.parametrize(("userland", "told"), [("14", "//\n"), ("15", "1/web//\n")])
def test_commands_are_told_of_their_jail(tmp_path: Path, userland: str, told: str) -> None:
    """From 15 on jid, name and path are in their environment, a clean one, too."""
    conf(
        tmp_path,
        "web { persist; path = /; exec.clean; exec.poststart = 'echo $JID/$JNAME/$JPATH'; }",
    )
    assert printed(tmp_path, "jail -f jail.conf -qc web", "--userland", userland) == told


def test_a_command_that_fails(tmp_path: Path) -> None:
    """jail(8) says which, and takes back what it has done."""
    conf(tmp_path, "web { persist; exec.start = 'exit 3;'; }")
    answer = sandboxed(tmp_path, "jail -f jail.conf -c web; echo $?; jls name")
    assert answer.stdout == "web: created\nweb: removed\n1\n"
    assert answer.stderr == "jail: web: /bin/sh -c exit 3;: failed\n"


def test_a_command_by_a_signal(tmp_path: Path) -> None:
    """How a command ended is seen, not only that it failed."""
    conf(tmp_path, "web { persist; exec.start = 'kill -9 $$'; }")
    answer = sandboxed(tmp_path, "jail -f jail.conf -c web")
    assert answer.stderr == "jail: web: /bin/sh -c kill -9 $$: exited on signal 9\n"


def test_a_program_that_is_missing(tmp_path: Path) -> None:
    """It is named, by jail(8) as by jexec(8)."""
    script = "jail -c name=x persist exec.start=/nonesuch; jail -c name=y persist; jexec y nonesuch"
    answer = sandboxed(tmp_path, script)
    assert answer.returncode == 1
    assert answer.stderr == (
        "jail: exec /nonesuch: No such file or directory\n"
        "jail: /nonesuch: failed\n"
        "jexec: execvp: nonesuch: No such file or directory\n"
    )


def test_times_are_real(tmp_path: Path) -> None:
    """exec.timeout passes while the command runs; stop.timeout bounds what SIGTERM takes."""
    conf(
        tmp_path,
        "a { exec.start = 'sleep 300'; exec.timeout = 1; } b { persist; stop.timeout = 1; }",
    )
    script = """
        jail -f jail.conf -c a
        jail -q -f jail.conf -c b
        jexec b sh -c 'trap "" TERM; while :; do sleep 0.1; done' &
        while ! ps -J b >/dev/null; do sleep 0.01; done
        jail -f jail.conf -r b
    """
    answer = sandboxed(tmp_path, script)
    assert answer.stderr == "jail: a: sleep 300: timed out\n"
    assert answer.stdout == "a: created\na: removed\nb: removed\n"


def test_an_environment_of_its_own(tmp_path: Path) -> None:
    """With exec.clean nothing is left of the caller's environment but TERM; without it all is."""
    conf(tmp_path, "* { persist; exec.start = 'echo $FOO $HOME $USER'; } a { exec.clean; } b { }")
    script = (
        "export FOO=foo HOME=/tmp USER=me; jail -q -f jail.conf -c a; jail -q -f jail.conf -c b"
    )
    assert printed(tmp_path, script) == "/root root\nfoo /tmp me\n"


@pytest.mark.skipif(not all_users(), reason="only real root becomes another user")
def test_a_command_of_another_user(tmp_path: Path) -> None:
    """-U, -u and exec.jail_user change the user; one that is not there is named."""
    conf(tmp_path, "a { persist; exec.start = 'id -un'; exec.jail_user = daemon; }")
    script = "jail -q -f jail.conf -c a; jexec -U daemon a id -un; jexec -u nonesuch a id"
    answer = sandboxed(tmp_path, script)
    assert answer.stdout == "daemon\ndaemon\n"
    assert answer.stderr == "jexec: nonesuch: no such user\n"


def test_where_commands_start(tmp_path: Path) -> None:
    """In a jail they start in its path, on the host where jail(8) was called, -l at home."""
    (tmp_path / "root").mkdir()
    conf(
        tmp_path,
        f"a {{ persist; path = '{tmp_path}/root'; exec.start = pwd; exec.poststart = pwd; }}",
    )
    script = "jail -q -f jail.conf -c a; jexec a pwd; jexec -l a pwd"
    expected = f"{tmp_path}/root\n{tmp_path}\n{tmp_path}/root\n/root\n"
    assert printed(tmp_path, script) == expected


def test_output_that_goes_to_a_file(tmp_path: Path) -> None:
    """exec.consolelog takes what commands in the jail print, and nothing else."""
    conf(
        tmp_path,
        f"a {{ persist; exec.consolelog = '{tmp_path}/log'; exec.start = 'echo in; echo err >&2';"
        "exec.poststart = 'echo out'; }",
    )
    script = "jail -q -f jail.conf -c a; cat log"
    assert printed(tmp_path, script) == "out\nin\nerr\n"


def test_the_root_of_a_jail(tmp_path: Path) -> None:
    """With --root a command in a jail sees the jail's path as its root."""
    root = tmp_path / "root"
    script = f"""
        mkdir -p {root}/lib64 {root}/bin
        cp /bin/true {root}/bin/true
        for lib in $(ldd /bin/true | grep -o '/[^ ]*'); do
            mkdir -p {root}$(dirname $lib); cp $lib {root}$lib
        done
        jail -c name=a persist path={root}
        jexec a /bin/true && echo true
        jexec a /bin/sh || echo no shell
    """
    answer = sandboxed(tmp_path, script, "--root")
    assert answer.stdout == "true\nno shell\n"


def test_a_file_on_standard_input(tmp_path: Path) -> None:
    """`jail -f -` reads its file there; no other command takes it from the script."""
    script = "printf 'w { persist; }' | jail -q -f - -c w; echo mine | { jls name; cat; }"
    assert printed(tmp_path, script) == "w\nmine\n"


def test_the_service(tmp_path: Path) -> None:
    """`service jail` starts and stops what a jail.conf describes; there is no other service."""
    script = """
        printf 'web { persist; }' >/etc/jail.conf
        echo 'jail_enable=YES' >/etc/rc.conf
        service jail start; jls name; service jail stop; jls name
        service sshd start
    """
    answer = sandboxed(tmp_path, script, "--private")
    assert answer.stdout == "Starting jails: web.\nweb\nStopping jails: web.\n"
    assert answer.stderr == "service: sshd: the sandbox has no service but jail\n"


def test_private_files_leave_no_trace(tmp_path: Path) -> None:
    """With --private what a script writes is there for it, and gone with it."""
    (tmp_path / "kept").write_text("kept")
    script = "echo changed >kept; echo new >new; cat kept new; rm -f kept; ls"
    assert printed(tmp_path, script, "--private") == "changed\nnew\nnew\n"
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("kept", "kept")]
