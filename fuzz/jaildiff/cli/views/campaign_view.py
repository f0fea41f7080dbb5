"""Reports on a campaign, for people and machines: how it is doing, how it ended."""

import time
from collections.abc import Callable
from pathlib import Path

from jaildiff.cli import console
from jaildiff.cli.terminal import err, out, say_json
from jaildiff.findings.counting import (
    Counted,
    count_bugs,
    counts_json,
    counts_text,
    plural,
    rows_of,
)
from jaildiff.findings.findings_file import FINDINGS, read_findings
from jaildiff.search.campaign.campaign import Campaign
from jaildiff.search.campaign.journal import FILE, is_locked
from jaildiff.search.campaign.ledger import Ledger, read_ledger
from jaildiff.support.errors import InputError

CANARY = {
    True: "The canary, a fault seeded to be found, was found.",
    False: "BLIND: the canary, a fault seeded to be found, was not found.",
    None: "The canary, a fault seeded to be found, has not been hunted yet.",
}


def reporter(made: Campaign, every: float, *, as_json: bool) -> Callable[[], None]:
    """The function that reports on a campaign every so many seconds: a line of text if standard
    error is not a terminal, or a line of JSON.
    """
    due = every

    def tick() -> None:
        nonlocal due
        if made.elapsed < due:
            return
        due = made.elapsed + every
        if as_json:
            say_json(progress_json(made))
        elif not err.is_terminal:
            err.say(progress_line(made))

    return tick


def progress_line(made: Campaign) -> str:
    """How it is doing, for a log."""
    ledger, found = made.ledger, rows_of(made.folder.counted(made.ledger))
    return (
        f"After {made.elapsed:,.0f} s: {ledger.programs:,} programs, {ledger.ops:,} ops, "
        f"{plural(len(ledger.first), 'class')}, {len(found)} judged. {told_bugs(found)}"
    )


def progress_json(made: Campaign) -> dict[str, object]:
    """How it is doing, for machines."""
    found = rows_of(made.folder.counted(made.ledger))
    return state(made.ledger, running=True) | {"elapsed": round(made.elapsed, 3)} | bugs_json(found)


def told_bugs(found: list[Counted]) -> str:
    """The bugs that were met, and how many classes are new."""
    news = news_in(found)
    told = f"New: {plural(news, 'class')}." if news else "Nothing new."
    return f"{counts_text(count_bugs(found))} {told}"


def bugs_json(found: list[Counted]) -> dict[str, object]:
    """The same for machines."""
    return {"bugs": counts_json(count_bugs(found)), "news": news_in(found)}


def news_in(found: list[Counted]) -> int:
    """The classes that are neither intended nor known."""
    return sum(one["verdict"] != "intended" and one["known"] is None for one in found)


def going_on(ledger: Ledger) -> None:
    """Say where the campaign goes on."""
    if ledger.programs:
        err.say(f"Going on from {ledger.programs:,} programs of seed {ledger.seed}.")


def show_campaign(made: Campaign, *, as_json: bool) -> None:
    """How the run ended."""
    ledger, seconds = made.ledger, made.elapsed
    findings = made.folder.counted(ledger)
    if as_json:
        found = rows_of(findings)
        say_json(state(ledger, running=False) | bugs_json(found) | {"findings": found})
        return
    console.show_findings(findings)
    bugs = counts_text(count_bugs(rows_of(findings)), made.folder.comparison)
    for line in (bugs, *lines(ledger), f"This run took {seconds:.1f} s with {made.pool.name}."):
        out.say(line)
    folder = made.folder.path
    out.say(f"Go on: jaildiff campaign {folder}")
    out.say(f"A page for people: jaildiff report {folder}")


def show_status(folder: Path, *, as_json: bool) -> int:
    """Report what the journal says; another process may be writing it."""
    running = is_locked(folder)
    ledger, _, cut = read_ledger(folder / FILE)
    if ledger is None:
        raise InputError(str(folder), 0, 0, "expected the folder of a campaign, found none")
    index = folder / FINDINGS
    found: list[Counted] = [*read_findings(index)] if index.exists() else []
    if as_json:
        say_json(state(ledger, running=running) | bugs_json(found))
        return 0
    ago = max(0.0, time.time() - ledger.at)
    if running:
        first = f"Running: process {ledger.process}, {ledger.where}; last written {ago:.1f} s ago."
    elif ledger.ended:
        first = f"Not running; ended {ago:.0f} s ago ({ledger.ended})."
    else:
        first = (
            "Not running; it was killed, or the disk refused its end: its last line is "
            f"{ago:.0f} s old."
        )
    more = ["Its last line is incomplete."] if cut and not running else []
    if ledger.exit is not None and not running:
        more.insert(0, f"Exit code of the last run: {ledger.exit}.")
    for line in (first, *more, told_bugs(found), *lines(ledger)):
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
        "exit": None if running else ledger.exit,
        "shortest_known": len(ledger.witnesses),
        **ledger.estimate.json(),
        "canary": ledger.canary,
        "crashes": list(ledger.crashes),
        "gaps": list(ledger.gaps),
    }
