import errno
import os
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from jaildiff.support.errors import InputError
from jaildiff.support.inputs import STDIN, opened


def test_a_file(tmp_path: Path) -> None:
    """A regular file is read, also by way of a link."""
    (tmp_path / "a").write_bytes(b"x")
    (tmp_path / "b").symlink_to("a")
    for name in "ab":
        with opened(tmp_path / name) as stream:
            assert stream.read() == b"x"


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hyphen is standard input, which stays open."""
    given = TextIOWrapper(BytesIO(b"x"))
    monkeypatch.setattr("sys.stdin", given)
    with opened(STDIN) as stream:
        assert stream.read() == b"x"
    assert not given.closed


@pytest.mark.timeout(10)
def test_what_is_no_regular_file(tmp_path: Path) -> None:
    """A FIFO, which would keep us waiting, a device and a folder are refused at once."""
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path / "fifo", Path("/dev/zero")):
        with pytest.raises(InputError, match=f"{path}: expected a regular file.*, found a pipe"):
            opened(path).__enter__()
    with pytest.raises(InputError, match=f"{tmp_path}: cannot be read: Is a directory"):
        opened(tmp_path).__enter__()


@pytest.mark.parametrize("name", ["none", "x" * 300, "file/below"])
def test_what_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    """A path that leads nowhere is bad input."""
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=f"{tmp_path / name}: cannot be read: "):
        opened(tmp_path / name).__enter__()


def test_a_machine_that_fails_is_no_bad_input(tmp_path: Path) -> None:
    """An error of the disk in the middle of a file is none of the input, and names the file."""
    (tmp_path / "a").touch()
    with pytest.raises(OSError, match="trouble") as caught, opened(tmp_path / "a"):
        raise OSError(errno.EIO, "trouble")
    assert caught.value.filename == str(tmp_path / "a")
