"""fuzz/jaildiff/recordings/sessions/session.py."""

import json
from pathlib import Path
from typing import Any

import pytest
import zstandard

from jail_userland.deltas import Release
from jaildiff.kernels.registry import KERNELS
from jaildiff.recordings.sessions.session import RECORDED_ON, is_argued, read_sessions
from jaildiff.support.errors import InputError
from tests.programs import CORPUS

GOOD: dict[str, Any] = {
    "session": 1,
    "id": "x",
    "userland": "15",
    "kernel": "new",
    "steps": [{"run": ["jls"]}],
}


@pytest.mark.parametrize("packed", [False, True])
def test_lines_are_sessions(tmp_path: Path, packed: bool) -> None:
    """Plain or packed; empty lines are none."""
    data = f"{json.dumps(GOOD)}\n\n{json.dumps(GOOD)}\n".encode()
    path = tmp_path / ("x.jsonl.zst" if packed else "x.jsonl")
    path.write_bytes(zstandard.compress(data) if packed else data)
    found = list(read_sessions(path))
    assert [session.title for session in found] == ["x (15/new)"] * 2
    assert found[1].where == f"{path}:3"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"session": 2}, '"session": 1'),
        ({"userland": "13"}, '"userland"'),
        ({"kernel": "main"}, '"kernel"'),
        ({"steps": [{"run": ["jls"], "sleep": 1}]}, '"steps"'),
        ({"steps": [{"run": []}]}, '"steps"'),
        ({"steps": [{"run": "jls"}]}, '"steps"'),
        ({"answers": []}, '"answers"'),
        ({"files": {"a": 1}}, '"files"'),
        ({"dirs": "x"}, '"dirs"'),
        ({"exits": []}, "exits"),
        ({"noexec": [1]}, "noexec"),
    ],
)
def test_what_is_no_session_is_refused(
    tmp_path: Path, change: dict[str, object], expected: str
) -> None:
    """The complaint names the file, the line, and what was expected."""
    path = tmp_path / "x.jsonl"
    path.write_text(json.dumps(GOOD) + "\n" + json.dumps(GOOD | change), encoding="utf-8")
    with pytest.raises(InputError, match=expected) as error:
        list(read_sessions(path))
    assert str(error.value).startswith(f"{path}:2: expected")


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("x.jsonl", b"{", "expected JSON"),
        ("x.jsonl.zst", b"nonsense", "expected zstd data"),
        ("x.txt", b"", "expected a name in"),
    ],
)
def test_what_is_no_recording_is_refused(
    tmp_path: Path, name: str, data: bytes, expected: str
) -> None:
    """With a clear message."""
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(InputError, match=expected):
        list(read_sessions(path))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """And an empty folder has no sessions."""
    with pytest.raises(InputError, match="found none"):
        list(read_sessions(tmp_path / "none"))
    assert list(read_sessions(tmp_path)) == []


def test_what_is_recorded() -> None:
    """The sessions of the corpus are of those userlands on those kernels; all else is argued."""
    found = {
        (session.userland, session.kernel)
        for session in read_sessions(CORPUS / "userland" / "directed.sessions.zst")
    }
    pairs = {(release, kernel) for release in Release for kernel in KERNELS}
    assert {pair for pair in pairs if not is_argued(*pair)} == found
    assert RECORDED_ON.keys() == set(Release)
    assert is_argued(Release.R15, "descriptors")
