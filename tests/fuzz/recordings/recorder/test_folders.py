"""The folders that programs name."""

from pathlib import Path

import pytest

from jaildiff.recordings.recorder.folders import make_folders, paths_in, remove_folders


def program(*paths: object) -> dict[str, object]:
    """Return a program that makes a jail at each path."""
    return {"ops": [{"op": "jail_set", "params": {"path": path}} for path in paths]}


def test_folders_are_made_and_removed(tmp_path: Path) -> None:
    """What was there stays, what was made goes, but not with something in it."""
    (tmp_path / "there").mkdir()
    made = make_folders([program(f"{tmp_path}/a/b", f"{tmp_path}/there/c", f"{tmp_path}/d")])
    assert [path.relative_to(tmp_path).as_posix() for path in made] == ["a", "a/b", "d", "there/c"]
    (tmp_path / "d" / "file").touch()
    remove_folders(made)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["d", "there"]


def test_what_is_meant_to_be_missing_is_not_made() -> None:
    """Nor is what is no path at all."""
    assert paths_in(program("/missing", "/a/file", "/a/../b", 5, "x\0y", "/" + "n" * 300)) == set()
    assert paths_in({"ops": [None, {}, {"params": []}]}) == set()
    assert paths_in(program("/a", "b//", "/")) == {"/a", "/b", "/"}


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """The others are removed again."""
    (tmp_path / "plain").touch()
    with pytest.raises(OSError, match="plain"):
        make_folders([program(f"{tmp_path}/a", f"{tmp_path}/plain/x")])
    assert [path.name for path in tmp_path.iterdir()] == ["plain"]
