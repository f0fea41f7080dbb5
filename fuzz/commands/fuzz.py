"""`jaildiff fuzz`: the main job."""

import json
import time
from pathlib import Path
from secrets import randbits

import click

from fuzz import baseline as baselines
from fuzz import console, jobs
from fuzz.commands.common import BAD_INPUT, FOUND, INTERRUPTED, Reader, as_json, baseline_option
from fuzz.hunt import Hunt

CORPUS = Path("corpus")


@click.command()
@click.option("--time", "seconds", type=click.FloatRange(min=0), help="Seconds to run; default 60.")
@click.option("--runs", type=click.IntRange(min=0), help="Programs to run, instead of a time.")
@click.option("--seed", type=int, help="Reproduces a run; default: a fresh one, which is printed.")
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
@baseline_option
@as_json
def fuzz(
    seconds: float | None,
    runs: int | None,
    seed: int | None,
    corpus: Path | None,
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
    job = jobs.Job(hunt, out, quiet=as_json)
    if corpus is not None or CORPUS.exists():
        job.replay(reader.entries((corpus or CORPUS,), suffix=".jd"))
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
