"""The command line.

Exit codes: 0 nothing but intended or known, 1 findings, 2 usage or bad input, 3 internal error,
130 interrupted (what was found is kept).
"""

import json
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from secrets import randbits

import click

from fuzz import baseline as baselines
from fuzz import console, jobs
from fuzz.conform import Tally, conform, shorten
from fuzz.differ import Report, diff
from fuzz.errors import InputError
from fuzz.files import write_atomic
from fuzz.finding import findings_of
from fuzz.hunt import Hunt, shows
from fuzz.models import MODELS
from fuzz.record import result_json
from fuzz.reduce import reduce
from fuzz.replay import annotate, check, script_of
from fuzz.rules import BY_ID
from fuzz.source import Entry, program_files, read_programs
from fuzz.text import Script, render

FOUND, BAD_INPUT, INTERNAL, INTERRUPTED = 1, 2, 3, 130

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
files = click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
baseline_option = click.option(
    "--baseline",
    "baseline_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="TOML file of known mistakes; default: those of the two kernels.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="jaildiff")
def cli() -> None:
    r"""Two FreeBSD jail kernels side by side: before and after the patch that ended resurrection.

    \b
    jaildiff fuzz                    look for differences, judge them, keep a witness of each
    jaildiff run FILE                one program, op by op, with verdicts and causes
    jaildiff conform --kernel new corpus/traces
                                     hold a model against recordings of the real kernel

    Exit codes: 0 nothing but intended or known, 1 findings, 2 usage or bad input,
    3 internal error, 130 interrupted.
    """


class Reader:
    """Reads programs; complains of what cannot be read, and goes on with the other files."""

    def __init__(self) -> None:
        self.failed = False

    def entries(self, paths: tuple[Path, ...]) -> Iterator[Entry]:
        """Every program of every file that can be read."""
        for path in paths:
            try:
                found = program_files(path)
            except InputError as error:
                self.complain(error)
                continue
            for file in found:
                try:
                    yield from read_programs(file)
                except InputError as error:
                    self.complain(error)

    def complain(self, error: InputError) -> None:
        """Say what is wrong with a file."""
        self.failed = True
        click.echo(f"jaildiff: {error}", err=True)


@cli.command()
@click.option("--time", "seconds", type=click.FloatRange(min=0), help="Seconds to run; default 60.")
@click.option("--runs", type=click.IntRange(min=0), help="Programs to run, instead of a time.")
@click.option("--seed", type=int, help="Reproduces a run; default: a fresh one, which is printed.")
@click.option(
    "--corpus",
    type=click.Path(path_type=Path),
    default=Path("corpus"),
    show_default=True,
    help="Folder of programs to replay first.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("findings"),
    show_default=True,
    help="Folder for the findings.",
)
@baseline_option
@as_json
def fuzz(
    seconds: float | None,
    runs: int | None,
    seed: int | None,
    corpus: Path,
    out: Path,
    baseline_path: Path | None,
    as_json: bool,
) -> int:
    """Replay the corpus, then generate programs and keep one witness of every class.

    Each finding is written to the output folder as a program that `jaildiff run` shows and
    `jaildiff report` sums up.
    """
    hunt = Hunt(baselines.load(baseline_path))
    seed = randbits(32) if seed is None else seed
    seconds = 60.0 if seconds is None and runs is None else seconds
    started = time.monotonic()
    reader = Reader()
    paths = (corpus,) if corpus.exists() else ()
    job = jobs.Job(hunt, out, quiet=as_json)
    job.replay(reader.entries(paths))
    job.fuzz(seed, seconds=seconds, runs=runs)
    job.save()
    elapsed = time.monotonic() - started
    if as_json:
        click.echo(json.dumps(job.summary(seed, elapsed)))
    else:
        console.show_job(job, seed, elapsed)
    if job.interrupted:
        return INTERRUPTED
    if reader.failed:
        return BAD_INPUT
    return FOUND if job.news else 0


@cli.command()
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


