"""Writing files so that a reader never sees half of one."""

import os
import secrets
from pathlib import Path


def write_atomic(path: str | Path, data: bytes | str) -> None:
    """Replace the file with `data` (text as UTF-8), wholly or not at all.

    Raises OSError if it cannot be written, UnicodeEncodeError if the text has no
    UTF-8 form; the old file is then untouched.  rename(2), fsync(2).
    """
    raw = data.encode() if isinstance(data, str) else data
    target = Path(path)
    # In the same directory, because rename(2) is atomic only within a file system.
    temporary = target.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_directory(target.parent)


def sync_directory(directory: Path) -> None:
    """Make what was renamed in a directory durable.  fsync(2)."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
