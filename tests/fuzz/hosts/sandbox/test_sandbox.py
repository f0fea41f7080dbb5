"""A sandbox from its making to its end."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from jaildiff.hosts.sandbox.linux.processes import running, words_of
from jaildiff.hosts.sandbox.sandbox import NAMES, rewrite
from tests.house.tools import ROOT
from tests.sandboxes import BARE, printed, sandboxed

NAP = "4711"  # seconds that nobody else sleeps


def nappers() -> list[int]:
    """Return the processes on this machine that sleep as long as we do."""
    return [
        int(folder.name)
        for folder in Path("/proc").iterdir()
        if folder.name.isdigit() and words_of(int(folder.name)) == ["sleep", NAP]
    ]


def started(folder: Path, script: str) -> "subprocess.Popen[str]":
    """Start a sandbox, and wait until its script has said something."""
    process = subprocess.Popen(
        [sys.executable, "-m", "jaildiff", "sandbox", "--", "sh", "-c", script],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    return process


def gone_soon() -> bool:
    """Say whether nobody sleeps any more, after a while at most."""
    end = time.monotonic() + 10
    while nappers() and time.monotonic() < end:
        time.sleep(0.05)
    return nappers() == []


@pytest.mark.parametrize("kernel", ["legacy", "new", "descriptors"])
def test_a_jail_lives_and_dies(tmp_path: Path, kernel: str) -> None:
    """A jail is made, listed, entered and removed; what ran in it is gone."""
    script = f"""
        jail -c name=web persist
        jls jid name
        jexec web sh -c 'echo in; sysctl -n security.jail.jailed'
        jexec web sleep {NAP} &
        while ! ps -J web >/dev/null; do sleep 0.01; done
        ps -J web -o jid,args=WHAT
        jail -r web
        wait
        jls -d name
        pgrep sleep || echo gone
    """
    expected = f"1 web\nin\n1\nJID WHAT\n  1 sleep {NAP}\ngone\n"
    assert printed(tmp_path, script, "--kernel", kernel) == expected


def test_the_exit_code_is_that_of_the_command(tmp_path: Path) -> None:
    """What the script exits with comes back, as does 127 for one that is not there."""
    assert sandboxed(tmp_path, "exit 7").returncode == 7
    assert sandboxed(tmp_path, "kill -9 $$").returncode == 128 + 9
    missing = sandboxed(tmp_path, "nonesuch")
    assert missing.returncode == 127
    assert "nonesuch" in missing.stderr


def test_nothing_is_left(tmp_path: Path) -> None:
    """Whatever a script leaves running, in a jail or not, ends with it; the folder goes, too."""
    script = f"""
        dirname $(dirname $(command -v jls))
        jail -c name=web persist
        jexec web setsid sleep {NAP} &
        setsid sleep {NAP} &
        (sleep {NAP} &)
        sleep 0.2
    """
    for bare in (False, True):
        answer = sandboxed(tmp_path, script, bare=bare)
        assert answer.returncode == 0
        assert nappers() == []
        assert not Path(answer.stdout.splitlines()[0]).exists() or answer.stdout.startswith("/usr")


def test_a_script_that_never_ends(tmp_path: Path) -> None:
    """--timeout ends it with 124, and all that it has started."""
    answer = sandboxed(tmp_path, f"sleep {NAP} & sleep {NAP}", "--timeout", "0.5")
    assert answer.returncode == 124
    assert answer.stderr == "jaildiff: the time ran out; everything was ended\n"
    assert nappers() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_signal_ends_it_all(tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl-C, SIGTERM, even kill -9 of jaildiff itself leave nothing running."""
    process = started(tmp_path, f"echo up; sleep {NAP}")
    process.send_signal(number)
    process.communicate(timeout=20)
    codes = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -9}
    assert process.returncode == codes[number]
    assert gone_soon()


