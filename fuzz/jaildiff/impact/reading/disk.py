"""Files as jail(8) would read them, fetched from the real file system when they are asked for."""

import os
from dataclasses import dataclass, field
from glob import iglob
from itertools import islice
from pathlib import Path

from jail_kernel.call import kernel_bytes, user_text
from jail_userland.files import Files
from jaildiff.support.errors import InputError
from jaildiff.support.inputs import opened

SIZE_MAX = 1 << 20  # bytes of one file
READS_MAX = 1000  # files, counting each inclusion


@dataclass(slots=True)
class Disk(Files):
    """A file system that contains what has been read of the real one.

    Only regular files are opened, because a jail.conf may come from anybody and can name any file.
    """

    read_so_far: list[str] = field(default_factory=list)

    def read(self, path: str) -> str:
        """The text of a file.

        :raises SystemFailure: if there is none.
        :raises InputError: if it cannot be read, or is too long, or if it is one file too many.
        """
        whole = self.absolute(path)
        self.read_so_far.append(whole)
        if len(self.read_so_far) > READS_MAX:
            raise InputError(user_text(path), 0, 0, f"more than {READS_MAX} files are included")
        self.fetch(whole)
        # Not super(): a dataclass with slots replaces the class that is written here.
        return Files.read(self, whole)

    def glob(self, pattern: str) -> list[str]:
        """The names that match a pattern, sorted."""
        for found in islice(iglob(user_text(self.absolute(pattern))), READS_MAX):  # noqa: PTH207  # as glob(3)
            self.fetch(kernel_bytes(found))
        return Files.glob(self, pattern)

    def fetch(self, whole: str) -> None:
        """Read a file if there is one and it has not been read yet."""
        real = Path(user_text(whole))
        if whole in self.files or not os.path.lexists(real):
            return
        if real.is_dir():
            self.make_dir(whole)
        else:
            self.put(whole, text_of(real))

    def put(self, whole: str, text: str) -> None:
        """Add a file whose text is known."""
        self.make_dir(whole.rpartition("/")[0] or "/")
        self.files[whole] = text


def text_of(path: Path) -> str:
    """The bytes of a file, one character each.

    :raises InputError: if it cannot be read, is too long, or is not a text.
    """
    with opened(path) as stream:
        raw = stream.read(SIZE_MAX + 1)
    if len(raw) > SIZE_MAX:
        raise InputError(str(path), 0, 0, f"expected at most {SIZE_MAX:,} bytes, found more")
    nul = raw.find(0)
    if nul >= 0:
        line = raw.count(b"\n", 0, nul) + 1
        raise InputError(str(path), line, 0, "expected a text, found a NUL byte")
    return raw.decode("latin-1")
