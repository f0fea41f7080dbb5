"""The exit codes, and which of them an error of the system has."""

import errno

from jaildiff.cli.terminal import complain

FOUND, BAD_INPUT, INTERNAL, MACHINE = 1, 2, 3, 4
INTERRUPTED, READER_GONE, TERMINATED = 130, 141, 143

# Errors of the given path, rather than of the machine.
WRONG_PATH = frozenset(
    {
        errno.EEXIST,
        errno.EISDIR,
        errno.ELOOP,
        errno.ENAMETOOLONG,
        errno.ENOENT,
        errno.ENOTDIR,
    }
)


def code_of(error: OSError) -> int:
    """The exit code for an error of the system."""
    return BAD_INPUT if error.errno in WRONG_PATH else MACHINE


def complain_of(error: OSError) -> None:
    """Report an error of the system."""
    # Files that we write are named: a disk that is full without a name is where output goes.
    where = error.filename or ("standard output" if error.errno == errno.ENOSPC else None)
    complain(f"{where}: {error.strerror}" if where else error)
