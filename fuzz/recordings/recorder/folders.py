"""The folders that programs name as paths of jails: they are made, and removed afterwards."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any

ABSENT = {"missing", "file", ".."}  # names that stand for no folder, and what leads elsewhere


def make_folders(programs: list[dict[str, Any]]) -> list[Path]:
    """Make those that are not there; all that were made, the outer ones first.

    Raises OSError if one cannot be made, having removed the others.
    """
    made: list[Path] = []
    try:
        for path in sorted({path for program in programs for path in paths_in(program)}):
            for folder in [*reversed(Path(path).parents), Path(path)]:
                if not folder.exists():
                    folder.mkdir()
                    made.append(folder)
    except OSError:
        remove_folders(made)
        raise
    return made


def paths_in(program: dict[str, Any]) -> set[str]:
    """The paths of jails in a program, but for those that are meant not to be there."""
    params = [op.get("params") for op in program["ops"] if isinstance(op, dict)]
    paths = [each.get("path") for each in params if isinstance(each, dict)]
    found = {"/" + path.strip("/") for path in paths if isinstance(path, str) and "\0" not in path}
    return {path for path in found if is_usual(PurePosixPath(path).parts) and len(path) < 1024}


def is_usual(parts: tuple[str, ...]) -> bool:
    """Whether a path can be made as it is written."""
    return not set(parts) & ABSENT and all(len(part.encode()) < 256 for part in parts)


def remove_folders(made: list[Path]) -> None:
    """Remove what was made, as far as nobody else has put something there."""
    for folder in reversed(made):
        with suppress(OSError):
            folder.rmdir()