def test_a_server_that_is_killed(tmp_path: Path) -> None:
    """The message says what happened to whom; exit code 4; nothing is left running."""
    process = started(tmp_path, f"echo up; sleep {NAP}")
    server = next(pid for pid in running(process.pid) if pid != process.pid)
    os.kill(server, signal.SIGKILL)
    _, error = process.communicate(timeout=20)
    assert process.returncode == 4
    assert error.startswith("jaildiff: ")
    assert "/socket: the server of the sandbox was ended by signal 9" in error
    assert gone_soon()


def test_a_socket_that_is_dead(tmp_path: Path) -> None:
    """A command that reaches no server says where it looked, and exits with 4."""
    script = "rm $(dirname $(command -v jls))/../socket; jls; echo $?"
    answer = sandboxed(tmp_path, script, bare=True)
    assert answer.stdout == "4\n"
    assert "jls: the sandbox does not answer at " in answer.stderr
    assert "/socket: No such file or directory" in answer.stderr


def test_a_full_disk(tmp_path: Path) -> None:
    """A command that cannot print says why and exits with 4; so does a sandbox without a folder."""
    answer = sandboxed(tmp_path, "jls >/dev/full; echo $?")
    assert (answer.stdout, answer.stderr) == (
        "4\n",
        "jls: cannot write: No space left on device\n",
    )
    code = (
        "import tempfile; tempfile.tempdir = '/proc/1'; from jaildiff.cli.main import main; main()"
    )
    refused = subprocess.run(
        [sys.executable, "-c", code, "sandbox", "--", "true"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 4
    assert refused.stderr.startswith("jaildiff: /proc/1: ")


def test_a_panic_ends_it() -> None:
    """A kernel that panics takes the script with it; exit code 1, and the kernel's words."""
    script = f"""
        jail -c name=a children.max=5 persist
        jaildiff-hold a
        sleep {NAP}
    """
    code = (
        "from jaildiff.hosts.sandbox import world\n"
        "from jaildiff.programs.commands.machine import PanicError\n"
        "real = world.answer\n"
        "def answer(kernel, take, call):\n"
        "    if type(call).__name__ == 'Hold':\n"
        "        raise PanicError('ours')\n"
        "    return real(kernel, take, call)\n"
        "world.answer = answer\n"
        "from jaildiff.cli.main import main\n"
        "main()\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code, "sandbox", "--", "sh", "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 1
    assert answer.stderr == "panic: ours\njaildiff: the kernel panicked: ours\n"


def test_scripts_are_rewritten_where_nothing_can_be_bound(tmp_path: Path) -> None:
    """A copy of the script has our names for /usr/sbin/jail and its like, and nothing else."""
    script = tmp_path / "script"
    script.write_text(
        "/usr/sbin/jail -c; /sbin/jails; ./sbin/jail; /opt/sbin/jail; x=/usr/sbin/jls\n"
    )
    (tmp_path / "box").mkdir()
    words, copied = rewrite(("sh", str(script), "-v"), str(tmp_path / "box"))
    assert copied == [str(script)]
    assert words[0::2] == ("sh", "-v")
    box = f"{tmp_path}/box/bin"
    expected = f"{box}/jail -c; /sbin/jails; ./sbin/jail; /opt/sbin/jail; x={box}/jls\n"
    assert Path(words[1]).read_text() == expected
    assert rewrite(("true",), str(tmp_path)) == (("true",), [])


def test_a_rewritten_script_runs_and_it_is_said(tmp_path: Path) -> None:
    """Without namespaces, /usr/sbin/jail in a script works, with a warning that says how."""
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\n/usr/sbin/jail -c name=web persist\n/usr/sbin/jls name\n")
    answer = subprocess.run(
        [sys.executable, "-c", BARE, "sandbox", "--", "sh", "script"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.stdout == "web\n"
    assert "no namespaces can be made here" in answer.stderr
    assert "a copy of script was run" in answer.stderr


def test_every_command_has_a_place_where_scripts_look(tmp_path: Path) -> None:
    """Whatever stands in for a program is there under its absolute names, too."""
    script = (
        "for n in " + " ".join(NAMES) + "; do [ -x /usr/sbin/$n ] && [ -x /bin/$n ]; echo $?; done"
    )
    assert set(printed(tmp_path, script).split()) == {"0"}
