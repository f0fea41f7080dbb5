"""Where programs come from: op-language files, JSON lines, and folders of both."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from fuzz.programs.json_form import COLUMNS, program_from_json
from fuzz.programs.op_language import FILE_MAX, Script, parse
from fuzz.programs.program import Program
from fuzz.support.errors import InputError, mismatch

SUFFIXES = (".jd", ".jsonl", ".jsonl.zst")
JSON_LINE_MAX = 64 << 20
JSON_FILE_MAX = 4 << 30
_CHUNK = 1 << 16
# A kilobyte of zstd never unpacks to more than some 32 MiB, whatever it is.
_ZSTD_CHUNK = 1 << 10


@dataclass(frozen=True, slots=True)
class Entry:
    """One program and where it was found; `recorded` has the answers, "old" and "new"."""

    program: Program
    script: Script | None
    recorded: dict[str, object] | None
    where: str


def program_files(path: str | Path) -> list[Path]:
    """The file itself, or the files with programs anywhere in a folder, sorted.

    Raises InputError if there is no such file or folder.
    """
    path = Path(path)
    if path.is_dir():
        found = (file for file in path.rglob("*") if file.name.endswith(SUFFIXES))
        return sorted(file for file in found if file.is_file())
    if not path.is_file():
        hint = " (standard input is not read)" if str(path) == "-" else ""
        raise InputError(str(path), 0, 0, f"expected a file or a folder, found none{hint}")
    return [path]


def read_programs(path: str | Path, columns: Sequence[str] = COLUMNS) -> Iterator[Entry]:
    """The programs in a file or folder, one by one, with the recordings of these names.

    Raises InputError at the first line that cannot be used.  Whoever wants to go on with the
    other files of a folder reads the `program_files` one at a time.
    """
    for file in program_files(path):
        try:
            yield from _reader(file, columns)(file)
        except OSError as error:
            raise InputError(str(file), 0, 0, f"cannot be read: {error.strerror}") from None


def _reader(file: Path, columns: Sequence[str]) -> Callable[[Path], Iterator[Entry]]:
    if file.name.endswith(".jd"):
        return _read_text
    if file.name.endswith(".jsonl"):
        return partial(_read_json, chunks=_plain_chunks, columns=columns)
    if file.name.endswith(".jsonl.zst"):
        return partial(_read_json, chunks=_zstd_chunks, columns=columns)
    raise InputError(str(file), 0, 0, mismatch(f"a name in {', '.join(SUFFIXES)}", file.name))


def _read_text(file: Path) -> Iterator[Entry]:
    with file.open("rb") as stream:
        raw = stream.read(FILE_MAX + 1)
    if len(raw) > FILE_MAX:
        raise InputError(str(file), 0, 0, f"expected at most {FILE_MAX} bytes, found more")
    try:
        script = parse(raw.decode(), str(file))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - raw.rfind(b"\n", 0, error.start)
        raise InputError(str(file), line, column, _not_utf8(error)) from None
    yield Entry(script.program, script, None, str(file))


def _read_json(
    file: Path, chunks: Callable[[BinaryIO], Iterator[bytes]], columns: Sequence[str]
) -> Iterator[Entry]:
    number = 0
    with file.open("rb") as stream:
        rows = _rows(chunks(stream))
        while True:
            number += 1
            try:
                row = next(rows, None)
                entry = _entry(row, f"{file}:{number}", columns) if row else None
            except InputError as error:
                raise error.at(str(file), number, error.column) from None
            if row is None:
                return
            if entry is not None:
                yield entry


def _entry(row: bytes, where: str, columns: Sequence[str]) -> Entry | None:
    if row.isspace():
        return None
    try:
        value = json.loads(row.decode())
        program = program_from_json(value, columns)
    except UnicodeDecodeError as error:
        raise InputError("", 0, error.start + 1, _not_utf8(error)) from None
    except json.JSONDecodeError as error:
        raise InputError("", 0, error.pos + 1, f"expected JSON: {error.msg}") from None
    except (RecursionError, ValueError) as error:
        raise InputError("", 0, 0, f"expected JSON of reasonable size: {error}") from None
    recorded = {name: value[name] for name in columns if name in value}
    for name, answers in recorded.items():
        if not isinstance(answers, dict):
            raise InputError("", 0, 0, mismatch(f'an object as "{name}"', answers))
    return Entry(program, None, recorded or None, where)


def _not_utf8(error: UnicodeDecodeError) -> str:
    return f"expected UTF-8, found byte {error.object[error.start]:#04x}"


def _rows(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Cut chunks into lines, and stop at a line or a file that is too long."""
    total = size = 0
    parts: list[bytes] = []
    for chunk in chunks:
        total += len(chunk)
        if total > JSON_FILE_MAX:
            raise InputError("", 0, 0, f"expected at most {JSON_FILE_MAX} bytes, found more")
        *ends, rest = chunk.split(b"\n")
        for end in ends:
            _check_line(size + len(end))
            yield b"".join([*parts, end])
            parts, size = [], 0
        parts.append(rest)
        size += len(rest)
        _check_line(size)
    yield b"".join(parts)


def _check_line(size: int) -> None:
    if size > JSON_LINE_MAX:
        raise InputError("", 0, 0, f"expected at most {JSON_LINE_MAX} bytes in a line, found more")


def _plain_chunks(stream: BinaryIO) -> Iterator[bytes]:
    return iter(partial(stream.read, _CHUNK), b"")


def _zstd_chunks(stream: BinaryIO) -> Iterator[bytes]:
    # Loaded only here, so that reading plain files starts without it.
    import zstandard  # noqa: PLC0415  # see above

    unpacker = zstandard.ZstdDecompressor()
    frame = unpacker.decompressobj()
    for chunk in iter(partial(stream.read, _ZSTD_CHUNK), b""):
        rest = chunk
        while rest:
            if frame.eof:
                frame = unpacker.decompressobj()
            try:
                yield frame.decompress(rest)
            except zstandard.ZstdError as error:
                raise InputError("", 0, 0, f"expected zstd data: {error}") from None
            rest = frame.unused_data
    if not frame.eof:
        raise InputError("", 0, 0, "expected the end of a zstd frame, found end of file")
