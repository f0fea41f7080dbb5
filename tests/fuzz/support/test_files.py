import os
from pathlib import Path

import pytest

from jaildiff.support.errors import InputError
from jaildiff.support.files import (
    files_below,
    is_left_over,
    open_in_place,
    remove_left_overs,
    rename,
    temporary_name,
    writable_folder,
    write_atomic,
    write_into,
)


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
    """If writing fails the old file is untouched, no temporary file stays, and none is named."""

    def fail(*_: object, **_more: object) -> None:
        raise OSError(5, "trouble", "temporary")

    path = tmp_path / "file"
    path.write_text("old")
    monkeypatch.setattr(f"os.{where}", fail)
    with pytest.raises(OSError, match="trouble") as caught:
        write_atomic(path, "new")
    assert caught.value.filename == str(path)
    assert path.read_text() == "old"
    assert [*tmp_path.iterdir()] == [path]


def test_text_without_utf8_form_is_refused(tmp_path: Path) -> None:
    """A lone surrogate raises before anything is written."""
    with pytest.raises(UnicodeEncodeError):
        write_atomic(tmp_path / "file", "\udc80")
    assert [*tmp_path.iterdir()] == []


def test_a_link_in_the_place_of_a_file_is_replaced(tmp_path: Path) -> None:
    """What a link leads to stays as it is, whether it is there or not."""
    mine = tmp_path / "mine"
    mine.write_text("mine")
    for number, target in enumerate((mine, tmp_path / "none")):
        link = tmp_path / "out" / str(number)
        link.parent.mkdir(exist_ok=True)
        link.symlink_to(target)
        write_into(link.parent, link.name, "ours")
        assert not link.is_symlink()
        assert link.read_text() == "ours"
    assert mine.read_text() == "mine"
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("target", ["mine", "none"])
def test_a_folder_that_is_a_link_is_refused(tmp_path: Path, target: str) -> None:
    """Nothing is written into a folder behind a link; one that is not there is made."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / target)
    with pytest.raises(InputError, match="link: this folder is a symbolic link"):
        write_into(tmp_path / "link", "file", "ours")
    assert [*(tmp_path / "mine").iterdir()] == []
    write_into(tmp_path / "a" / "b", "file", "ours")
    assert (tmp_path / "a" / "b" / "file").read_text() == "ours"


def test_a_folder_that_becomes_a_link_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link that takes the place of a folder behind our back is no way in either."""
    (tmp_path / "mine").mkdir()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "mine")
    monkeypatch.setattr("jaildiff.support.files.refuse_link", lambda _: None)
    with pytest.raises(OSError), writable_folder(link):  # noqa: PT011  # which errno is the system's choice
        pytest.fail("not reached")


def test_links_on_the_way_are_the_users(tmp_path: Path) -> None:
    """Who names a folder behind a link of their own is not kept from it."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write_into(tmp_path / "link" / "out", "file", "ours")
    write_atomic(tmp_path / "link" / "file", "ours")
    assert (tmp_path / "real" / "out" / "file").read_text() == "ours"
    assert (tmp_path / "real" / "file").read_text() == "ours"


def test_what_is_changed_in_place_is_a_file_of_its_own(tmp_path: Path) -> None:
    """A link of either kind, a folder and a FIFO are refused at once; a file is opened or made."""
    mine = tmp_path / "mine"
    mine.write_text("mine")
    (tmp_path / "soft").symlink_to(mine)
    (tmp_path / "dangling").symlink_to(tmp_path / "none")
    os.mkfifo(tmp_path / "fifo")
    os.close(open_in_place(mine))
    (tmp_path / "hard").hardlink_to(mine)
    for name in ("soft", "hard", "dangling", "fifo"):
        with pytest.raises(InputError, match=f"{name}: expected a file of ours"):
            open_in_place(tmp_path / name)
    assert mine.read_text() == "mine"
    os.close(open_in_place(tmp_path / "none"))
    assert (tmp_path / "none").read_text() == ""


def test_a_folder_is_renamed(tmp_path: Path) -> None:
    """A folder gets its name with all that is in it."""
    write_into(tmp_path / "old", "file", "ours")
    rename(tmp_path / "old", tmp_path / "new")
    assert (tmp_path / "new" / "file").read_text() == "ours"


def test_left_overs_do_not_count_and_go(tmp_path: Path) -> None:
    """What a kill left of a write is not listed, and can be removed; all else stays."""
    name = temporary_name()
    assert is_left_over(name)
    assert not is_left_over("notes.tmp")
    for path in (name, "notes.tmp", ".hidden"):
        (tmp_path / path).touch()
    stage = tmp_path / temporary_name()
    stage.mkdir()
    (stage / "a.jd").touch()
    mine = [tmp_path / ".hidden", tmp_path / "notes.tmp"]
    assert files_below(tmp_path) == mine
    remove_left_overs(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([*mine, stage])
    remove_left_overs(tmp_path / "none")


def test_files_are_listed_in_order_and_links_to_folders_are_no_way(tmp_path: Path) -> None:
    """Files of all folders come sorted; a link to a folder is one entry, and not entered."""
    for path in ("b/x", "a", "c"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).touch()
    (tmp_path / "loop").symlink_to(tmp_path)
    assert files_below(tmp_path) == [tmp_path / path for path in ("a", "b/x", "c", "loop")]


def test_folders_may_lie_deep(deep_folder: Path) -> None:
    """A folder 1,500 levels deep is listed like any other."""
    (found,) = files_below(deep_folder)
    assert len(found.parts) - len(deep_folder.parts) == 1501
