"""Small files that would eat a machine are answered at once, and in little memory."""

import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from tests.house.tools import ROOT

SECONDS, BYTES = 5, 200 << 20
HEAD, TAIL = b'{"format":1,"id":"x","ops":[', b"]}\n"
EXIT = b'{"op":"exit","pid":1}'


def packed(raw: bytes, times: int = 1) -> bytes:
    return zstandard.compress(raw) * times


def many(item: bytes, count: int) -> bytes:
    return HEAD + b",".join([item] * count) + TAIL


FILES: dict[str, tuple[str, str, Callable[[], bytes], str]] = {
    "answers": (
        "run",
        ".jsonl.zst",
        lambda: packed(
            HEAD + b'],"new":{"results":[],"final":[' + b"{}," * 20_000_000 + b"{}]}}\n"
        ),
        ":1: expected at most 8388608 bytes in a line, found more",
    ),
    "values": (
        "run",
        ".jsonl.zst",
        lambda: packed(many(b"{}", 1_500_000)),
        ":1: expected at most 1000000 values in a line, found more",
    ),
    "ops": (
        "run",
        ".jsonl.zst",
        lambda: packed(many(EXIT, 100_001)),
        ":1: expected at most 100000 ops, found 100001",
    ),
    "empty lines": (
        "run",
        ".jsonl.zst",
        lambda: packed(b"\n" * (64 << 20), 60),
        ":1000001: expected at most 1000000 lines, found more",
    ),
    "blanks": (
        "run",
        ".jsonl.zst",
        lambda: packed((b" " * (4 << 20) + b"\n") * 16, 20),
        ": expected at most 1073741824 bytes, found more",
    ),
    "lines": (
        "run",
        ".jd",
        lambda: b"jaildiff 1\n" + b"drop(a)\n" * 1_000_000,
        ":1000001: expected at most 1000000 lines, found more",
    ),
    "lines of ops": (
        "run",
        ".jd",
        lambda: b"jaildiff 1\n" + b"drop(a)\n" * 500_000,
        ":100002: expected at most 100000 ops, found more",
    ),
    "parameters": (
        "run",
        ".jd",
        lambda: (
            b"jaildiff 1\np1: jail_set(0" + b"".join(b", a%d" % n for n in range(99_999)) + b")"
        ),
        "expected at most 10000 parameters, found 'a10000'",
    ),
    "dots": (
        "triage --baseline",
        ".toml",
        lambda: b"a." * 20_000 + b"a = 1\n",
        ":1: expected at most 50 dots, found more",
    ),
    "brackets": (
        "triage --baseline",
        ".toml",
        lambda: b"known = " + b"[" * 5000,
        ": expected values nested at most 100 deep, found more",
    ),
    "digits": (
        "triage --baseline",
        ".toml",
        lambda: b"known = " + b"9" * 5000,
        ":1:9: expected at most 1000 digits in a row, found more",
    ),
    "more digits": (
        "triage --baseline",
        ".toml",
        lambda: b"[[known]]\nmax_count = 0x" + b"f" * 5000,
        ":2:15: expected at most 1000 digits in a row, found more",
    ),
    "nested answers": (
        "conform --json --kernel new",
        ".jsonl",
        lambda: (
            HEAD
            + b'{"op":"jail_remove","pid":1,"jid":5}],"new":{"results":[{"errno":"ENOENT",'
            + b'"ret":null,"errmsg":null,"values":'
            + b'{"a":' * 500
            + b"1"
            + b"}" * 500
            + b"}]}}\n"
        ),
        ":1: expected values nested at most 100 deep, found more",
    ),
}


def limited() -> None:
    """What the child may take: time of a processor, and memory of its own."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_DATA, (BYTES, BYTES))


def answer(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """How a command ends that may take so much time and memory, and what it says."""
    return subprocess.run(
        [sys.executable, "-m", "jaildiff", *map(str, words)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limited,  # this process has no other threads that matter
    )


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_would_eat_the_machine(tmp_path: Path, name: str) -> None:
    """It is refused, with exit code 2, within five seconds and 200 MB; file and limit are named."""
    command, suffix, make, message = FILES[name]
    path = tmp_path / f"a{suffix}"
    path.write_bytes(make())
    said = answer(*command.split(), path)
    assert said.returncode == 2
    assert f"jaildiff: {path}:" in said.stderr
    assert message in said.stderr
    assert "Traceback" not in said.stderr


def test_what_stays_within_the_limits_is_read(tmp_path: Path) -> None:
    """The same limits leave room for a line with nearly as many values as there may be."""
    path = tmp_path / "a.jsonl.zst"
    path.write_bytes(
        packed(many(EXIT, 1)[:-2] + b',"old":{"results":[' + b"{}," * 490_000 + b"{}]}}")
    )
    said = answer("judge", "--key", "old", path)
    assert "list of 1, one for each op" in said.stderr


def test_recordings_stream(tmp_path: Path) -> None:
    """A file that unpacks to 200 MB is read in as little memory as one of its lines takes."""
    row = many(EXIT, 1)[:-2] + b',"new":{"results":[{"errno":null,"ret":0,"errmsg":null}]}}'
    path = tmp_path / "a.jsonl.zst"
    path.write_bytes(packed(row + b" " * 1_000_000 + b"\n", 200))
    said = answer("conform", "--kernel", "new", path)
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout.startswith("AGREE 200/200 ops")


def test_a_deep_folder(deep_folder: Path) -> None:
    """A folder 1,500 levels deep is no trouble for any command that reads folders."""
    for words in (("run",), ("conform", "--kernel", "new"), ("merge", deep_folder.parent / "out")):
        said = answer(*words, deep_folder)
        assert "Traceback" not in said.stderr
    assert (deep_folder.parent / "out").is_dir()
