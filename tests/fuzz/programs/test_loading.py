import json
import os
from collections.abc import Callable
from io import BufferedReader, BytesIO, TextIOWrapper
from itertools import islice
from pathlib import Path

import pytest
import zstandard

from jail_kernel.call import Exit
from jaildiff.programs import loading as source
from jaildiff.programs.json_form import program_from_json, program_to_json
from jaildiff.programs.loading import Entry, program_files, read_file, read_programs
from jaildiff.programs.op_language import Line, Script, parse, render
from jaildiff.programs.program import FLAGS, Program
from jaildiff.support import json_lines
from jaildiff.support.errors import InputError
from jaildiff.support.json_lines import rows

TRACES = Path(__file__).parents[3] / "corpus" / "traces"
# Every so many programs of a file, where all of them would take too long.
STEPS = {"random.jsonl.zst": 12}

ROW = json.dumps({"format": 1, "id": "a", "ops": [{"op": "exit", "pid": 1}]}).encode()
PROGRAM = Program("a", (Exit(1),))


def canonical(op: dict[str, object]) -> dict[str, object]:
    """The op with its flags as `call_to_json` orders them."""
    flags = op.get("flags")
    if not isinstance(flags, list):
        return op
    bits = sum(FLAGS[flag] if isinstance(flag, str) else flag for flag in flags)
    names = [name for name, bit in FLAGS.items() if bits & bit]
    return op | {"flags": [*names, bits & ~0xFF] if bits & ~0xFF else names}


def failure(path: Path) -> str:
    """What reading the file complains of, from behind its folder."""
    with pytest.raises(InputError) as caught:
        list(read_programs(path))
    text = str(caught.value)
    assert text.startswith(f"{path}:")
    return text.removeprefix(str(path))


@pytest.mark.parametrize("path", sorted(TRACES.glob("*.zst")), ids=lambda path: path.name)
def test_traces_survive_every_form(path: Path) -> None:
    """JSON to program to text to program to JSON gives the ops that were recorded."""
    step = STEPS.get(path.name, 1)
    with path.open("rb") as stream:
        lines = rows(source._zstd_chunks(stream), str(path))
        values = [json.loads(row) for _, row in islice(lines, 0, None, step)]
    assert len(values) > 100
    for value in values:
        program = program_from_json(value)
        script = Script(program.id, program.jail_max, lines=tuple(map(Line, program.calls)))
        again = parse(render(script), "-")
        assert again == script
        ops = program_to_json(again.program)["ops"]
        assert json.dumps(ops) == json.dumps([canonical(op) for op in value["ops"]])


def test_traces_carry_their_answers() -> None:
    """A recorded trace yields program, answers of both sides, and its line."""
    path = TRACES / "cases.jsonl.zst"
    first, second = islice(read_programs(path), 2)
    assert second.where == f"{path}:2"
    assert first.script is None
    assert first.recorded is not None
    assert first.recorded.keys() == {"legacy", "new"}


def test_earlier_names_of_kernels_are_read(tmp_path: Path) -> None:
    """Recordings once called legacy `old` and descriptors `main`; one kernel has one recording."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(ROW[:-1] + b', "old": {}, "main": {"a": 1}}')
    (entry,) = read_programs(path)
    assert entry.recorded == {"legacy": {}, "descriptors": {"a": 1}}
    path.write_bytes(ROW[:-1] + b', "old": {}, "legacy": {}}')
    assert failure(path).startswith(':1: expected one recording of legacy, found "old" as well')


def test_plain_and_packed_lines_are_the_same(tmp_path: Path) -> None:
    """JSON lines are read with and without zstd, in several frames, blank lines skipped."""
    plain, packed = tmp_path / "a.jsonl", tmp_path / "b.jsonl.zst"
    data = ROW + b"\n\n \n" + ROW
    plain.write_bytes(data)
    packed.write_bytes(zstandard.compress(data[:40]) + zstandard.compress(data[40:]))
    for path in (plain, packed):
        assert list(read_programs(path)) == [
            Entry(PROGRAM, None, None, f"{path}:1"),
            Entry(PROGRAM, None, None, f"{path}:4"),
        ]


def test_a_folder_is_read_in_order(tmp_path: Path) -> None:
    """A folder gives all its program files, those of its folders too, sorted; and no others."""
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "x.jd").write_text("jaildiff 1\np1: exit()\n")
    (tmp_path / "c.jsonl").write_bytes(ROW)
    (tmp_path / "a.txt").write_text("not a program")
    (tmp_path / "d.jd").mkdir()
    assert program_files(tmp_path) == [tmp_path / "b" / "x.jd", tmp_path / "c.jsonl"]
    text, row = read_programs(str(tmp_path))
    assert text.script == Script("x", lines=(Line(Exit(1)),))
    assert text.program == Program("x", (Exit(1),))
    assert (row.program, row.script) == (PROGRAM, None)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (b"{", ":2:2: expected JSON: Expecting property name enclosed in double quotes"),
        (b'{"a": \xff}', ":2:7: expected UTF-8, found byte 0xff"),
        (b'{"format": 2}', ':2: expected "format": 1, found 2'),
        (b"[" * 100_000, ":2: expected values nested at most 100 deep, found more"),
        (b"9" * 5000, ":2:1: expected at most 4300 digits in a number, found more"),
        (ROW[:-1] + b', "old": []}', ':2: expected an object as "old", found []'),
        (
            ROW.replace(b'{"op": "exit", "pid": 1}', b"[" * 150 + b"]" * 150),
            ":2: expected values nested at most 100 deep, found more",
        ),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, row: bytes, message: str) -> None:
    """A line that is no program raises InputError with file, line and reason."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(ROW + b"\n" + row + b"\n" + ROW)
    assert failure(path).startswith(message)


