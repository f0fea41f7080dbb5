"""`jaildiff run`: programs side by side."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from fuzz import baseline as baselines
from fuzz import console
from fuzz.commands.common import BAD_INPUT, FOUND, Reader, as_json, baseline_option, files
from fuzz.differ import Report, diff
from fuzz.files import write_atomic
from fuzz.finding import findings_of
from fuzz.record import result_json
from fuzz.replay import annotate, check
from fuzz.text import Script, render


@click.command()
@files
@click.option("--rewrite", is_flag=True, help="Update the answers and verdicts beside the lines.")
@baseline_option
@as_json
def run(files: tuple[Path, ...], rewrite: bool, baseline_path: Path | None, as_json: bool) -> int:
    """Show programs side by side: each op, both answers, what differs, the verdict, the cause.

    FILES are programs in the op language (.jd), recordings or programs in JSON (.jsonl,
    .jsonl.zst), or folders of them.
    """
    baseline = baselines.load(baseline_path)
    reader = Reader()
    news = False
    for entry in reader.entries(files):
        report = diff(entry.program)
        if as_json:
            name = entry.where if entry.script else entry.program.id
            click.echo(json.dumps(report_json(name, report)))
        else:
            console.show_report(entry.program, report)
        news |= any(f.news for f in findings_of(entry.program, baseline, report))
        if entry.script is None:
            continue
        if rewrite:
            write_atomic(entry.where, render(annotate(entry.script, report)))
        else:
            news |= mismatches(entry.where, entry.script)
    return BAD_INPUT if reader.failed else FOUND if news else 0


def mismatches(where: str, script: Script) -> bool:
    """Say which expectations of a script do not come true; True if there are any."""
    found = check(script)
    for mismatch in found:
        message = f"{where}:{mismatch.number}: expected {mismatch.what} {mismatch.expected!r}"
        click.echo(f"{message}, found {mismatch.found!r}", err=True)
    return bool(found)


def report_json(name: str, report: Report) -> dict[str, object]:
    """What `run --json` prints of one program."""
    divergences = [
        asdict(d) | {"old": result_json(d.old), "new": result_json(d.new)}
        for d in report.divergences
    ]
    violations = [asdict(violation) for violation in report.violations]
    return {"program": name, "divergences": divergences, "violations": violations}
