from pathlib import Path

import pytest

from jaildiff.kernels.registry import NEW
from tests.in_sandbox import sandboxed


def run(folder: Path, *lines: str) -> list[str]:
    """What some commands print."""
    answer = sandboxed(folder, NEW, "/bin/sh", "-c", "\n".join(lines))
    return answer.out.splitlines()


def test_calls(tmp_path: Path) -> None:
    """Each is made as it is, from inside a jail, too, and answers with a jid or an errno."""
    assert run(
        tmp_path,
        "jailcall set create jid=i:5 name=s:web persist children.max=i:1",
        "jailcall -j 5 set create jid=i:6 persist",
        "jailcall get 0 name=s:web",
        "jls jid name",
        "jailcall remove 5",
        "jailcall get 0 jid=i:5 2>&1",
        "jailcall set create jid=i:7 persist odd 2>&1",
    ) == [
        "5",
        "6",
        "5",
        "5 web",
        "6 web.6",
        "ENOENT: jail 5 not found",
        "EINVAL: unknown parameter: odd",
    ]


def test_what_stays(tmp_path: Path) -> None:
    """A process that attached is in its jail until it is killed, and keeps it up."""
    assert run(
        tmp_path,
        "jailcall set create,attach jid=i:5 >out & echo $! >pid",
        "until [ -s out ]; do sleep 0.1; done",
        "jls jid; kill $(cat pid); wait $(cat pid); jls jid; echo end",
        "jailcall -n set create,attach jid=i:6; jls jid",
    ) == ["5", "end", "6"]


def test_hold(tmp_path: Path) -> None:
    """It keeps a removed jail dying until it is killed."""
    assert run(
        tmp_path,
        "jail -c jid=5 persist",
        "jailcall -j 5 hold >out & echo $! >pid",
        "until [ -s out ]; do sleep 0.1; done",
        "jail -R 5; jls -d jid dying; kill $(cat pid); wait $(cat pid) 2>&-; jls -d jid; echo end",
        "jailcall -j 5 hold 2>&1",
    ) == ["5 true", "end", "EINVAL"]


@pytest.mark.parametrize("words", ["", "what 1", "set", "set made", "set 0 a=5", "-j x hold"])
def test_wrong_use(words: str, tmp_path: Path) -> None:
    """It is told from a refusal by the status."""
    assert run(tmp_path, f"jailcall {words} 2>/dev/null; echo $?") == ["2"]
