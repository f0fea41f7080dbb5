"""`jaildiff campaign`: the main job for hours and many workers."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import randbits
from signal import SIGINT

import click

from fuzz.cli import console
from fuzz.cli.kernels_option import Kernels, kernels_option
from fuzz.cli.options import (
    BAD_INPUT,
    FOUND,
    INTERNAL,
    INTERRUPTED,
    TERMINATED,
    Seconds,
    as_json,
    baseline_option,
    code_of,
    complain_of,
    extra,
    problems_of,
)
from fuzz.cli.progress import progress_bar
from fuzz.cli.terminal import complain, out, say_json
from fuzz.differ.comparison import Named
from fuzz.findings import baseline as baselines
from fuzz.findings.counting import count_bugs, counts_json, counts_text, rows_of
from fuzz.findings.triage import COMPLETE
from fuzz.search.campaign.batch import generator_digest
from fuzz.search.campaign.campaign import Budget, Campaign
from fuzz.search.campaign.folder import Folder
from fuzz.search.campaign.journal import FILE, Journal, is_locked, locked
from fuzz.search.campaign.ledger import Ledger, read_ledger
from fuzz.search.campaign.pool import Pool, dask, processes
from fuzz.support.errors import InputError
from fuzz.support.files import remove_left_overs, writable_folder
from fuzz.support.signals import SIGNALS, handled

REFRESH = 0.5  # seconds between updates of the progress bar
CANARY = {
    True: "The canary, a fault seeded to be found, was found.",
    False: "BLIND: the canary, a fault seeded to be found, was not found.",
    None: "The canary, a fault seeded to be found, has not been looked for yet.",
}


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--status", is_flag=True, help="Say how the campaign in DIR is doing, and exit.")
@click.option("--time", "seconds", type=Seconds(min=0), help="Seconds to run now.")
@click.option(
    "--runs",
    type=click.IntRange(min=1),
    help="Programs to run in all, earlier runs included; whole batches are run.",
)
@click.option("--seed", type=int, help="Seed of a new campaign; default: a fresh one.")
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=os.cpu_count() or 1,
    show_default="one for each processor",
    help="Processes to start.",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Use the workers of this Dask scheduler; they can run code here.",
)
@click.option("--insecure", is_flag=True, help="Allow a scheduler on another machine without TLS.")
@kernels_option
@baseline_option
@as_json
def campaign(
    kernels: Kernels,
    folder: Path,
    status: bool,
    seconds: float | None,
    runs: int | None,
    seed: int | None,
    workers: int,
    scheduler: str | None,
    insecure: bool,
    baseline_path: Path | None,
    as_json: bool,
) -> int:
    """Fuzz with many workers until you stop it, and go on where the last run in DIR stopped.

    Programs that you put into DIR/corpus are replayed first.  What is found goes to
    DIR/campaign.journal within a second, the shortest program of each class to DIR/corpus, and the
    findings to DIR as `jaildiff fuzz` writes them, for `jaildiff report DIR`.

    Every run first looks for a seeded fault, the canary; one that misses it says that it is blind.

    Exit codes: 0 nothing but intended or known, 1 findings, 2 usage or bad input, 3 internal
    error, or blind, 4 trouble with the machine, such as a full disk; 130 and 143 ended by SIGINT
    or SIGTERM, with everything saved.
    """
    if status:
        return show_status(folder, as_json=as_json)
    compared = kernels.comparison
    files = Folder(folder, baselines.load(baseline_path, compared), compared)
    with writable_folder(folder), locked(folder), writable_folder(files.corpus):
        for place in (folder, files.corpus):
            remove_left_overs(place)
        ledger, journal = open_journal(folder, seed, kernels.named)
        pool = open_pool(scheduler, workers, ledger.seed, insecure=insecure)
        seeds, complaints = files.seeds(ledger)
        for complaint in complaints:
            note(complaint)
        made = Campaign(ledger, journal, files, pool, Budget(seconds, runs), seeds, note)
        with progress(made, quiet=as_json), handled(dict.fromkeys(SIGNALS, made.stop)):
            trouble = worked(made)
        journal.close()
    show_campaign(made, as_json=as_json)
    if trouble:
        complain_of(trouble)
        return code_of(trouble)
    return campaign_exit_code(made, complaints)


def worked(made: Campaign) -> OSError | None:
    """Run a campaign; what the disk refused to the last."""
    try:
        made.run()
    except OSError as error:
        return error
    return None


def open_journal(folder: Path, seed: int | None, kernels: Named) -> tuple[Ledger, Journal]:
    """What is known of the campaign in a folder, and its journal; begins one if there is none."""
    path = folder / FILE
    ledger, end, cut = read_ledger(path)
    if cut:
        note(f"{path}:{cut}: the last line was not written to its end; dropped")
    if ledger is None:
        seed = randbits(32) if seed is None else seed
        ledger = Ledger(seed, generator_digest(seed), kernels=kernels)
        journal = Journal(path, 0)
        journal.append(ledger.head())
        return ledger, journal
    if seed not in (None, ledger.seed):
        message = f"expected the seed of this campaign, {ledger.seed}, found {seed}"
        raise InputError(str(path), 1, 0, message)
    if str(ledger.kernels) != str(kernels):
        message = f"expected the kernels of this campaign, {ledger.kernels}, found {kernels}"
        raise InputError(str(path), 1, 0, message)
    ledger.kernels = kernels  # with the packages to find them in
    if ledger.generator != generator_digest(ledger.seed):
        message = "this campaign was begun by another version, which makes other programs"
        raise InputError(str(path), 1, 0, f"{message}; begin one in a new folder")
    return ledger, Journal(path, end)


def open_pool(scheduler: str | None, workers: int, seed: int, *, insecure: bool) -> Pool:
    """The workers that were asked for."""
    if scheduler is None:
        return processes(workers)
    with extra("dask"):
        return dask(scheduler, seed, insecure=insecure)


def note(text: str) -> None:
    """Tell people."""
    complain(text)


def campaign_exit_code(made: Campaign, complaints: list[str]) -> int:
    """What the run says to the shell."""
    if made.stopped:
        return INTERRUPTED if made.stopped == SIGINT else TERMINATED
    # Time that is too short for the canary is nobody's mistake.
    blind = made.ledger.canary is False or not (made.ledger.canary or made.timed_out)
    if made.ledger.crashes or made.ledger.gaps or blind:
        return INTERNAL
    if complaints:
        return BAD_INPUT
    found = made.folder.findings
    complete = made.ledger.ops >= COMPLETE and bool(made.ledger.replayed)
    problems = problems_of(made.folder.baseline, found, complete=complete)
    news = any(finding.news for finding in found.values())
    return FOUND if news or any(problem.fails for problem in problems) else 0


@contextmanager
def progress(made: Campaign, *, quiet: bool) -> Iterator[None]:
    """A progress bar on a terminal."""
    bar = progress_bar(quiet=quiet, after="{task.fields[status]}")
    budget = made.budget
    task = bar.add_task("campaign", total=budget.programs or budget.seconds, status="")
    shown = 0.0

    def tick() -> None:
        nonlocal shown
        if time.monotonic() - shown > REFRESH:
            shown = time.monotonic()
            ledger = made.ledger
            done = ledger.programs if budget.programs else made.elapsed
            status = f"{ledger.ops:,} ops, {len(ledger.first)} classes"
            bar.update(task, completed=done, status=status)

    with bar:
        made.tick = tick
        yield


def show_campaign(made: Campaign, *, as_json: bool) -> None:
    """How the run ended."""
    ledger, seconds = made.ledger, made.elapsed
    findings = made.folder.counted(ledger)
    if as_json:
        found = rows_of(findings)
        told = {"bugs": counts_json(count_bugs(found)), "findings": found}
        say_json(state(ledger, running=False) | told)
        return
    console.show_findings(findings)
    bugs = counts_text(count_bugs(rows_of(findings)), made.folder.comparison)
    for line in (bugs, *lines(ledger), f"This run took {seconds:.1f} s with {made.pool.name}."):
        out.say(line)
    folder = made.folder.path
    out.say(f"Go on: jaildiff campaign {folder}")
    out.say(f"A page for people: jaildiff report {folder}")


def show_status(folder: Path, *, as_json: bool) -> int:
    """What the journal says; another process may be writing it."""
    running = is_locked(folder)
    ledger, _, cut = read_ledger(folder / FILE)
    if ledger is None:
        raise InputError(str(folder), 0, 0, "expected the folder of a campaign, found none there")
    if as_json:
        say_json(state(ledger, running=running))
        return 0
    ago = max(0.0, time.time() - ledger.at)
    if running:
        first = f"Running: process {ledger.process}, {ledger.where}; last written {ago:.1f} s ago."
    elif ledger.ended:
        first = f"Not running; ended {ago:.0f} s ago ({ledger.ended})."
    else:
        first = (
            "Not running; it was killed, or the disk refused its end: the last that it wrote is "
            f"{ago:.0f} s old."
        )
    more = ["Its last line was not written to its end."] if cut and not running else []
    for line in (first, *more, *lines(ledger)):
        out.say(line)
    return 0


def lines(ledger: Ledger) -> list[str]:
    """The state in words."""
    work = (
        f"{ledger.programs:,} programs, {ledger.ops:,} ops in {ledger.seconds:,.0f} s of processor "
        f"time, seed {ledger.seed}; {len(ledger.witnesses)} of {len(ledger.first)} classes have "
        "their shortest program."
    )
    rows = [work, ledger.estimate.words(), CANARY[ledger.canary]]
    rows += [f"Internal error: {place}" for place in ledger.crashes]
    rows += [f"Batch {number} could not be run: {why}" for number, why in ledger.gaps.items()]
    return rows


def state(ledger: Ledger, *, running: bool) -> dict[str, object]:
    """The state for machines."""
    return {
        "running": running,
        "seed": ledger.seed,
        "programs": ledger.programs,
        "ops": ledger.ops,
        "processor_seconds": round(ledger.seconds, 3),
        "written_at": ledger.at,
        "ended": ledger.ended,
        "shortest_known": len(ledger.witnesses),
        **ledger.estimate.json(),
        "canary": ledger.canary,
        "crashes": list(ledger.crashes),
        "gaps": list(ledger.gaps),
    }
