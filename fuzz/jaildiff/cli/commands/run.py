"""`jaildiff run`: programs side by side."""

from dataclasses import asdict
from pathlib import Path

import click

from jaildiff.cli import console
from jaildiff.cli.exit_codes import BAD_INPUT, FOUND
from jaildiff.cli.kernels_option import Kernels, kernels_option
from jaildiff.cli.options import (
    Ci,
    Reader,
    as_json,
    baseline_option,
    ci_options,
    files,
    problems_of,
)
from jaildiff.cli.terminal import err, say_json
from jaildiff.differ.annotate import annotate
from jaildiff.differ.diff import Report, diff
from jaildiff.differ.verdict.divergence import Divergence
from jaildiff.differ.walk import Violation
from jaildiff.findings import baseline as baselines
from jaildiff.findings.baseline import Baseline
from jaildiff.findings.finding import Finding, findings_of
from jaildiff.findings.reports.ci_outcome import Changed, Shown, changes, outcome, place_in
from jaildiff.findings.story.story import tell
from jaildiff.kernels.snapshot import result_json
from jaildiff.programs.commands.command_result import CommandResult
from jaildiff.programs.loading import Entry
from jaildiff.programs.op_language import render
from jaildiff.programs.program import Program
from jaildiff.recordings.sessions.event_words import event_json
from jaildiff.support.files import write_atomic


@click.command()
@files
@click.option("--rewrite", is_flag=True, help="Update the answers and verdicts beside the lines.")
@click.option("--calls", is_flag=True, help="Show the system calls of each command.")
@click.option("--short", is_flag=True, help="Tell each story in one paragraph.")
@kernels_option
@baseline_option
@as_json
@ci_options
def run(
    ci: Ci,
    kernels: Kernels,
    files: tuple[Path, ...],
    rewrite: bool,
    calls: bool,
    short: bool,
    baseline_path: Path | None,
    as_json: bool,
) -> int:
    """Show programs side by side: each op, both answers, what differs, the verdict, the cause.

    A command such as `$ jail -rc web` is one op; --calls shows its system calls.

    FILES are programs in the op language (.jd), recordings or programs in JSON (.jsonl,
    .jsonl.zst), or folders of them.

    Exit codes: 0 nothing that --fail-on names; 1 something, or a program whose answers differ from
    its file; 2 usage or bad input; 3 internal error; 130 interrupted.
    """
    asked = kernels.comparison
    known_of = {asked.name: baselines.load(baseline_path, asked)}
    reader = Reader()
    shown: dict[str, Shown] = {}
    changed: list[Changed] = []
    for entry in reader.entries(files):
        compared = kernels.of(entry.program)
        if compared.name not in known_of:
            known_of[compared.name] = baselines.load(baseline_path, compared)
        baseline = known_of[compared.name]
        report = diff(entry.program, compared)
        if as_json:
            name = entry.where if entry.script else entry.program.id
            shown_calls = {"calls": calls_json(report)} if calls else {}
            say_json(report_json(name, entry.program, report, baseline) | shown_calls)
        else:
            console.show_report(entry.program, report, baseline, short=short, calls=calls)
        count(shown, entry, findings_of(entry.program, baseline, report))
        if entry.script is None:
            continue
        if rewrite:
            write_atomic(entry.where, render(annotate(entry.script, report)))
        else:
            found = changes(entry.where, entry.script, compared)
            for change in found:
                err.say(str(change))
            changed += found
    problems = problems_of(known_of[asked.name], shown)
    told = outcome(shown.values(), changed, ci.fail_on, problems)
    ci.write(told)
    ci.annotate(told, err=as_json)
    return BAD_INPUT if reader.failed else FOUND if told.failed else 0


def count(shown: dict[str, Shown], entry: Entry, findings: list[Finding]) -> None:
    """Remember where each class was seen first, and count it."""
    for finding in findings:
        place = place_in(entry.where, entry.script, finding.step)
        shown.setdefault(finding.fingerprint, Shown(finding, place)).finding.count += 1


def report_json(
    name: str, program: Program, report: Report, baseline: Baseline
) -> dict[str, object]:
    """The output of `run --json` for one program."""
    stories = [story.sentences for story in tell(program, report)]
    divergences = [
        asdict(d)
        | {"old": result_json(d.old), "new": result_json(d.new), "story": story}
        | {"known": known(baseline, d)}
        for d, story in zip(report.divergences, stories, strict=False)
    ]
    violations = [
        asdict(violation) | {"story": story, "known": known(baseline, violation)}
        for violation, story in zip(report.violations, stories[len(divergences) :], strict=True)
    ]
    argued = report.comparison.argued
    return {
        "program": name,
        **({"argued": argued} if argued else {}),
        "divergences": divergences,
        "violations": violations,
    }


def calls_json(report: Report) -> list[dict[str, object]]:
    """What each command did on both sides, in the words of recorded sessions."""
    return [
        {
            "step": step,
            "old": [event_json(event) for event in old.events],
            "new": [event_json(event) for event in new.events],
        }
        for step, (old, new) in enumerate(report.answers)
        if isinstance(old, CommandResult) and isinstance(new, CommandResult)
    ]


def known(baseline: Baseline, found: Divergence | Violation) -> str | None:
    """The baseline's name for the mistake of a class; None if the class is new."""
    entry = baseline.entry(found.fingerprint)
    return entry.mistake if entry else None
