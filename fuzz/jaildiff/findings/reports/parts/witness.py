"""Witnesses: the programs that a report shows."""

from dataclasses import dataclass
from pathlib import Path

from jaildiff.findings.findings_file import FindingRow
from jaildiff.programs.commands.command_language import setup_rows
from jaildiff.programs.loading import read_file
from jaildiff.programs.op_language import call_text
from jaildiff.support.errors import InputError, mismatch

ROWS_MAX = 60  # rows of a witness in the page; its file has all of them
ROWS_OF_MANY = 5  # if the page has more witnesses than it can show
ARROWS = {
    "first": "cause",
    "cause": "cause",
    "past": "",  # the arrow only goes by
    "to": "follows from it",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One op of a witness."""

    step: int
    call: str
    notes: tuple[str, ...]
    old: str
    new: str
    here: bool  # the finding is about this one
    arrow: str = ""  # its part of the arrow from causes to the finding: a key of ARROWS


@dataclass(frozen=True, slots=True)
class Witness:
    """A program that shows a finding, up to the finding."""

    file: str
    rows: tuple[Row, ...]
    before: int  # ops left out above the rows
    after: int  # ops below the finding

    @property
    def text(self) -> list[str]:
        """The calls, and both answers where the finding is."""
        found = []
        for row in self.rows:
            found += [f"{'>' if row.here else ' '} {row.call}"]
            found += [f"      old  {row.old}", f"      new  {row.new}"] if row.here else []
        return found


def read_witness(folder: Path, finding: FindingRow, rows_max: int = ROWS_MAX) -> Witness:
    """The program of a finding, up to the op that it is about; only the last rows of it.

    Raises InputError if the file does not exist, is not in the op language, or is too short.
    """
    file, step = str(finding["program"]), int(str(finding["step"]))
    path = there(folder / file)
    entry = next(read_file(path), None)
    if entry is None or entry.script is None:
        found = "nothing" if entry is None else "JSON"
        raise InputError(str(path), 0, 0, f"expected a program in the op language, found {found}")
    lines, setup = entry.script.lines, [*setup_rows(entry.script.setup)]
    # A broken invariant may be found after the last call: then the step is one more than there are
    # calls.
    if step >= len(lines) + (finding["kind"] == "violation"):
        raise InputError(str(path), 0, 0, mismatch(f"more than {step} calls", len(lines)))
    causes = causes_before(finding, step)
    rows = []
    for number, line in enumerate(lines[: step + 1]):
        here = number == step
        answers: list[object] = [line.old, line.new]
        if here:  # A violation is about the state: its answers may be only in the witness.
            answers = [finding["old"] or line.old, finding["new"] or line.new]
        notes = [note.strip().lstrip("#").strip() for note in (*line.before, line.comment or "")]
        notes = [*([] if number else setup), *notes]  # what commands find comes first
        old, new = (str(answer or "").replace("\n", "  ") for answer in answers)
        rows.append(
            Row(
                number,
                call_text(line.call),
                tuple(filter(None, notes)),
                old,
                new,
                here,
                arrow_at(number, step, causes),
            )
        )
    shown = tuple(rows[-rows_max:])
    return Witness(file, shown, len(rows) - len(shown), len(lines) - len(rows))


def witness_text(path: Path) -> str:
    """A witness as it is written.  Raises InputError if there is no such file."""
    return there(path).read_text(encoding="utf-8", errors="replace")


def there(path: Path) -> Path:
    """The path if it is a file.  Raises InputError if it is not."""
    if not path.is_file():
        raise InputError(str(path), 0, 0, "expected the witness of a finding, found no such file")
    return path


def causes_before(finding: FindingRow, step: int) -> tuple[int, ...]:
    """The earlier ops that a finding follows from."""
    causes = finding["causes"]
    assert isinstance(causes, list | tuple)
    return tuple(sorted(cause for cause in causes if cause < step))


def arrow_at(number: int, step: int, causes: tuple[int, ...]) -> str:
    """The part of the arrow from the causes to the finding that is beside an op."""
    if not causes or number < causes[0]:
        return ""
    if number == step:
        return "to"
    if number == causes[0]:
        return "first"
    return "cause" if number in causes else "past"
