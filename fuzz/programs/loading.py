"""Where programs come from: op-language files, JSON lines, and folders of both."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from fuzz.programs.op_language import FILE_MAX, Script, parse
from fuzz.programs.program import COLUMNS, PROGRAM_FIELDS, Program, program_from_json
from fuzz.support.errors import InputError, mismatch
from fuzz.support.files import files_below
from fuzz.support.json_lines import chunks_of, rows, value_of

SUFFIXES = (".jd", ".jsonl", ".jsonl.zst")
# So much of zstd never unpacks to more than some 8 MiB, whatever it is.
_ZSTD_CHUNK = 1 << 8


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
        found = (file for file in files_below(path) if file.name.endswith(SUFFIXES))
        return [file for file in found if file.is_file()]
    if not path.is_file():
        hint = " (standard input is not read)" if str(path) == "-" else ""
        raise InputError(str(path), 0, 0, f"expected a file or a folder, found none{hint}")
    return [path]


def read_programs(path: str | Path, columns: Sequence[str] | None = COLUMNS) -> Iterator[Entry]:
    """The programs in a file or folder, one by one, with the recordings of these names, or
    with all of them.

    Raises InputError at the first line that cannot be used.  Whoever wants to go on with the
    other files of a folder reads the `program_files` one at a time.
    """
    for file in program_files(path):
        try:
            yield from _reader(file, columns)(file)
        except OSError as error:
            raise InputError(str(file), 0, 0, f"cannot be read: {error.strerror}") from None


def _reader(file: Path, columns: Sequence[str] | None) -> Callable[[Path], Iterator[Entry]]:
    if file.name.endswith(".jd"):
        return _read_text
    if file.name.endswith(".jsonl"):
        return partial(_read_json, chunks=chunks_of, columns=columns)
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
        found = f"expected UTF-8, found byte {raw[error.start]:#04x}"
        raise InputError(str(file), line, column, found) from None
    yield Entry(script.program, script, None, str(file))


def _read_json(
    file: Path, chunks: Callable[[BinaryIO], Iterator[bytes]], columns: Sequence[str] | None
) -> Iterator[Entry]:
    with file.open("rb") as stream:
        for number, row in rows(chunks(stream), str(file)):
            try:
                entry = _entry(row, f"{file}:{number}", columns)
            except InputError as error:
                raise error.at(str(file), number, error.column) from None
            yield entry


def _entry(row: bytes, where: str, columns: Sequence[str] | None) -> Entry:
    value = value_of(row)
    program = program_from_json(value, columns)
    assert isinstance(value, dict)
    names = value.keys() - PROGRAM_FIELDS if columns is None else columns
    recorded = {name: value[name] for name in sorted(names) if name in value}
    for name, answers in recorded.items():
        if not isinstance(answers, dict):
            raise InputError("", 0, 0, mismatch(f'an object as "{name}"', answers))
    return Entry(program, None, recorded or None, where)


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
