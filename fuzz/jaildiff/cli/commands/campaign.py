"""`jaildiff campaign`: the main job for hours and many workers."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from secrets import randbits
from signal import SIGINT

import click

from jaildiff.cli.exit_codes import (
    BAD_INPUT,
    FOUND,
    INTERNAL,
    INTERRUPTED,
    TERMINATED,
    code_of,
    complain_of,
)
from jaildiff.cli.kernels_option import Kernels, kernels_option
from jaildiff.cli.options import (
    Ci,
    Seconds,
    as_json,
    baseline_option,
    ci_options,
    extra,
    problems_of,
)
from jaildiff.cli.progress import progress_bar
from jaildiff.cli.terminal import complain
from jaildiff.cli.views.campaign_view import going_on, reporter, show_campaign, show_status
from jaildiff.differ.comparison import Named
from jaildiff.findings import baseline as baselines
from jaildiff.findings.reports.ci_outcome import Outcome, Shown, outcome, place_of_witness
from jaildiff.findings.triage import COMPLETE
from jaildiff.search.campaign.batch import generator_digest
from jaildiff.search.campaign.campaign import Budget, Campaign
from jaildiff.search.campaign.folder import Folder
from jaildiff.search.campaign.journal import FILE, Journal, locked
from jaildiff.search.campaign.ledger import Ledger, read_ledger
from jaildiff.search.campaign.pool import Pool, dask, processes
from jaildiff.support.errors import InputError
from jaildiff.support.files import remove_left_overs, writable_folder
from jaildiff.support.signals import SIGNALS, handled

REFRESH = 0.5  # seconds between updates of the progress bar


@dataclass(frozen=True, slots=True)
class Where:
    """Options that say which processors to use."""

    workers: int
    scheduler: str | None
    insecure: bool

    def open_pool(self, seed: int) -> Pool:
        """The workers that were requested."""
        if self.scheduler is None:
            return processes(self.workers)
        with extra("dask"):
            return dask(self.scheduler, seed, insecure=self.insecure)


def where_option(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command --workers, --scheduler and --insecure, as one value: its argument `where`."""

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
    @click.option(
        "--insecure", is_flag=True, help="Allow a scheduler on another machine without TLS."
    )
    @wraps(command)
    def with_where(workers: int, scheduler: str | None, insecure: bool, **others: object) -> int:
        return command(where=Where(workers, scheduler, insecure), **others)

    return with_where


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--status", is_flag=True, help="Say how the campaign in DIR is doing, and exit.")
@click.option("--time", "seconds", type=Seconds(min=0), help="Seconds to run this time.")
@click.option(
    "--runs",
    type=click.IntRange(min=1),
    help="Programs to run in total, earlier runs included; rounded up to whole batches.",
)
@click.option("--seed", type=int, help="Seed of a new campaign; default: a fresh one.")
@where_option
@click.option(
    "--every",
    type=Seconds(min=1),
    default=60,
    show_default=True,
    help="Seconds between reports; they are printed with --json, or if standard error is no "
    "terminal.",
)
@kernels_option
@baseline_option
@as_json
@ci_options
def campaign(
    ci: Ci,
    kernels: Kernels,
    folder: Path,
    status: bool,
    seconds: float | None,
    runs: int | None,
    seed: int | None,
    where: Where,
    every: float,
    baseline_path: Path | None,
    as_json: bool,
) -> int:
    """Fuzz with many workers until you stop it, and go on where the last run in DIR stopped.

    Programs that you put into DIR/corpus are replayed first.  What is found goes to
    DIR/campaign.journal within a second, the shortest program of each class to DIR/corpus, and the
    findings to DIR as `jaildiff fuzz` writes them, for `jaildiff report DIR`.

    Every run first looks for a seeded fault, the canary; one that misses it is reported as blind.

    Exit codes: 0 nothing that --fail-on names, 1 findings, 2 usage or bad input, 3 internal
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
        files.read_index(ledger)
        going_on(ledger)
        pool = where.open_pool(ledger.seed)
        seeds, complaints = files.seeds(ledger)
        for complaint in complaints:
            note(complaint)
        made = Campaign(ledger, journal, files, pool, Budget(seconds, runs), seeds, note)
        tell = reporter(made, every, as_json=as_json)
        with progress(made, tell, quiet=as_json), handled(dict.fromkeys(SIGNALS, made.stop)):
            trouble = worked(made)
        told = campaign_outcome(made, ci)
        trouble = trouble or reported(ci, told)
        code = code_of(trouble) if trouble else campaign_exit_code(made, complaints, told)
        trouble = noted(made, code) or trouble
    show_campaign(made, as_json=as_json)
    ci.annotate(told, err=as_json)
    return ended(trouble, code)


def ended(trouble: OSError | None, code: int) -> int:
    """The exit code.  If the disk refused something, that is reported and counts."""
    if trouble is None:
        return code
    complain_of(trouble)
    return code_of(trouble)


def campaign_outcome(made: Campaign, ci: Ci) -> Outcome:
    """The outcome of a campaign for a CI system."""
    files, ledger = made.folder, made.ledger
    complete = ledger.ops >= COMPLETE and bool(ledger.replayed)
    problems = problems_of(files.baseline, files.findings, complete=complete)
    shown = [Shown(one, place_of_witness(files.path, one)) for one in files.counted(ledger)]
    return outcome(shown, (), ci.fail_on, problems)


def reported(ci: Ci, told: Outcome) -> OSError | None:
    """Write the files for CI systems; returns what the disk refused."""
    try:
        ci.write(told)
    except OSError as error:
        return error
    return None


def noted(made: Campaign, code: int) -> OSError | None:
    """Write the exit code into the journal and close it; returns what the disk refused."""
    try:
        made.record([{"kind": "exit", "code": code}])
        made.journal.flush()
    except OSError as error:
        return error
    finally:
        made.journal.close()
    return None


def worked(made: Campaign) -> OSError | None:
    """Run a campaign; returns what the disk refused at the end."""
    try:
        made.run()
    except OSError as error:
        return error
    return None


def open_journal(folder: Path, seed: int | None, kernels: Named) -> tuple[Ledger, Journal]:
    """The state of the campaign in a folder, and its journal; begins one if there is none."""
    path = folder / FILE
    ledger, end, cut = read_ledger(path)
    if cut:
        note(f"{path}:{cut}: the last line is incomplete; dropped")
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
    ledger.kernels = kernels  # with the packages that hold them
    if ledger.generator != generator_digest(ledger.seed):
        message = "another version began this campaign, and it makes other programs"
        raise InputError(str(path), 1, 0, f"{message}; begin one in a new folder")
    return ledger, Journal(path, end)


def note(text: str) -> None:
    """Tell people."""
    complain(text)


def campaign_exit_code(made: Campaign, complaints: list[str], told: Outcome) -> int:
    """The exit code of the run."""
    if made.stopped:
        return INTERRUPTED if made.stopped == SIGINT else TERMINATED
    # A run that is too short for the canary is no failure.
    blind = made.ledger.canary is False or not (made.ledger.canary or made.timed_out)
    if made.ledger.crashes or made.ledger.gaps or blind:
        return INTERNAL
    if complaints:
        return BAD_INPUT
    return FOUND if told.failed else 0


@contextmanager
def progress(made: Campaign, tell: Callable[[], None], *, quiet: bool) -> Iterator[None]:
    """A progress bar on a terminal, and reports."""
    bar = progress_bar(quiet=quiet, after="{task.fields[status]}")
    budget = made.budget
    task = bar.add_task("campaign", total=budget.programs or budget.seconds, status="")
    shown = 0.0

    def tick() -> None:
        nonlocal shown
        tell()
        if time.monotonic() - shown > REFRESH:
            shown = time.monotonic()
            ledger = made.ledger
            done = ledger.programs if budget.programs else made.elapsed
            status = f"{ledger.ops:,} ops, {len(ledger.first)} classes"
            bar.update(task, completed=done, status=status)

    with bar:
        made.tick = tick
        yield
