"""A folder of findings, written and read: every line is checked before any is used."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

from jaildiff.differ.annotate import annotate
from jaildiff.differ.comparison import LANDED
from jaildiff.differ.diff import Report
from jaildiff.differ.verdict.rule import Severity, Verdict
from jaildiff.findings.finding import Finding
from jaildiff.kernels.bug_kinds import Side
from jaildiff.programs.op_language import render, script_of
from jaildiff.programs.program import Program
from jaildiff.support.checks import is_count, is_utf8
from jaildiff.support.errors import InputError, mismatch, suggestion
from jaildiff.support.files import write_into
from jaildiff.support.inputs import STDIN, opened
from jaildiff.support.json_lines import chunks_of, rows, value_of
from jaildiff.support.printable import printable

if TYPE_CHECKING:
    import pandas as pd

FINDINGS = "findings.jsonl"
KINDS = ("root", "echo", "violation")
NUMBER_MAX = 10**12  # The sum of a million such counts still fits into 64 bits.
WIDTH = 97  # of a comment
NAME_MAX = 255  # bytes, on any file system

FindingRow = dict[str, object]
Check = tuple[str, Callable[[object], bool]]  # what is expected, and whether a value is that


def is_number(value: object) -> bool:
    """A count: no float, and no bool, which Python takes for a number."""
    return is_count(value) and value <= NUMBER_MAX


def is_file_name(value: object) -> bool:
    """A name without a folder: a finding must not make us read other files."""
    if not is_utf8(value) or value in ("", ".", ".."):
        return False
    return not set(value) & {"/", "\0"} and len(value.encode()) <= NAME_MAX


def one_of(*options: str) -> Check:
    """A word of a short list."""
    return ", ".join(options), lambda value: isinstance(value, str) and value in options


def or_null(check: Check) -> Check:
    """What the check wants, or nothing."""
    what, fits = check
    return f"{what} or null", lambda value: value is None or fits(value)


def list_of(check: Check) -> Check:
    """A list of what the check wants."""
    what, fits = check
    return f"a list of {what}s", lambda value: isinstance(value, list) and all(map(fits, value))


TEXT: Check = ("text", is_utf8)
NUMBER: Check = (f"number from 0 to {NUMBER_MAX}", is_number)

FIELDS: Mapping[str, Check] = {
    "fingerprint": TEXT,
    "kind": one_of(*KINDS),
    "verdict": one_of(*Verdict),
    "rule": or_null(TEXT),
    "title": TEXT,
    "surface": TEXT,
    "severity": one_of(*Severity),
    "bug_kind": or_null(TEXT),
    "side": or_null(one_of(*Side)),
    "why": TEXT,
    "reference": or_null(TEXT),
    "count": NUMBER,
    "step": NUMBER,
    "call": or_null(TEXT),  # None if an invariant is found broken after the last call
    "old": or_null(TEXT),
    "new": or_null(TEXT),
    "differs": list_of(TEXT),
    "causes": list_of(NUMBER),
    "known": or_null(TEXT),
    "mistake": or_null(TEXT),
    "kernels": TEXT,
    "story": list_of(TEXT),
    "program": ("a file name without a folder", is_file_name),
}


def write_witness(folder: Path, finding: Finding, program: Program, report: Report) -> None:
    """Write the program that shows a finding, with its story and its answers, and name it in the
    finding.
    """
    script = annotate(script_of(program), report)
    name = f"{finding.name}-{finding.fingerprint}.jd"
    head = tuple(f"# {row}" for line in finding.story for row in wrap(printable(line), WIDTH))
    text = render(replace(script, id=finding.name, head=head))
    write_into(folder, name, text)
    finding.program = name  # Only after the file exists, since an interrupt may come at any time.


def write_index(folder: Path, findings: Iterable[Finding]) -> None:
    """Write the list of findings, one JSON object a line."""
    lines = [json.dumps(asdict(finding), ensure_ascii=True) for finding in findings]
    write_into(folder, FINDINGS, "".join(line + "\n" for line in lines))


def load_findings(folder: str | Path, kernels: str | None = None) -> "pd.DataFrame":
    """The findings in a folder, one row each, in the order of its findings.jsonl.

    All must be of one comparison, that of `kernels` if it is given.  The columns are the keys of
    FIELDS; a missing value is None.  Raises InputError as read_findings.
    """
    import pandas as pd  # noqa: PLC0415  # an optional library, and slow to load

    found = read_findings(Path(folder) / FINDINGS, kernels)
    # As objects, so that a missing text stays None in every version of pandas.
    frame = pd.DataFrame(found, columns=list(FIELDS), dtype=object)
    return frame.astype({"count": "int64", "step": "int64"})


def read_findings(path: Path, kernels: str | None = None) -> list[FindingRow]:
    """The findings in a file, one a line, all of one comparison: that of `kernels` if it is given.

    Raises InputError at the first line that is not a finding, and if there is no such file.  A run
    that found nothing writes an empty file.
    """
    if path != STDIN and not path.exists():
        raise InputError(str(path), 0, 0, "expected the findings of a run: No such file")
    with opened(path) as stream:
        return [*findings_in(rows(chunks_of(stream), str(path)), str(path), kernels)]


def findings_in(
    lines: Iterable[tuple[int, bytes]], path: str, kernels: str | None
) -> Iterator[FindingRow]:
    """The findings in numbered lines, each fingerprint once, all of one comparison."""
    firsts: dict[object, int] = {}
    for number, line in lines:
        try:
            finding = read_finding(line)
            kernels = kernels or str(finding["kernels"])
            if finding["kernels"] != kernels:
                message = f"expected findings of {kernels}, found one of {finding['kernels']}"
                raise InputError("", 0, 0, message)  # noqa: TRY301  # as below
            first = firsts.setdefault(finding["fingerprint"], number)
            if first != number:
                message = f"expected a new fingerprint, found that of line {first}"
                raise InputError("", 0, 0, message)  # noqa: TRY301  # one place for all complaints
        except InputError as error:
            raise error.at(path, number, error.column) from None
        yield finding


def read_finding(line: bytes) -> FindingRow:
    """The finding that a line is."""
    value = value_of(line)
    if not isinstance(value, dict):
        raise InputError("", 0, 0, mismatch("an object", value))
    value.setdefault("kernels", LANDED.name)
    value.setdefault("mistake", None)
    check_keys(value)
    check_sense(value)
    return value


def finding_of(row: FindingRow) -> Finding:
    """The finding that a row is: what write_index wrote."""
    lists = {key: tuple(value) for key, value in row.items() if isinstance(value, list)}
    finding: Finding = Finding(**{**row, **lists})  # type: ignore[arg-type]  # read_finding checked it
    return finding


def check_keys(value: FindingRow) -> None:
    """Complain about a key that is missing, unknown or has a value of the wrong kind."""
    for key in value:
        if key not in FIELDS:
            raise InputError("", 0, 0, mismatch("a known key", key) + suggestion(key, [*FIELDS]))
    for key, (what, fits) in FIELDS.items():
        if key not in value:
            raise InputError("", 0, 0, f'expected the key "{key}", found none')
        if not fits(value[key]):
            raise InputError("", 0, 0, mismatch(f'"{key}": {what}', value[key]))


def check_sense(value: FindingRow) -> None:
    """Complain about a verdict that lacks the texts it needs."""
    verdict = value["verdict"]
    needed = {"bug": ("rule", "bug_kind", "side"), "intended": ("rule",)}.get(str(verdict), ())
    for key in needed:
        if value[key] is None:
            raise InputError("", 0, 0, f'expected "{key}" of the verdict {verdict}, found null')
    if value["count"] == 0:
        raise InputError("", 0, 0, '"count": expected 1 or more, found 0')
