"""Write files completely or not at all, never through a link; list folders at any depth.

A folder may come from a stranger and contain links.  Links on the path to a file or folder that
the user names are the user's own, so we follow them.  We do not follow a link that is the folder
itself or lies in it.
"""

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_ISREG

from jaildiff.support.errors import InputError
from jaildiff.support.inputs import readable

_LEFT_OVER = re.compile(r"\.[0-9a-f]{16}\.tmp")  # what a killed write leaves behind
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def write_atomic(path: str | Path, data: bytes | str) -> None:
    """Replace a file, or a link in its place, with `data` (text as UTF-8), atomically.

    Raises OSError that names the file if it cannot be written, UnicodeEncodeError if the text has
    no UTF-8 form; either leaves the old file untouched.  openat(2), renameat(2), fsync(2).
    """
    target = Path(path)
    with _opened(target.parent) as folder:
        _write_at(folder, target, data)


def write_into(folder: Path, name: str, data: bytes | str) -> None:
    """Like `write_atomic`, into a folder that is created if it does not exist.

    Also raises InputError if the folder is a symbolic link.
    """
    with writable_folder(folder) as descriptor:
        _write_at(descriptor, folder / name, data)


@contextmanager
def writable_folder(path: Path) -> Iterator[int]:
    """The descriptor of a folder to write into; the folder is created if it does not exist.

    Raises InputError if it is a symbolic link, OSError if it cannot be created.
    """
    refuse_link(path)
    path.mkdir(parents=True, exist_ok=True)
    with _opened(path, os.O_NOFOLLOW) as descriptor:
        yield descriptor


def rename(old: Path, new: Path) -> None:
    """Rename a file or folder within its folder, durably."""
    with _opened(old.parent) as folder:
        os.rename(old.name, new.name, src_dir_fd=folder, dst_dir_fd=folder)
        os.fsync(folder)


def refuse_link(folder: Path) -> None:
    """Raise InputError if a folder to write into is a symbolic link."""
    if folder.is_symlink():
        message = "this folder is a symbolic link, and nothing is written through one"
        raise InputError(str(folder), 0, 0, f"{message}; name the folder that it leads to")


def open_in_place(path: Path) -> int:
    """The descriptor of a file to read and change in place; created if it does not exist.

    Raises InputError if the name is a symbolic or hard link or not a regular file; OSError if it
    cannot be opened for another reason.
    """
    try:
        # Without O_NONBLOCK, opening a FIFO would block.
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
    """A random name for a temporary file or folder; `remove_left_overs` recognises it."""
    return f".{secrets.token_hex(8)}.tmp"


def is_left_over(name: str) -> bool:
    """Whether this is a name made by `temporary_name`."""
    return _LEFT_OVER.fullmatch(name) is not None


def remove_left_overs(folder: Path) -> None:
    """Remove temporary files from a folder; nobody else may be writing into it."""
    for entry in folder.iterdir() if folder.is_dir() else ():
        if is_left_over(entry.name) and not entry.is_dir():
            entry.unlink()


def files_below(folder: Path, unread: list[InputError] | None = None) -> list[Path]:
    """Everything but folders and temporary files, at any depth, sorted; links are not followed.

    The error for a folder that cannot be listed is added to `unread`, or raised if that is None.
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
    """A file's path as CI systems name it: relative to the top of the current git repository.

    Outside a repository, relative to the working directory.  None if the file is elsewhere.
    """
    if "\0" in file:
        return None  # No file can have this name.
    path, here = Path(file).resolve(), Path.cwd()
    top = next((place for place in (here, *here.parents) if (place / ".git").exists()), here)
    return path.relative_to(top) if path.is_relative_to(top) else None


def _not_ours(path: Path) -> InputError:
    message = "expected a file of ours, found a link or no plain file"
    return InputError(str(path), 0, 0, f"{message}; remove it, we do not write through it")


@contextmanager
def _opened(folder: Path, flags: int = 0) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | flags)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _write_at(folder: int, target: Path, data: bytes | str) -> None:
    raw = data.encode() if isinstance(data, str) else data
    # In the same directory, as rename(2) is atomic only within a file system.
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
            # The temporary name would mean nothing to the user, and a failed write(2) names none.
            raise OSError(error.errno, error.strerror, str(target)) from None
        raise
