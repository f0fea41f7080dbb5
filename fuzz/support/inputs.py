"""Opening what the user names to be read: regular files, and standard input as -.

A FIFO would keep us waiting and a device has no end, so neither is opened.
"""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO

from fuzz.support.errors import InputError

STDIN = Path("-")

# What is the matter with the file or its name; anything else is trouble with the machine.
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
    """A file to be read.

    Raises InputError if there is none that can be, OSError if the machine fails meanwhile.
    """
    with readable(path):
        if path == STDIN:
            yield sys.stdin.buffer
            return
        # Without O_NONBLOCK a FIFO would keep us waiting.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as stream:
            if not S_ISREG(os.fstat(descriptor).st_mode):
                message = "expected a regular file, or - for standard input"
                raise InputError(str(path), 0, 0, f"{message}, found a pipe or a device")
            yield stream


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Inside, what is wrong with this file is bad input.  Raises OSError, with the file's name, if
    it is the machine that fails.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _UNREADABLE:
            raise InputError(str(path), 0, 0, f"cannot be read: {error.strerror}") from None
        raise OSError(error.errno, error.strerror, str(path)) from None
