"""`jaildiff triage`: check known mistakes, and write entries for new ones."""

from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Group

from jaildiff.cli.exit_codes import FOUND
from jaildiff.cli.kernels_option import Kernels, kernels_option
from jaildiff.cli.options import as_json, baseline_option, problems_of, today
from jaildiff.cli.terminal import err, out, say_json, say_text
from jaildiff.findings.baseline import NEVER, load
from jaildiff.findings.findings_file import FINDINGS, FindingRow, read_findings
from jaildiff.findings.triage import (
    Checked,
    check,
    check_version,
    is_new,
    mistakes,
    mistakes_text,
    snippet,
)


@click.command()
@click.argument("findings", nargs=-1, type=click.Path(path_type=Path))
@kernels_option
@baseline_option
@as_json
def triage(
    kernels: Kernels,
    findings: tuple[Path, ...],
    baseline_path: Path | None,
    as_json: bool,
) -> int:
    """Write a baseline entry for every new class in FINDINGS, or check the baseline.

    FINDINGS are folders of `jaildiff fuzz`, `explore` or `campaign`, or their findings.jsonl.
    Replace each <...> by text of your own: jaildiff refuses the file until then. Without FINDINGS
    the command lists all entries, and whether each holds.

    Exit codes: 0 nothing new and every entry holds; 1 something new, or an entry that has expired
    or covers more classes than it may; 2 usage or bad input; 3 internal error.
    """
    compared = kernels.comparison
    baseline = load(baseline_path, compared)
    places: dict[str, Path] = {}
    found: dict[str, FindingRow] = {}
    for path in findings:
        folder = path if path.is_dir() else path.parent
        for row in read_findings(path / FINDINGS if path.is_dir() else path, compared.name):
            check_version(row, str(path))
            found.setdefault(str(row["fingerprint"]), row)
            places.setdefault(str(row["fingerprint"]), folder / str(row["program"]))
    new = [row for row in found.values() if is_new(row, baseline)]
    checked = check(baseline, found, today())
    snippets = [snippet(row, str(places[str(row["fingerprint"])])) for row in new]
    known = mistakes(baseline, found)
    if as_json:
        entries = [entry_json(one) for one in checked]
        say_json({"entries": entries, "known": known, "new": snippets})
    elif findings:
        say_text("\n".join(snippets))
        err.say(f"{len(found)} classes, {len(new)} of them new; {mistakes_text(known)}")
    else:
        show_checked(checked)
        out.say(mistakes_text(known).replace(" (0 met here)", ""))
        out.say(f"Baseline: {baseline.where}")
    return FOUND if new or any(p.fails for p in problems_of(baseline, found)) else 0


def entry_json(one: Checked) -> dict[str, object]:
    """An entry and its state, for machines."""
    return asdict(one.entry) | {
        "expires": one.entry.expires.isoformat() if one.entry.expires else NEVER,
        "classes": one.classes,
        "state": one.state,
    }


def show_checked(checked: list[Checked]) -> None:
    """One line for each entry."""
    rows = []
    for one in checked:
        entry = one.entry
        what = Group(entry.rule, entry.fingerprint, entry.mistake, entry.owner)
        most, end = str(entry.max_count), str(entry.expires or NEVER)
        rows.append((one.state, entry.side, what, most, end))
    heads = Group("rule", "fingerprint", "mistake", "owner")
    out.table(("state", "kernel", heads, "at most", "expires"), rows)
