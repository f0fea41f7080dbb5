"""A recorded session: a line of JSON.  corpus/userland/README.md describes the format."""

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from jail_userland.deltas import Release
from jaildiff.kernels.registry import KERNELS
from jaildiff.support.errors import InputError, mismatch
from jaildiff.support.inputs import opened

FORMAT = 1
SUFFIXES = (
    ".jsonl",
    ".jsonl.zst",
    ".sessions.zst",
)  # Readers of programs ignore the last.
LINE_MAX = 64 << 20
STEP_KINDS = ("run", "op", "sleep")
RECORDED_ON = {Release.R14: ("legacy", "new"), Release.R15: ("new",)}
TABLES = ("exits", "secs", "leaves", "term", "kill")

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Session:
    """What was done on one machine, and what came of it."""

    id: str
    userland: Release
    kernel: str
    files: Mapping[str, str]
    dirs: tuple[str, ...]
    steps: tuple[Json, ...]
    answers: tuple[Json, ...] | None
    tables: Json  # what commands do, for the whole session
    state: object  # the jails at the end; None if that was not recorded
    where: str

    @property
    def title(self) -> str:
        """Its id and its column."""
        return f"{self.id} ({self.userland.value}/{self.kernel})"


def is_argued(release: Release, kernel: str) -> bool:
    """Whether this userland was never recorded on this kernel.  The expected answers then follow
    from recordings of each alone.
    """
    return kernel not in RECORDED_ON[release]


def read_sessions(path: str | Path) -> Iterator[Session]:
    """The sessions of a file, or of the files of a folder.

    :raises InputError: at the first line that is not a session.
    """
    for file in session_files(Path(path)):
        with opened(file) as stream:
            yield from read_lines(stream, file)


def session_files(path: Path) -> list[Path]:
    """The file itself, or the recordings in a folder, sorted."""
    if path.is_dir():
        return sorted(file for file in path.iterdir() if file.name.endswith(SUFFIXES))
    if not path.is_file():
        raise InputError(str(path), 0, 0, "expected a file or a folder, found none")
    if not path.name.endswith(SUFFIXES):
        raise InputError(str(path), 0, 0, mismatch(f"a name in {', '.join(SUFFIXES)}", path.name))
    return [path]


def read_lines(stream: BinaryIO, file: Path) -> Iterator[Session]:
    """One session from each line."""
    lines = unpacked(stream) if file.name.endswith(".zst") else stream
    number = 0
    while True:
        number += 1
        try:
            line = next_line(lines)
            if not line:
                return
            if not line.isspace():
                yield session_of(json.loads(line), f"{file}:{number}")
        except InputError as error:
            raise error.at(str(file), number) from None
        except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
            raise InputError(str(file), number, 0, f"expected JSON: {error}") from None


def unpacked(stream: BinaryIO) -> BinaryIO:
    """The bytes behind a zstd file."""
    import zstandard  # noqa: PLC0415  # Reading plain files starts without it.

    reader = zstandard.ZstdDecompressor().stream_reader(stream, read_across_frames=True)
    return io.BufferedReader(reader)


def next_line(lines: BinaryIO) -> bytes:
    """The next line; empty at the end.

    :raises InputError: if it is no zstd, or too long.
    """
    import zstandard  # noqa: PLC0415  # as above

    try:
        line = lines.readline(LINE_MAX + 1)
    except zstandard.ZstdError as error:
        raise InputError("", 0, 0, f"expected zstd data: {error}") from None
    if len(line) > LINE_MAX:
        raise InputError("", 0, 0, f"expected at most {LINE_MAX} bytes in a line, found more")
    return line


def session_of(value: object, where: str) -> Session:
    """The session that a JSON value is.

    :raises InputError: without a place, if it is not a session.
    """
    if not isinstance(value, dict) or value.get("session") != FORMAT:
        raise wrong(f'an object with "session": {FORMAT}', value)
    userland, kernel = value.get("userland"), value.get("kernel")
    if userland not in [str(release.value) for release in Release]:
        raise wrong('"userland": "14" or "15"', userland)
    if kernel not in KERNELS:
        raise wrong(f'"kernel": one of {", ".join(KERNELS)}', kernel)
    steps = value.get("steps")
    if not isinstance(steps, list) or not all(map(is_step, steps)):
        raise wrong('a list of steps as "steps", each with "run", "op" or "sleep"', steps)
    answers = value.get("answers")
    if answers is not None and (
        not isinstance(answers, list)
        or len(answers) != len(steps)
        or not all(isinstance(answer, dict) for answer in answers)
    ):
        raise wrong(f'a list of {len(steps)} objects as "answers"', answers)
    files = value.get("files", {})
    if not isinstance(files, dict) or not all(isinstance(text, str) for text in files.values()):
        raise wrong('names with texts as "files"', files)
    dirs = value.get("dirs", [])
    if not isinstance(dirs, list) or not all(isinstance(name, str) for name in dirs):
        raise wrong('a list of names as "dirs"', dirs)
    if not has_tables(value) or not all(map(has_tables, steps)):
        raise wrong(f'objects as {", ".join(TABLES)}, a list of texts as "noexec"', value)
    return Session(
        id=str(value.get("id")),
        userland=Release(int(userland)),
        kernel=kernel,
        files=files,
        dirs=tuple(dirs),
        steps=tuple(steps),
        answers=None if answers is None else tuple(answers),
        tables=value,
        state=value.get("state"),
        where=where,
    )


def has_tables(value: Json) -> bool:
    """Whether all tables that a session or a step has are well formed."""
    noexec = value.get("noexec", [])
    return all(isinstance(value.get(name, {}), dict) for name in TABLES) and (
        isinstance(noexec, list) and all(isinstance(text, str) for text in noexec)
    )


def is_step(step: object) -> bool:
    """Whether this is a step: exactly one thing to do."""
    if not isinstance(step, dict) or sum(kind in step for kind in STEP_KINDS) != 1:
        return False
    run = step.get("run", ["jls"])
    secs = step.get("sleep", 0)
    return (
        isinstance(run, list)
        and bool(run)
        and all(isinstance(word, str) for word in run)
        and isinstance(step.get("op", {}), dict)
        and isinstance(step.get("stdin", ""), str)
        and isinstance(secs, int | float)
    )


def wrong(expected: str, found: object) -> InputError:
    """A complaint without a place."""
    return InputError("", 0, 0, mismatch(expected, found))