@cli.command("conform")
@click.option("--kernel", type=click.Choice(sorted(MODELS)), required=True, help="Which model.")
@click.option("--minimize", is_flag=True, help="Shorten the programs of disagreements.")
@files
@as_json
def conform_command(kernel: str, minimize: bool, files: tuple[Path, ...], as_json: bool) -> int:
    """Replay recordings of a real kernel, or written-down answers, and compare every op.

    The last line says how much agrees; the exit code is 0 only if everything does.  Programs
    without recorded answers are read, but there is nothing in them to agree with.
    """
    model = MODELS[kernel]
    tally = Tally()
    reader = Reader()
    for entry in reader.entries(files):
        known = len(tally.disagreements)
        try:
            conform(model, entry, tally)
        except InputError as error:
            reader.complain(error)
        if minimize and len(tally.disagreements) > known:
            tally.disagreements[-1] = shorten(model, entry, tally.disagreements[-1])
    firsts = {found.kind: found for found in reversed(tally.disagreements)}
    if as_json:
        click.echo(json.dumps(tally.json(kernel) | {"first": [asdict(f) for f in firsts.values()]}))
    else:
        for found in firsts.values():
            console.show_disagreement(found)
        click.echo(tally.line)
    if reader.failed:
        return BAD_INPUT
    if not tally.programs:
        click.echo("jaildiff: no recorded answers to compare with", err=True)
        return BAD_INPUT
    return 0 if tally.complete else FOUND


@cli.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--fingerprint", help="What to keep; default: the first thing that is found.")
@click.option("--out", type=click.Path(path_type=Path), help="File to write; default: print it.")
def minimize(file: Path, fingerprint: str | None, out: Path | None) -> int:
    """Shorten a program until nothing can be taken away without losing a finding."""
    entry = next(read_programs(file), None)
    found = findings_of(entry.program, baselines.load(), diff(entry.program)) if entry else []
    wanted = [f for f in found if fingerprint in (None, f.fingerprint)]
    if entry is None or not wanted:
        shown = ", ".join(sorted({f.fingerprint for f in found})) or "nothing"
        raise InputError(str(file), 0, 0, f"expected a program that shows it, found {shown}")
    program = reduce(entry.program, shows(wanted[0]))
    text = render(annotate(script_of(program), diff(program)))
    if out is None:
        click.echo(text, nl=False)
    else:
        write_atomic(out, text)
    return 0


@cli.group()
def rules() -> None:
    """The rules by which divergences are judged."""


@rules.command("list")
@as_json
def list_rules(as_json: bool) -> int:
    """All rules, a line each."""
    if as_json:
        click.echo(json.dumps([rule.json() for rule in BY_ID.values()]))
    else:
        console.show_rules(BY_ID.values())
    return 0


@rules.command()
@click.argument("rule_id", metavar="ID", type=click.Choice(sorted(BY_ID)))
@as_json
def explain(rule_id: str, as_json: bool) -> int:
    """One rule in full: verdict, reason, reference, witness."""
    rule = BY_ID[rule_id]
    if as_json:
        click.echo(json.dumps(rule.json()))
    else:
        console.show_rule(rule)
    return 0


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for report.html, report.md and report.csv; default: the folder itself.",
)
@as_json
def report(folder: Path, out: Path | None, as_json: bool) -> int:
    """Sum up a folder of findings for people: one HTML page, Markdown, CSV."""
    with extra("report"):
        from fuzz.report import write_report  # noqa: PLC0415  # pandas is slow to load

    written = [str(path) for path in write_report(folder, out or folder)]
    click.echo(json.dumps({"written": written}) if as_json else "\n".join(written))
    return 0


@cli.command()
@click.option("--time", "seconds", type=click.FloatRange(min=0.1), default=20.0, show_default=True)
@as_json
def bench(seconds: float, as_json: bool) -> int:
    """Compare speeds in one run: the differ, Hypothesis, and the cost of more jails."""
    with extra("test"):
        from fuzz.bench import bench as measure  # noqa: PLC0415  # Hypothesis is slow to load

    numbers = measure(seconds)
    if as_json:
        click.echo(json.dumps(numbers))
    else:
        console.show_numbers(numbers)
    return 0


@contextmanager
def extra(name: str) -> Iterator[None]:
    """Say what to install if an optional library is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        message = f"{error.name} is missing; install it with: pip install 'jaildiff[{name}]'"
        raise click.ClickException(message) from None


def main() -> None:
    """Run the command line; see the module for the exit codes."""
    try:
        code = cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = BAD_INPUT
    except InputError as error:
        click.echo(f"jaildiff: {error}", err=True)
        code = BAD_INPUT
    except BrokenPipeError:
        sys.stderr.close()  # The reader has gone: nothing more can be said.
        code = 0
    except OSError as error:
        click.echo(f"jaildiff: {error.filename or ''}: {error.strerror}", err=True)
        code = BAD_INPUT
    except (click.Abort, KeyboardInterrupt):
        code = INTERRUPTED
    except Exception:  # noqa: BLE001  # whatever is left is our own mistake
        traceback.print_exc()
        click.echo("jaildiff: internal error; please report it with the lines above", err=True)
        code = INTERNAL
    sys.exit(code or 0)
