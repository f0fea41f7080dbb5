"""Read programs from op-language files, JSON lines, and folders of both."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from jaildiff.programs.json_form import COLUMNS, PROGRAM_FIELDS, kernel_called, program_from_json
from jaildiff.programs.op_language import FILE_MAX, Script, parse
from jaildiff.programs.program import Program
from jaildiff.support.errors import InputError, mismatch
from jaildiff.support.files import files_below
from jaildiff.support.inputs import STDIN, opened, readable
from jaildiff.support.json_lines import chunks_of, rows, value_of

SUFFIXES = (".jd", ".jsonl", ".jsonl.zst")
_INDEX = "findings.jsonl"  # lists the findings whose witnesses lie beside it
_ZSTD_START = bytes.fromhex("28b52ffd")
# Even hostile zstd data of this size unpacks to no more than about 8 MiB.
_ZSTD_CHUNK = 1 << 8


@dataclass(frozen=True, slots=True)
class Entry:
    """One program and where it was found; `recorded` has the answers by kernel ("legacy")."""

    program: Program
    script: Script | None
    recorded: dict[str, object] | None
    where: str


def program_files(path: str | Path, unread: list[InputError] | None = None) -> list[Path]:
    """The path itself if it is a file; of a folder, all files named like programs at any depth,
    sorted.

    The error for a folder that cannot be listed is added to `unread`, or raised if that is None.
    Raises InputError if the path does not exist.
    """
    path = Path(path)
    with readable(path):
        if path != STDIN and not path.exists():
            raise InputError(str(path), 0, 0, "expected a file or a folder, found none")
        if not path.is_dir():
            return [path]
    files = (file for file in files_below(path, unread) if file.name != _INDEX)
    return [file for file in files if file.name.endswith(SUFFIXES)]


def read_programs(path: str | Path, columns: Sequence[str] | None = COLUMNS) -> Iterator[Entry]:
    """Yield the programs in a file or folder, with the recordings in `columns` (None: in all).

    Raises InputError at the first line that cannot be used.  To go on with the other files of a
    folder, call `read_file` for each of `program_files`.
    """
    for file in program_files(path):
        yield from read_file(file, columns)


def read_file(file: Path, columns: Sequence[str] | None = COLUMNS) -> Iterator[Entry]:
    """Yield the programs in one file, as `read_programs` does."""
    yield from _reader(file, columns)(file)


def _reader(file: Path, columns: Sequence[str] | None) -> Callable[[Path], Iterator[Entry]]:
    name = _kind_of_input() if file == STDIN else file.name
    if name.endswith(".jd"):
        return _read_text
    if name.endswith(".jsonl"):
        return partial(_read_json, chunks=chunks_of, columns=columns)
    if name.endswith(".jsonl.zst"):
        return partial(_read_json, chunks=_zstd_chunks, columns=columns)
    raise InputError(str(file), 0, 0, mismatch(f"a name in {', '.join(SUFFIXES)}", file.name))


def _kind_of_input() -> str:
    """The suffix of the format on standard input, told by its first bytes."""
    with opened(STDIN) as stream:
        assert isinstance(stream, BufferedReader)
        start = stream.peek(len(_ZSTD_START))
    if start.startswith(_ZSTD_START):
        return ".jsonl.zst"
    return ".jsonl" if start.lstrip()[:1] == b"{" else ".jd"


def _read_text(file: Path) -> Iterator[Entry]:
    with opened(file) as stream:
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
    with opened(file) as stream:
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
    recorded: dict[str, object] = {}
    for name in sorted(value.keys() - PROGRAM_FIELDS):
        kernel, answers = kernel_called(name), value[name]
        if columns is not None and kernel not in columns:
            continue
        if not isinstance(answers, dict):
            raise InputError("", 0, 0, mismatch(f'an object as "{name}"', answers))
        if kernel in recorded:
            raise InputError(
                "", 0, 0, f'expected one recording of {kernel}, found "{name}" as well'
            )
        recorded[kernel] = answers
    return Entry(program, None, recorded or None, where)


def _zstd_chunks(stream: BinaryIO) -> Iterator[bytes]:
    # Imported late, so that reading plain files does not have to load it.
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
