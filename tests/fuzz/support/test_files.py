import errno
from pathlib import Path

import pytest

from fuzz.support.files import write_atomic


@pytest.mark.parametrize(("data", "raw"), [(b"\x00\xff", b"\x00\xff"), ("\u00e9\n", b"\xc3\xa9\n")])
def test_bytes_and_text_are_written(tmp_path: Path, data: bytes | str, raw: bytes) -> None:
    """Bytes are written as they are, text as UTF-8, and nothing else is left behind."""
    path = tmp_path / "file"
    path.write_text("old and longer")
    write_atomic(path, data)
    assert path.read_bytes() == raw
    assert [*tmp_path.iterdir()] == [path]


def test_a_new_file_has_the_usual_mode(tmp_path: Path) -> None:
    """The file is as readable as any other that this user makes."""
    (tmp_path / "usual").touch()
    write_atomic(str(tmp_path / "ours"), "")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "usual").stat().st_mode


@pytest.mark.parametrize("where", ["fsync", "replace"])
def test_a_failure_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """If writing fails the old file is untouched and no temporary file stays."""

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, where)

    path = tmp_path / "file"
    path.write_text("old")
    monkeypatch.setattr("os.fsync" if where == "fsync" else "pathlib.Path.replace", fail)
    with pytest.raises(OSError, match=where):
        write_atomic(path, "new")
    assert path.read_text() == "old"
    assert [*tmp_path.iterdir()] == [path]


def test_text_without_utf8_form_is_refused(tmp_path: Path) -> None:
    """A lone surrogate raises before anything is written."""
    with pytest.raises(UnicodeEncodeError):
        write_atomic(tmp_path / "file", "\udc80")
    assert [*tmp_path.iterdir()] == []
