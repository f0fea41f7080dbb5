"""`jaildiff fuzz`: the main job."""

import time
from math import inf
from pathlib import Path
from secrets import randbits

import click

from jaildiff.cli import console
from jaildiff.cli.exit_codes import BAD_INPUT, FOUND, INTERRUPTED, TERMINATED, code_of, complain_of
from jaildiff.cli.kernels_option import Kernels, kernels_option
from jaildiff.cli.options import (
    Ci,
    Reader,
    Seconds,
    as_json,
    baseline_option,
    ci_options,
    problems_of,
)
from jaildiff.cli.progress import progress_bar, ticking
from jaildiff.cli.terminal import say_json
from jaildiff.findings import baseline as baselines
from jaildiff.findings.reports.ci_outcome import Outcome
from jaildiff.search.hunt import hunt_run as jobs
from jaildiff.search.hunt.earlier import read_earlier
from jaildiff.search.hunt.hunt import Hunt
from jaildiff.support.signals import terminable, unstoppable

CORPUS = Path("corpus")


@click.command()
@click.option(
    "--time",
    "seconds",
    type=Seconds(min=0),
    help="Seconds to run, including replaying and shortening; default: 60.",
)
@click.option("--runs", type=click.IntRange(min=0), help="Programs to run, instead of a time.")
@click.option("--seed", type=int, help="Repeats a run; default: a fresh one, which is printed.")
@click.option(
    "--corpus",
    type=click.Path(path_type=Path),
    help="Folder of programs to replay first; default: corpus, if there is one.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("findings"),
    show_default=True,
    help="Folder for the findings.",
)
@click.option(
    "--guided",
    is_flag=True,
    help="Also mutate programs that showed something new. Slower: for long runs.",
)
@kernels_option
@baseline_option
@as_json
@ci_options
def fuzz(
    ci: Ci,
    kernels: Kernels,
    seconds: float | None,
    runs: int | None,
    seed: int | None,
    corpus: Path | None,
    out: Path,
    guided: bool,
    baseline_path: Path | None,
    as_json: bool,
) -> int:
    """Replay the corpus, then generate programs and keep one witness of every class.

    Each finding is written to the output folder as a program that `jaildiff run` shows and
    `jaildiff report` sums up.  Findings of earlier runs stay there: a second run adds classes and
    counts, and keeps the shorter witnesses.

    Exit codes: 0 nothing that --fail-on names; 1 something, or a corpus program whose answers
    differ from its file, or an entry of the baseline that does not hold; 2 usage or bad input; 3
    internal error, 4 trouble with the machine, such as a full disk; 130 and 143 ended by SIGINT or
    SIGTERM, with what was found so far saved.
    """
    compared = kernels.comparison
    started = time.monotonic()
    hunt = Hunt(baselines.load(baseline_path, compared), compared)
    seed = randbits(32) if seed is None else seed
    seconds = 60.0 if seconds is None and runs is None else seconds
    hunt.deadline = inf if seconds is None else started + seconds
    reader = Reader()
    job = jobs.Job(hunt, out, read_earlier(out, hunt.baseline, compared))
    bar = progress_bar(quiet=as_json, after="{task.fields[status]}")
    bar.add_task("fuzzing", total=runs or seconds, status="")
    with unstoppable():
        with job.interruptible(), terminable(), bar:
            if corpus is not None or CORPUS.exists():
                job.replay(reader.entries((corpus or CORPUS,), suffix=".jd"))
            job.fuzz(seed, seconds=hunt.seconds_left, runs=runs, guided=guided, tick=ticking(bar))
        outcome = saved(job, ci)
    show_run(job, seed, time.monotonic() - started, as_json=as_json)
    ci.annotate(outcome, err=as_json)
    return fuzz_exit_code(job, reader, outcome)


def show_run(job: jobs.Job, seed: int, seconds: float, *, as_json: bool) -> None:
    """How the run ended."""
    if as_json:
        say_json(job.summary(seed, seconds))
    else:
        console.show_job(job, seed, seconds)


def saved(job: jobs.Job, ci: Ci) -> Outcome:
    """The result of a run, after writing everything that the machine accepts."""
    job.save()
    hunt = job.hunt
    problems = problems_of(hunt.baseline, hunt.findings, complete=job.complete)
    outcome = job.outcome(ci.fail_on, problems)
    with job.interruptible():
        ci.write(outcome)
    return outcome


def fuzz_exit_code(job: jobs.Job, reader: Reader, outcome: Outcome) -> int:
    """How the run ends."""
    if job.trouble:
        complain_of(job.trouble)
        return code_of(job.trouble)
    if job.interrupted:
        return TERMINATED if job.terminated else INTERRUPTED
    if reader.failed:
        return BAD_INPUT
    return FOUND if outcome.failed else 0