def test_entries_before_a_bad_line_are_given(tmp_path: Path) -> None:
    """Reading is lazy: what comes before the bad line has been yielded."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(ROW + b"\nnonsense\n")
    entries = read_programs(path)
    assert next(entries).program == PROGRAM
    with pytest.raises(InputError):
        next(entries)


def test_bad_zstd_is_named(tmp_path: Path) -> None:
    """Truncated, damaged and empty zstd files raise InputError with the line reached."""
    path = tmp_path / "a.jsonl.zst"
    rows = b"\n".join(ROW.replace(b'"a"', b'"%s"' % os.urandom(9).hex().encode()) for _ in range(9))
    path.write_bytes(zstandard.compress(ROW + b"\n") + zstandard.compress(rows)[:-20])
    assert failure(path).endswith(": expected the end of a zstd frame, found end of file")
    path.write_bytes(zstandard.compress(ROW + b"\n") + b"no zstd")
    assert failure(path).startswith(":2: expected zstd data: ")
    path.write_bytes(b"")
    assert failure(path) == ":1: expected the end of a zstd frame, found end of file"


def test_oversized_input_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines and files above their limits raise InputError instead of filling the memory."""
    path, text = tmp_path / "a.jsonl", tmp_path / "a.jd"
    path.write_bytes(ROW + b"\n" + ROW * 2 + b"\n" + ROW)
    text.write_text("jaildiff 1\n")
    monkeypatch.setattr(json_lines, "LINE_MAX", len(ROW))
    assert failure(path) == f":2: expected at most {len(ROW)} bytes in a line, found more"
    monkeypatch.setattr(json_lines, "FILE_MAX", len(ROW))
    assert failure(path) == f":1: expected at most {len(ROW)} bytes, found more"
    monkeypatch.setattr(source, "FILE_MAX", 10)
    assert failure(text) == ": expected at most 10 bytes, found more"


def test_bad_text_is_named(tmp_path: Path) -> None:
    """An op-language file that is no UTF-8 or no script raises InputError with its place."""
    path = tmp_path / "a.jd"
    path.write_bytes(b"jaildiff 1\n# \xff\n")
    assert failure(path) == ":2:3: expected UTF-8, found byte 0xff"
    path.write_bytes(b"jaildiff 1\np1: exi()\n")
    assert failure(path).startswith(":2:5: expected an op of a process, found 'exi'")


def test_what_is_no_program_file_is_refused(tmp_path: Path) -> None:
    """A missing file, an unknown suffix and an unreadable file raise InputError."""
    assert failure(tmp_path / "none") == ": expected a file or a folder, found none"
    (tmp_path / "a.txt").touch()
    assert failure(tmp_path / "a.txt") == (
        ": expected a name in .jd, .jsonl, .jsonl.zst, found 'a.txt'"
    )


def test_what_cannot_be_listed_or_read_hides_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that may not be read is named once all else is listed; a link to nothing is a file
    that cannot be read.
    """
    (tmp_path / "closed").mkdir()
    (tmp_path / "a.jd").touch()
    (tmp_path / "b.jd").symlink_to("gone")
    scandir = os.scandir

    def refuse(path: Path) -> object:
        if path.name == "closed":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr("os.scandir", refuse)
    unread: list[InputError] = []
    assert program_files(tmp_path, unread) == [tmp_path / "a.jd", tmp_path / "b.jd"]
    assert [str(e) for e in unread] == [f"{tmp_path}/closed: cannot be read: Permission denied"]
    with pytest.raises(InputError, match="closed: cannot be read"):
        program_files(tmp_path)
    assert failure(tmp_path / "b.jd") == ": expected a file or a folder, found none"
    with pytest.raises(InputError, match="cannot be read: No such file"):
        list(read_file(tmp_path / "b.jd"))


@pytest.mark.parametrize("pack", [bytes, zstandard.compress])
def test_standard_input(monkeypatch: pytest.MonkeyPatch, pack: Callable[[bytes], bytes]) -> None:
    """Standard input is read as what it begins as: JSON lines, packed or not, or a script."""
    row = json.dumps({"format": 1, "id": "x", "ops": []}).encode()
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BufferedReader(BytesIO(pack(row)))))
    assert [(entry.program.id, entry.where) for entry in read_programs("-")] == [("x", "-:1")]
    script = b"# why\njaildiff 1\np1: exit()\n"
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BufferedReader(BytesIO(script))))
    (entry,) = read_programs("-")
    assert entry.script is not None
