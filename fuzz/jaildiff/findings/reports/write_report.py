"""The report on a findings folder: a page to read, the same as Markdown, and a table.

A finding is untrusted: its program may come from a fuzzer, its file from anybody.  In report.csv an
apostrophe precedes a text that a spreadsheet would take as a formula.  Spreadsheets hide it.  A
program that reads the table must remove it where one of = + - @ follows.
"""

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path

import jinja2
import pandas as pd
from markupsafe import Markup

from jaildiff.findings.findings_file import load_findings
from jaildiff.findings.reports.escaping import cell, markdown, markdown_block, markdown_code
from jaildiff.findings.reports.page import context, records
from jaildiff.findings.reports.parts.mistakes import mistakes_in
from jaildiff.findings.reports.parts.results import Searched
from jaildiff.findings.reports.parts.users import ForUsers
from jaildiff.findings.reports.parts.witness import witness_text
from jaildiff.support.errors import InputError
from jaildiff.support.files import write_into
from jaildiff.support.printable import printable

__all__ = ["load_findings", "write_report"]


def write_report(
    folder: str | Path,
    out: str | Path,
    kernels: str | None = None,
    users: Callable[[], ForUsers] | None = None,
    searched: Callable[[str], Searched] | None = None,
) -> list[Path]:
    """Write report.html, report.md and report.csv on the findings in a folder; returns their paths.

    report.json has what does not fit into the page.  With `kernels` the findings must be of that
    comparison, OLD,NEW.  If the findings are about the landed patch, `users` finds out what it
    means to users.  `searched` finds out what was run to find them, given the comparison's name.
    The same findings give the same bytes.  Nothing is written before everything is ready.  Raises
    InputError if the findings or a witness cannot be used, or if `out` cannot be written.
    """
    frame = load_findings(folder, kernels)
    shown = context(frame, Path(folder), users, searched)
    texts = {
        "report.html": rendered("report.html.j2", printable, shown),
        "report.md": rendered("report.md.j2", markdown, shown),
        "report.csv": table(frame),
    }
    if shown["every"]:
        texts["report.json"] = in_full(frame, Path(folder))
    try:
        for name, text in texts.items():
            write_into(Path(out), name, text)
    except OSError as error:
        raise InputError(str(out), 0, 0, f"cannot be written: {error.strerror}") from None
    return [Path(out) / name for name in texts]


def rendered(name: str, safe: Callable[[str], str], shown: dict[str, object]) -> str:
    """The text of a template that passes everything through `safe` before it is escaped."""

    def finalize(value: object) -> object:
        return value if isinstance(value, Markup | int) else safe(str(value))

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("jaildiff.findings.reports"),
        autoescape=True,
        finalize=finalize,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "code": markdown_code,
        "block": markdown_block,
        "mistakes": mistakes_in,
    }
    text = environment.get_template(name).render(shown)
    # Parts that a template leaves out leave blank lines; no text that it shows has any.
    return re.sub(r"\n\s*\n", "\n\n", text).strip() + "\n"


def table(frame: pd.DataFrame) -> str:
    """The findings as CSV, in their order, lists as one text."""
    frame = frame.copy()
    for name in ("differs", "causes", "story"):
        frame[name] = ["; ".join(map(str, items)) for items in frame[name]]
    for name in frame.columns.difference(["count", "step"]):
        frame[name] = ["" if value is None else cell(str(value)) for value in frame[name]]
    return frame.to_csv(index=False, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)


def in_full(frame: pd.DataFrame, folder: Path) -> str:
    """All findings and the text of all their witnesses, as JSON."""
    files = sorted(set(frame["program"]))
    witnesses = {file: witness_text(folder / file) for file in files}
    return json.dumps({"findings": records(frame), "witnesses": witnesses}, indent=1) + "\n"
