"""Make the folders that programs name as paths of jails, and remove them afterwards."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any

ABSENT = {"missing", "file", ".."}  # names that stand for no folder, or lead elsewhere


def make_folders(programs: list[dict[str, Any]]) -> list[Path]:
    """Make the missing folders; returns them, the outer ones first.

    If one cannot be made, removes the others and raises OSError.
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
    """The paths of jails in a program, except those that are meant to be missing."""
    params = [op.get("params") for op in program["ops"] if isinstance(op, dict)]
    paths = [each.get("path") for each in params if isinstance(each, dict)]
    found = {"/" + path.strip("/") for path in paths if isinstance(path, str) and "\0" not in path}
    return {path for path in found if is_usual(PurePosixPath(path).parts) and len(path) < 1024}


def is_usual(parts: tuple[str, ...]) -> bool:
    """Whether a path can be made as it is written."""
    return not set(parts) & ABSENT and all(len(part.encode()) < 256 for part in parts)


def remove_folders(made: list[Path]) -> None:
    """Remove the folders that were made, unless somebody has put something into them."""
    for folder in reversed(made):
        with suppress(OSError):
            folder.rmdir()
