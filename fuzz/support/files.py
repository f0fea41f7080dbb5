"""Files and folders: written wholly or not at all, never through a link, and listed at any depth.

A folder may come from anybody and bring links along.  Links on the way to the file or folder that
the user names are the user's own and are followed; the folder itself, and what is in it, is not.
"""

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_ISREG

from fuzz.support.errors import InputError
from fuzz.support.inputs import readable

_LEFT_OVER = re.compile(r"\.[0-9a-f]{16}\.tmp")  # what a kill leaves of a write
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def write_atomic(path: str | Path, data: bytes | str) -> None:
    """Replace a file, or a link in its place, with `data` (text as UTF-8), wholly or not at all.

    Raises OSError that names it if it cannot be written, UnicodeEncodeError if the text has no
    UTF-8 form; the old file is then untouched.  openat(2), renameat(2), fsync(2).
    """
    target = Path(path)
    with _opened(target.parent) as folder:
        _write_at(folder, target, data)


def write_into(folder: Path, name: str, data: bytes | str) -> None:
    """Like `write_atomic`, into a folder that is made if it is not there.

    Raises InputError, too, if the folder is a symbolic link.
    """
    with writable_folder(folder) as descriptor:
        _write_at(descriptor, folder / name, data)


@contextmanager
def writable_folder(path: Path) -> Iterator[int]:
    """The descriptor of a folder to write into, which is made if it is not there.

    Raises InputError if it is a symbolic link, OSError if there can be no such folder.
    """
    refuse_link(path)
    path.mkdir(parents=True, exist_ok=True)
    with _opened(path, os.O_NOFOLLOW) as descriptor:
        yield descriptor


def rename(old: Path, new: Path) -> None:
    """Give a file or folder another name in its folder, durably."""
    with _opened(old.parent) as folder:
        os.rename(old.name, new.name, src_dir_fd=folder, dst_dir_fd=folder)
        os.fsync(folder)


def refuse_link(folder: Path) -> None:
    """Raise InputError if a folder to write into is a symbolic link."""
    if folder.is_symlink():
        message = "this folder is a symbolic link, and nothing is written through one"
        raise InputError(str(folder), 0, 0, f"{message}; name the folder that it leads to")


def open_in_place(path: Path) -> int:
    """The descriptor of a file that is read and changed where it is; made if it is not there.

    Raises InputError if the name is a link of either kind, or no file; OSError otherwise.
    """
    try:
        # Without O_NONBLOCK a FIFO would keep us waiting.
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = os.open(path, flags, 0o666)
    except OSError:
        if path.is_symlink():
            raise _not_ours(path) from None
        raise
    status = os.fstat(descriptor)
    if not S_ISREG(status.st_mode) or status.st_nlink != 1:
        os.close(descriptor)
        raise _not_ours(path)
    return descriptor


def temporary_name() -> str:
    """The name of a file or folder that nobody misses if a kill leaves it behind."""
    return f".{secrets.token_hex(8)}.tmp"


def is_left_over(name: str) -> bool:
    """Whether a name is a temporary one."""
    return _LEFT_OVER.fullmatch(name) is not None


def remove_left_overs(folder: Path) -> None:
    """Remove temporary files from a folder into which nobody else writes now."""
    for entry in folder.iterdir() if folder.is_dir() else ():
        if is_left_over(entry.name) and not entry.is_dir():
            entry.unlink()


def files_below(folder: Path, unread: list[InputError] | None = None) -> list[Path]:
    """All that is no folder, at any depth, sorted; links to folders are not followed, and what is
    temporary does not count.

    A folder that cannot be listed is added to `unread`, and raised if there is no such list.
    """
    found: list[Path] = []
    folders = [folder]
    while folders:
        place = folders.pop()
        try:
            with readable(place), os.scandir(place) as entries:
                for entry in entries:
                    if is_left_over(entry.name):
                        continue
                    is_folder = entry.is_dir(follow_symlinks=False)
                    (folders if is_folder else found).append(Path(entry.path))
        except InputError as error:
            if unread is None:
                raise
            unread.append(error)
    return sorted(found)


def in_repository(file: str) -> Path | None:
    """A file as CI systems name it: from the top of the git repository in which we are, or from
    where we are if that is in none.  None if the file is elsewhere.
    """
    if "\0" in file:
        return None  # It cannot be a file anywhere.
    path, here = Path(file).resolve(), Path.cwd()
    top = next((place for place in (here, *here.parents) if (place / ".git").exists()), here)
    return path.relative_to(top) if path.is_relative_to(top) else None


def _not_ours(path: Path) -> InputError:
    message = "expected a file of ours, found a link or no plain file"
    return InputError(str(path), 0, 0, f"{message}; nothing is written through it: remove it")


@contextmanager
def _opened(folder: Path, flags: int = 0) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | flags)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _write_at(folder: int, target: Path, data: bytes | str) -> None:
    raw = data.encode() if isinstance(data, str) else data
    # In the same directory, because rename(2) is atomic only within a file system.
    temporary = temporary_name()
    try:
        with os.fdopen(os.open(temporary, _NEW, 0o666, dir_fd=folder), "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target.name, src_dir_fd=folder, dst_dir_fd=folder)
        os.fsync(folder)  # Makes the rename itself durable.
    except BaseException as error:
        with suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=folder)
        if isinstance(error, OSError):
            # Nobody knows the temporary name, and what a write raises has none.
            raise OSError(error.errno, error.strerror, str(target)) from None
        raise
