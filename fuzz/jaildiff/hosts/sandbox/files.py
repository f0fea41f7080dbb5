"""The real files, as the programs of the userland ask for them."""

import os
import stat
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass, field
from errno import errorcode
from glob import glob
from pathlib import Path
from typing import NoReturn

from jail_userland.files import Files, SystemFailure


def refused(error: OSError) -> NoReturn:
    """Pass on an error of the system to the userland.

    :raises SystemFailure: always.
    """
    raise SystemFailure(errorcode.get(error.errno or 0, "EINVAL")) from None


def real(path: str) -> Path:
    """The path that a byte string is."""
    return Path(os.fsdecode(path.encode("latin-1")))


def byte_string(path: Path | str) -> str:
    """The inverse of `real`."""
    return os.fsencode(path).decode("latin-1")


class Texts(MutableMapping[str, str]):
    """Files by their absolute names."""

    def __getitem__(self, path: str) -> str:
        try:
            return real(path).read_bytes().decode("latin-1")
        except OSError:
            raise KeyError(path) from None

    def __setitem__(self, path: str, text: str) -> None:
        try:
            real(path).parent.mkdir(parents=True, exist_ok=True)
            real(path).write_bytes(text.encode("latin-1"))
        except OSError as error:
            refused(error)

    def __delitem__(self, path: str) -> None:
        try:
            real(path).unlink()
        except OSError:
            raise KeyError(path) from None

    def __contains__(self, path: object) -> bool:
        return isinstance(path, str) and real(path).is_file()

    def __iter__(self) -> Iterator[str]:
        raise TypeError("nobody counts all files")

    def __len__(self) -> int:
        raise TypeError("nobody counts all files")


@dataclass(slots=True)
class RealFiles(Files):
    """The file system; `devices` is what has been mounted with the stand-in of mount(8)."""

    files: MutableMapping[str, str] = field(default_factory=Texts)
    devices: dict[str, tuple[str, str]] = field(default_factory=dict)
    went: str = ""  # where the next command starts, if a program has changed directory

    def real(self, path: str) -> Path:
        """The absolute path; links in it are kept."""
        return real(self.cwd) / real(path)

    def resolve(self, path: str) -> str:
        """What a path leads to.

        :raises SystemFailure: if it leads to nothing.
        """
        if not path:
            raise SystemFailure("ENOENT")
        try:
            return byte_string(self.real(path).resolve(strict=True))
        except OSError as error:
            refused(error)

    def is_dir(self, path: str) -> bool:
        """stat(2): whether it is a directory.

        :raises SystemFailure: if there is nothing.
        """
        try:
            return stat.S_ISDIR(self.real(path).stat().st_mode)
        except OSError as error:
            refused(error)

    def chdir(self, path: str) -> None:
        """chdir(2) before a command is run.

        :raises SystemFailure: if that is not possible.
        """
        Files.chdir(self, path)
        self.went = byte_string(self.real(path))

    def read(self, path: str) -> str:
        """The text of a file.

        :raises SystemFailure: if it cannot be read.
        """
        try:
            return self.real(path).read_bytes().decode("latin-1")
        except OSError as error:
            refused(error)

    def open_to_write(self, path: str, *, append: bool) -> str:
        """Make or empty a file; its whole name.

        :raises SystemFailure: if that is not possible.
        """
        whole = self.real(path)
        try:
            with whole.open("ab" if append else "wb"):
                return byte_string(whole)
        except OSError as error:
            refused(error)

    def mounted_on(self, path: str) -> tuple[str, str]:
        """The mount point above a path, and its type. statfs(2)."""
        point = self.resolve(path)
        while point != "/" and point not in self.devices:
            point = point.rpartition("/")[0] or "/"
        return point, self.devices[point][1] if point in self.devices else "ufs"

    def glob(self, pattern: str) -> list[str]:
        """The names that match a pattern, sorted."""
        found = glob(os.fsdecode(pattern.encode("latin-1")), root_dir=real(self.cwd))  # noqa: PTH207  # as it is written, absolute or not
        return sorted(map(byte_string, found))
