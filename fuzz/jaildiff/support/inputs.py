"""Open what the user names as input: a regular file, or - for standard input.

Opening a FIFO can block and a device may have no end, so neither is accepted.
"""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO

from jaildiff.support.errors import InputError

STDIN = Path("-")

# The fault lies with the file or its name; any other error is trouble with the machine.
_UNREADABLE = frozenset(
    {
        errno.EACCES,
        errno.EISDIR,
        errno.ELOOP,
        errno.ENAMETOOLONG,
        errno.ENOENT,
        errno.ENOTDIR,
        errno.ENXIO,
        errno.EPERM,
    }
)


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file for reading.

    Raises InputError if it cannot be read, OSError if the machine fails meanwhile.
    """
    with readable(path):
        if path == STDIN:
            yield sys.stdin.buffer
            return
        # Without O_NONBLOCK, opening a FIFO would block.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as stream:
            if not S_ISREG(os.fstat(descriptor).st_mode):
                message = "expected a regular file, or - for standard input"
                raise InputError(str(path), 0, 0, f"{message}, found a pipe or a device")
            yield stream


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn an OSError inside the block into an InputError if the file is at fault.

    If the machine is at fault, raises the OSError with the file's name.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _UNREADABLE:
            raise InputError(str(path), 0, 0, f"cannot be read: {error.strerror}") from None
        raise OSError(error.errno, error.strerror, str(path)) from None
