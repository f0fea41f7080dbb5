"""The files that are really there, as the programs of the userland ask for them."""

import glob
import os
import stat
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass, field
from errno import errorcode
from typing import NoReturn

from userland.files import Files, SystemFailure


def refused(error: OSError) -> NoReturn:
    """What the system said, as the userland hears it.

    :raises SystemFailure: always.
    """
    raise SystemFailure(errorcode.get(error.errno or 0, "EINVAL")) from None


def raw(path: str) -> bytes:
    """The bytes of a path."""
    return path.encode("latin-1")


class Texts(MutableMapping[str, str]):
    """Files by their absolute names."""

    def __getitem__(self, path: str) -> str:
        try:
            with open(raw(path), "rb") as file:
                return file.read().decode("latin-1")
        except OSError:
            raise KeyError(path) from None

    def __setitem__(self, path: str, text: str) -> None:
        try:
            os.makedirs(os.path.dirname(raw(path)), exist_ok=True)
            with open(raw(path), "wb") as file:
                file.write(text.encode("latin-1"))
        except OSError as error:
            refused(error)

    def __delitem__(self, path: str) -> None:
        try:
            os.unlink(raw(path))
        except OSError:
            raise KeyError(path) from None

    def __contains__(self, path: object) -> bool:
        return isinstance(path, str) and os.path.isfile(raw(path))

    def __iter__(self) -> Iterator[str]:
        raise TypeError("nobody counts all files")

    def __len__(self) -> int:
        raise TypeError("nobody counts all files")


@dataclass(slots=True)
class RealFiles(Files):
    """The file system; `devices` is what has been mounted with the stand-in of mount(8)."""

    files: MutableMapping[str, str] = field(default_factory=Texts)
    devices: dict[str, tuple[str, str]] = field(default_factory=dict)

    def path(self, path: str) -> bytes:
        """The path from the root, links and all."""
        return os.path.join(raw(self.cwd), raw(path))

    def resolve(self, path: str) -> str:
        """What a path leads to."""
        if not path:
            raise SystemFailure("ENOENT")
        try:
            return os.path.realpath(self.path(path), strict=True).decode("latin-1")
        except OSError as error:
            refused(error)

    def is_dir(self, path: str) -> bool:
        """stat(2): whether it is a directory."""
        try:
            return stat.S_ISDIR(os.stat(self.path(path)).st_mode)
        except OSError as error:
            refused(error)

    def read(self, path: str) -> str:
        """The text of a file."""
        try:
            with open(self.path(path), "rb") as file:
                return file.read().decode("latin-1")
        except OSError as error:
            refused(error)

    def open_to_write(self, path: str, *, append: bool) -> str:
        """Make or empty a file; its whole name."""
        whole = self.path(path)
        try:
            with open(whole, "ab" if append else "wb"):
                return whole.decode("latin-1")
        except OSError as error:
            refused(error)

    def mounted_on(self, path: str) -> tuple[str, str]:
        """The mount point that a path lies below, and the type."""
        point = self.resolve(path)
        while point != "/" and point not in self.devices:
            point = point.rpartition("/")[0] or "/"
        return point, self.devices[point][1] if point in self.devices else "ufs"

    def glob(self, pattern: str) -> list[str]:
        """The names that a pattern fits, sorted."""
        return sorted(
            name.decode("latin-1") for name in glob.glob(raw(pattern), root_dir=raw(self.cwd))
        )
